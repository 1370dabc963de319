"""Which names a cell binds and which it reads, according to its syntax tree: the cell is not run."""

import ast
import contextlib
import os
import re
import symtable
import threading
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from IPython.core.inputtransformer2 import TransformerManager

# A new one per cell, since it keeps the state of the last cell.
_Transformer: Any = TransformerManager

# CPython up to 3.11.7 fails when two threads build syntax trees at the same time (gh-106905). This is the only place in
# which a process with threads builds any.
_one_tree_at_a_time = threading.Lock()
_TRIALS = 5


def _unlock() -> None:
    """In a fork: the thread that held the lock, if any, stayed in the parent."""
    global _one_tree_at_a_time
    _one_tree_at_a_time = threading.Lock()


os.register_at_fork(after_in_child=_unlock)


@lru_cache(maxsize=4096)
def bound_names(source: str) -> tuple[str, ...]:
    """Names that a cell binds at its top level by assignments, definitions and loops, and globals that functions set.

    Imported names are excluded: in the judge an import stays an import.

    Example:
        >>> bound_names("import math\\nfor i in range(3):\\n    area = math.pi * i**2")
        ('area', 'i')
    """
    try:
        table = symtable.symtable(ast.unparse(syntax_tree(source)), "cell", "exec")
    except (SyntaxError, ValueError, RecursionError):
        return ()
    names = {s.get_name() for s in table.get_symbols() if (s.is_assigned() or s.is_namespace()) and not s.is_imported()}
    tables = list(table.get_children())
    while tables:
        inner = tables.pop()
        tables += inner.get_children()
        names |= {s.get_name() for s in inner.get_symbols() if s.is_declared_global() and s.is_assigned()}
    return tuple(sorted(names))


def interfaces(source: str, namespace: Mapping[str, Any]) -> dict[str, set[str]]:
    """Attributes of the classes that a cell defines: of the body, of `self` in the methods, and of the bases.

    Args:
        source: the instructor's cell.
        namespace: names of the judge's notebook, in which the bases are looked up.

    Example:
        >>> sorted(interfaces("class A(dict):\\n    def f(self):\\n        self.x = 1", {})["A"] - set(dir(dict)))
        ['f', 'x']
    """
    attributes: dict[str, set[str]] = {}
    for node in syntax_tree(source).body:
        if not isinstance(node, ast.ClassDef):
            continue
        names = set(bound_names("\n".join(map(ast.unparse, node.body))))
        for part in ast.walk(node):
            if (
                isinstance(part, ast.Attribute)
                and isinstance(part.value, ast.Name)
                and part.value.id in ("self", "cls")
            ):
                names.add(part.attr)
            elif isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name):
                names.add(part.target.id)
        for base in node.bases:
            names |= attributes.get(ast.unparse(base), set())
            with contextlib.suppress(Exception):
                names |= set(dir(eval(ast.unparse(base), dict(namespace)))) - set(dir(object))
        attributes[node.name] = names
    return attributes


def computes(source: str) -> bool:
    """Whether a cell's last expression is a calculation, such as a score, rather than something to look at.

    Example:
        >>> computes("points = 1\\npoints / 2"), computes("plot(points)")
        (True, False)
    """
    body = syntax_tree(source).body
    last = body[-1].value if body and isinstance(body[-1], ast.Expr) else None
    if isinstance(last, ast.Call) and isinstance(last.func, ast.Name):
        return last.func.id in ("min", "max", "sum", "round", "abs", "float", "int")
    return isinstance(last, (ast.BinOp, ast.UnaryOp, ast.IfExp, ast.BoolOp))


@lru_cache(maxsize=4096)
def import_statements(source: str) -> str:
    """The import statements at the top level of a cell: in the judge they stay imports.

    Example:
        >>> import_statements("import math\\nx = math.pi")
        'import math'
    """
    statements = [node for node in syntax_tree(source).body if isinstance(node, (ast.Import, ast.ImportFrom))]
    return "\n".join(map(ast.unparse, statements))


def imported_modules(sources: Iterable[str]) -> list[str]:
    """Modules that cells import, in order.

    Example:
        >>> imported_modules(["import math, os.path", "from json import loads\\nimport math"])
        ['math', 'os.path', 'json']
    """
    modules: dict[str, None] = {}
    for source in sources:
        for node in ast.walk(syntax_tree(source)):
            if isinstance(node, ast.Import):
                modules.update(dict.fromkeys(alias.name for alias in node.names))
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                modules[node.module] = None
    return list(modules)


def loaded_names(sources: Iterable[str], in_functions_only: bool = False) -> set[str]:
    """Names that the cells read, or only those that the functions and classes in them read.

    Example:
        >>> sorted(loaded_names(["y = f(x)"]))
        ['f', 'x']
    """
    names: set[str] = set()
    for source in sources:
        roots: list[ast.AST] = [syntax_tree(source)]
        if in_functions_only:
            kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
            roots = [node for node in ast.walk(roots[0]) if isinstance(node, kinds)]
        for root in roots:
            names |= {n.id for n in ast.walk(root) if isinstance(n, ast.Name) and not isinstance(n.ctx, ast.Store)}
    return names


def syntax_tree(source: str) -> ast.Module:
    """The syntax tree of a cell after IPython's transformations; empty where the cell is not Python."""
    try:
        text = re.sub(r"\A\s*%%(?:time|timeit|capture|prun)\b.*\n", "", source)
        return _parsed(str(_Transformer().transform_cell(text)))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ast.Module(body=[], type_ignores=[])


def _parsed(text: str) -> ast.Module:
    with _one_tree_at_a_time:
        for _ in range(_TRIALS - 1):
            # A library in another thread does not know the lock.
            with contextlib.suppress(SystemError):
                return ast.parse(text)
        return ast.parse(text)
