"""Small mechanical errors in a reference solution: each mutant differs from it in one place.

The operators are those of mutation testing (DeMillo, Lipton and Sayward, 1978, "Hints on Test Data Selection: Help for
the Practicing Programmer"). They replace a comparison, an arithmetic or Boolean operator, a constant, an axis or a
sign, exchange two arguments, or replace one parameter by another.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass

_COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Eq: (ast.NotEq, ast.LtE, ast.GtE),
    ast.NotEq: (ast.Eq, ast.Lt, ast.Gt),
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
}
_ARITHMETIC: dict[type[ast.operator], tuple[type[ast.operator], ...]] = {
    ast.Add: (ast.Sub, ast.Mult),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.Div, ast.Add),
    ast.Div: (ast.Mult, ast.FloorDiv),
    ast.FloorDiv: (ast.Div, ast.Mult),
    ast.Mod: (ast.FloorDiv,),
    ast.Pow: (ast.Mult,),
    ast.MatMult: (ast.Mult,),
}


@dataclass(frozen=True)
class Mutant:
    """One changed reference: the changed line as `before -> after`, and the complete source."""

    change: str
    source: str


def mutants(source: str) -> list[Mutant]:
    """All mutants of the functions and classes in `source`, without duplicates."""
    tree = ast.parse(source)
    by_text: dict[str, Mutant] = {}
    for changed in _changed(tree):
        text = ast.unparse(ast.fix_missing_locations(changed))
        if text not in by_text:
            by_text[text] = Mutant(_difference(ast.unparse(tree), text), text)
    by_text.pop(ast.unparse(tree), None)
    return list(by_text.values())


def _changed(tree: ast.Module) -> Iterator[ast.Module]:
    """Copies of the tree, each with one node replaced."""
    docstrings = {id(body[0].value) for body in _bodies(tree) if body and isinstance(body[0], ast.Expr)}
    parameters = {
        id(node): [argument.arg for argument in function.args.args]
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef)
        for node in ast.walk(function)
    }
    for position, node in enumerate(ast.walk(tree)):
        if id(node) in docstrings:
            continue
        for replacement in _replacements(node, parameters.get(id(node), [])):
            changed = copy.deepcopy(tree)
            duplicate = next(other for i, other in enumerate(ast.walk(changed)) if i == position)
            duplicate.__class__, duplicate.__dict__ = replacement.__class__, replacement.__dict__
            yield changed


def _bodies(tree: ast.Module) -> Iterator[list[ast.stmt]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Module):
            yield node.body


def _replacements(node: ast.AST, parameters: list[str]) -> Iterator[ast.AST]:
    match node:
        case ast.Compare(ops=[operator]):
            for other in _COMPARISONS.get(type(operator), ()):
                yield _with(node, ops=[other()])
        case ast.BinOp() | ast.AugAssign():
            for another in _ARITHMETIC.get(type(node.op), ()):
                yield _with(node, op=another())
        case ast.BoolOp():
            yield _with(node, op=ast.Or() if isinstance(node.op, ast.And) else ast.And())
        case ast.UnaryOp(op=ast.USub() | ast.Not() | ast.Invert()):
            yield copy.deepcopy(node.operand)
        case ast.Constant(value=bool()):
            yield _with(node, value=not node.value)
        case ast.Constant(value=int() | float() as number):
            yield _with(node, value=number + 1)
            yield _with(node, value=number - 1)
        case ast.Call(args=[first, second, *rest]):
            yield _with(node, args=[second, first, *rest])
        case ast.Name(ctx=ast.Load(), id=name) if name in parameters:
            for parameter in parameters:
                if parameter != name:
                    yield _with(node, id=parameter)


def _with(node: ast.AST, **changes: object) -> ast.AST:
    duplicate = copy.deepcopy(node)
    for name, value in changes.items():
        setattr(duplicate, name, value)
    return duplicate


def _difference(before: str, after: str) -> str:
    for old, new in zip(before.splitlines(), after.splitlines(), strict=False):
        if old != new:
            return f"{old.strip()} -> {new.strip()}"
    return ""
