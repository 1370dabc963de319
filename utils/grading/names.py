"""Which names a cell binds, and which it reads: found in its syntax tree, without running it."""

import ast
import re
import symtable
from collections.abc import Iterable

from IPython.core.inputtransformer2 import TransformerManager


def bound_names(source: str) -> tuple[str, ...]:
    """Names that a cell binds at its top level by assignments, definitions and loops, and globals that functions set.

    Imported names are left out: in the judge an import stays an import.
    """
    try:
        table = symtable.symtable(ast.unparse(parse(source)), "cell", "exec")
    except (SyntaxError, ValueError, RecursionError):
        return ()
    names = {s.get_name() for s in table.get_symbols() if (s.is_assigned() or s.is_namespace()) and not s.is_imported()}
    tables = list(table.get_children())
    while tables:
        inner = tables.pop()
        tables += inner.get_children()
        names |= {s.get_name() for s in inner.get_symbols() if s.is_declared_global() and s.is_assigned()}
    return tuple(sorted(names))


def import_statements(source: str) -> str:
    """The import statements at the top level of a cell: in the judge they stay imports."""
    kept = [node for node in parse(source).body if isinstance(node, (ast.Import, ast.ImportFrom))]
    return "\n".join(map(ast.unparse, kept))


def parse(source: str) -> ast.Module:
    """The syntax tree of a cell after IPython's transformations; empty where it is not Python."""
    try:
        text = re.sub(r"\A\s*%%(?:time|timeit|capture|prun)\b.*\n", "", source)
        return ast.parse(TransformerManager().transform_cell(text))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ast.Module(body=[], type_ignores=[])


def loaded_names(sources: Iterable[str], in_functions_only: bool = False) -> set[str]:
    """Names that the given cells read, or that the functions and classes in them read."""
    found: set[str] = set()
    for source in sources:
        roots: list[ast.AST] = [parse(source)]
        if in_functions_only:
            kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
            roots = [node for node in ast.walk(roots[0]) if isinstance(node, kinds)]
        for root in roots:
            found |= {n.id for n in ast.walk(root) if isinstance(n, ast.Name) and not isinstance(n.ctx, ast.Store)}
    return found
