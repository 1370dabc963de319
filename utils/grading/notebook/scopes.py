"""Which global names a statement binds, reads at once, or reads when its functions are called; and its parts."""

import ast
import symtable
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache


@dataclass
class Names:
    """Global names of a statement.

    Attributes:
        bound: assigned, imported, defined, or declared global and assigned in a function.
        read: read when the statement runs.
        later: read by functions, lambdas and generators in it, when those run.
    """

    bound: set[str] = field(default_factory=set)
    read: set[str] = field(default_factory=set)
    later: set[str] = field(default_factory=set)


@lru_cache(maxsize=4096)
def names_of(node: ast.AST) -> frozenset[str]:
    """Every name in a node, those of the scopes inside included."""
    return frozenset(part.id for part in ast.walk(node) if isinstance(part, ast.Name))


@lru_cache(maxsize=4096)
def names_in(statement: ast.stmt) -> Names:
    """The names of a statement.

    Example:
        >>> names = names_in(ast.parse("total = sum(f(x) for x in rows)").body[0])
        >>> sorted(names.bound), sorted(names.read), sorted(names.later)
        (['total'], ['rows', 'sum'], ['f'])
    """
    table = symtable.symtable(ast.unparse(statement), "cell", "exec")
    symbols = table.get_symbols()
    names = _inner(table)
    names.bound |= {s.get_name() for s in symbols if s.is_assigned() or s.is_imported() or s.is_namespace()}
    names.read |= {s.get_name() for s in symbols if s.is_referenced()}
    for node in ast.walk(statement):
        # To the symbol table, `x += 1` only writes.
        if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name) and node.target.id in names.bound:
            names.read.add(node.target.id)
    return names


def _inner(table: symtable.SymbolTable) -> Names:
    names = Names()
    for child in table.get_children():
        symbols = child.get_symbols()
        is_class = child.get_type() == "class"
        # A name that a class body assigns may be read from outside before.
        read = {s.get_name() for s in symbols if s.is_referenced() and (s.is_global() or is_class)}
        inner = _inner(child)
        names.bound |= inner.bound | {s.get_name() for s in symbols if s.is_declared_global() and s.is_assigned()}
        if is_class or child.get_name().strip("<>") in ("listcomp", "setcomp", "dictcomp"):
            names.read |= read | inner.read
        else:
            names.later |= read | inner.read
        names.later |= inner.later
    return names


def names_of_one_scope(roots: Iterable[ast.AST]) -> set[str]:
    """Names that occur in one scope only, which is a function, or a root outside its functions and classes.

    Example:
        >>> sorted(names_of_one_scope([ast.parse("def f():\\n    a = b = []\\nclass C:\\n    c = 1\\nb = d")]))
        ['a', 'd']
    """
    scopes: dict[str, set[ast.AST]] = {}
    queue = [(root, root) for root in roots]
    while queue:
        node, scope = queue.pop()
        if isinstance(node, ast.Name):
            scopes.setdefault(node.id, set()).add(scope)
        inner = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)
        queue += [(child, child if isinstance(child, inner) else scope) for child in ast.iter_child_nodes(node)]
    return {name for name, (scope, *more) in scopes.items() if not more and not isinstance(scope, ast.ClassDef)}


def path_of(node: ast.AST) -> tuple[str, str | None]:
    """The attributes of an expression such as `np.random.normal`, and the name that it starts with."""
    attributes: list[str] = []
    while isinstance(node, (ast.Attribute, ast.Subscript)):
        attributes.insert(0, node.attr if isinstance(node, ast.Attribute) else "[]")
        node = node.value
    return ".".join(attributes), node.id if isinstance(node, ast.Name) else None


def simple_statements(statement: ast.stmt) -> Iterator[ast.stmt]:
    """A statement, and those in its blocks; functions and classes stay whole."""
    if isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
        yield statement
        return
    yield statement
    for block in ("body", "orelse", "finalbody"):
        for inner in getattr(statement, block, ()):
            yield from simple_statements(inner)
    for handler in getattr(statement, "handlers", ()):
        for inner in handler.body:
            yield from simple_statements(inner)


def imported_names(node: ast.AST) -> Iterator[tuple[str, str]]:
    """Names that an import binds, each with what it stands for."""
    if isinstance(node, ast.Import):
        for alias in node.names:
            yield alias.asname or alias.name.split(".")[0], alias.name if alias.asname else alias.name.split(".")[0]
    elif isinstance(node, ast.ImportFrom):
        for alias in node.names:
            yield alias.asname or alias.name, f"{'.' * node.level}{node.module}.{alias.name}"


def stored_names(node: ast.AST) -> set[str]:
    """Names that a node assigns, those of the scopes inside included."""
    names = {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and not isinstance(n.ctx, ast.Load)}
    return names | {n.name for n in ast.walk(node) if isinstance(n, ast.ExceptHandler) and n.name}


def is_constant(node: ast.AST) -> bool:
    """Whether a default value can keep no state between two calls."""
    if isinstance(node, ast.UnaryOp):
        node = node.operand
    if isinstance(node, ast.Tuple):
        return all(map(is_constant, node.elts))
    return isinstance(node, ast.Constant)
