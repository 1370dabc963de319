"""Which names a cell binds and which it reads, according to its syntax tree: the cell is not run."""

import ast
import contextlib
import enum
import io
import os
import re
import symtable
import threading
import tokenize
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, Final

from IPython.core.inputtransformer2 import TransformerManager

# A new one per cell, since it keeps the state of the last cell.
_Transformer: Any = TransformerManager
_MAX_SOURCE: Final = 200_000
_MAX_MAGICS: Final = 50
_MAX_REMEMBERED: Final = 10_000
_MAGIC: Final = re.compile(r"^\s*(?:[%!?]|\S.*\?\s*$)", re.MULTILINE)
# What IPython changes in a cell that is Python as it stands: an indented first line, lines of spaces, copied prompts.
_UNLIKE_PYTHON: Final = re.compile(r"\A\s|^[ \t]+$|\r|\f|\A(?:.*\n)?.*(?:>>>|\.\.\.|In \[)", re.MULTILINE)
_RUNS_CODE: Final = frozenset({"run_line_magic", "run_cell_magic"})

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
            text = ast.unparse(base)
            with contextlib.suppress(Exception):
                names |= set(dir(eval(text, dict(namespace)))) - set(dir(object))
            if hasattr(enum, text.rpartition(".")[2]):
                # `dir` of an enumeration leaves these out.
                names |= {"name", "value"}
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
    """The import statements of a cell outside its functions; an alternative in a `try` stays one.

    Example:
        >>> import_statements("import math\\nx = math.pi")
        'import math'
    """
    return "\n".join(map(ast.unparse, _imports(syntax_tree(source).body)))


def _imports(body: Iterable[ast.stmt]) -> list[ast.stmt]:
    statements: list[ast.stmt] = []
    for node in body:
        if isinstance(node, (ast.Import, ast.ImportFrom)) or (
            isinstance(node, ast.Try) and all(isinstance(part, (ast.Import, ast.ImportFrom)) for part in node.body)
        ):
            statements.append(node)
        elif isinstance(node, (ast.If, ast.With, ast.Try)):
            statements += _imports(node.body) + _imports(getattr(node, "orelse", []))
    return statements


def imported_names(source: str) -> set[str]:
    """Names that the import statements of a cell bind outside its functions; those of `import *` are unknown.

    Example:
        >>> sorted(imported_names("import os.path\\nfrom math import pi as circle"))
        ['circle', 'os']
    """
    nodes = [part for node in _imports(syntax_tree(source).body) for part in ast.walk(node)]
    aliases = [alias for node in nodes if isinstance(node, (ast.Import, ast.ImportFrom)) for alias in node.names]
    return {alias.asname or alias.name.partition(".")[0] for alias in aliases} - {"*"}


def definitions(source: str, names: Collection[str]) -> dict[str, str]:
    """The imports, functions and classes at the top level of a cell that bind one of the names, as source texts.

    Example:
        >>> definitions("import math\\ndef f(x):\\n    return x\\ny = f(1)", {"f", "y"})
        {'f': 'def f(x):\\n    return x'}
    """
    texts: dict[str, str] = {}
    for node in syntax_tree(source).body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            bound = {node.name}
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            bound = imported_names(ast.unparse(node)) or {"*"}
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Lambda):
            bound = {target.id for target in node.targets if isinstance(target, ast.Name)}
        else:
            continue
        texts.update(dict.fromkeys(bound & {*names, "*"}, ast.unparse(node)))
    return texts


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
        tree = syntax_tree(source)
        roots: list[ast.AST] = [tree, *_code_in_magics(tree)]
        if in_functions_only:
            kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
            roots = [node for node in ast.walk(tree) if isinstance(node, kinds)]
        for root in roots:
            names |= {n.id for n in ast.walk(root) if isinstance(n, ast.Name) and not isinstance(n.ctx, ast.Store)}
    return names


def global_reads(sources: Iterable[str]) -> set[str]:
    """Global names that the functions and classes in the cells read.

    Example:
        >>> sorted(global_reads(["def f(x):\\n    y = x + g(a)\\n    return y"]))
        ['a', 'g']
    """
    names: set[str] = set()
    for source in sources:
        try:
            tables = symtable.symtable(ast.unparse(syntax_tree(source)), "cell", "exec").get_children()
        except (SyntaxError, ValueError, RecursionError):
            continue
        while tables:
            table = tables.pop()
            tables += table.get_children()
            names |= {symbol.get_name() for symbol in table.get_symbols() if symbol.is_global()}
    return names


def _code_in_magics(tree: ast.AST) -> Iterator[ast.AST]:
    """The code that a magic such as `%timeit f(3)` runs, which is a text after IPython's transformation."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _RUNS_CODE:
            for argument in node.args[1:]:
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                    # Options such as "-n 1" come before the code.
                    yield syntax_tree(re.sub(r"\A(?:\s*-\w+(?:\s+\d+)?)+\s+", "", argument.value))


def syntax_tree(source: str) -> ast.Module:
    """The syntax tree of a cell after IPython's transformations; empty where the cell is not Python, or is too long.

    The same tree comes back for the same text: do not change it.
    """
    return _remembered_tree(source) if len(source) <= _MAX_REMEMBERED else _tree(source)


def _tree(source: str) -> ast.Module:
    # IPython's transformation takes time in proportion to magics times lines.
    if len(source) > _MAX_SOURCE or len(_MAGIC.findall(source)) > _MAX_MAGICS:
        return ast.Module(body=[], type_ignores=[])
    # Most cells are Python as they stand, and the transformation takes six times as long as parsing.
    if not _UNLIKE_PYTHON.search(source):
        with contextlib.suppress(SyntaxError, ValueError, RuntimeError, MemoryError):
            return _parsed(source)
    try:
        text = re.sub(r"\A\s*%%(?:time|timeit|capture|prun)\b.*\n", "", source)
        return _parsed(str(_Transformer().transform_cell(text)))
    except (SyntaxError, ValueError, RuntimeError, MemoryError):
        return ast.Module(body=[], type_ignores=[])


# While a check is judged, its text is looked at a dozen times. The limits bound the memory that students' cells take.
_remembered_tree = lru_cache(maxsize=256)(_tree)


def _parsed(text: str) -> ast.Module:
    with _one_tree_at_a_time:
        for _ in range(_TRIALS - 1):
            # A library in another thread does not know the lock.
            with contextlib.suppress(SystemError):
                return ast.parse(text)
        return ast.parse(text)


def without_comments(source: str) -> str:
    """Python without comments; an empty text where it cannot be read.

    Example:
        >>> without_comments("# by ann\\nx = '#'  # one\\n")
        "x = '#'\\n"
    """
    lines = source.splitlines(keepends=True)
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(source).readline))
    except (SyntaxError, ValueError, MemoryError, RecursionError, tokenize.TokenError):
        return ""
    for token in reversed(tokens):
        if token.type == tokenize.COMMENT:
            row, column = token.start
            before = lines[row - 1][:column].rstrip()
            lines[row - 1] = f"{before}\n" if before else ""
    return "".join(lines)
