"""The global names that a statement binds, reads at once, and reads when its functions are called."""

import ast
import symtable
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
