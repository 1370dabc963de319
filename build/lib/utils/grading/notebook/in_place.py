"""Which arguments and globals the instructor's own functions change, according to their syntax trees.

Calls work on copies. What a student's function changed is put into the check's own objects only where the instructor's
function of that name changes the same argument, so that no answer can spoil what a check computes its reference from.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from utils.grading.notebook.names import syntax_tree

_CHANGING_METHODS: Final = frozenset(
    re.findall(
        r"\w+",
        """
    append extend insert remove pop clear sort reverse add discard update setdefault popitem appendleft extendleft
    popleft rotate subtract move_to_end intersection_update difference_update symmetric_difference_update fill put
    partition resize itemset setflags byteswap write writelines truncate seek read readline readlines backward step
    zero_grad train eval fit partial_fit load_state_dict push enqueue dequeue send throw close set
    add_node add_nodes_from add_edge add_edges_from add_weighted_edges_from
    remove_node remove_nodes_from remove_edge remove_edges_from
        """,
    )
)
_CHANGING_FUNCTIONS: Final = frozenset(
    re.findall(
        r"\w+",
        """
    shuffle heappush heappop heapify heapreplace heappushpop insort insort_left insort_right copyto put place
    putmask fill_diagonal put_along_axis setattr delattr setitem delitem clip_grad_norm_ clip_grad_value_ next iadd
    isub imul itruediv
        """,
    )
)
# Their results are, or contain, parts of what they are called on.
_VIEWS: Final = frozenset(
    re.findall(
        r"\w+",
        """
    items values keys get setdefault view reshape ravel squeeze transpose iterrows itertuples swapaxes parameters
    children modules named_parameters flat diagonal
        """,
    )
)
_PASSING: Final = frozenset(
    re.findall(
        r"\w+",
        """
    iter zip enumerate reversed next filter min max chain islice
        """,
    )
)
_COPYING: Final = frozenset(["list", "tuple", "sorted"])


@dataclass
class FunctionChanges:
    """What one function changes.

    Attributes:
        parameters: the names of its parameters in the order in which arguments fill them.
        changed: parameters whose contents it changes.
        used: parameters that it calls methods on, iterates over or passes on.
        globals_changed: global names that it binds or whose contents it changes.
        globals_read: global names that it reads.
        passed: (function, place or keyword, parameter) for each parameter that it passes on.
    """

    parameters: tuple[str, ...] = ()
    rest: str | None = None
    keywords: str | None = None
    changed: set[str] = field(default_factory=set)
    used: set[str] = field(default_factory=set)
    globals_changed: set[str] = field(default_factory=set)
    globals_read: set[str] = field(default_factory=set)
    passed: set[tuple[str, int | str, str]] = field(default_factory=set)
    is_method: bool = False

    def parameter(self, place: int | str, bound: bool = False) -> str | None:
        """The parameter that an argument at a place, or of a keyword, fills."""
        if isinstance(place, str):
            return place if place in self.parameters else self.keywords
        place += bound and self.is_method
        return self.parameters[place] if place < len(self.parameters) else self.rest


class Changes:
    """The changes that the functions of an instructor's notebook make; add the notebook's cells one by one.

    Attributes:
        functions: what each function changes, by the names under which a check can call it.
        attributes: the attributes that the cells set.
    """

    def __init__(self) -> None:
        self.functions: dict[str, list[FunctionChanges]] = {}
        self.attributes: set[str] = set()

    def add(self, source: str) -> None:
        """Add the functions of one cell.

        Example:
            >>> changes = Changes()
            >>> changes.add("def sort(values): values.sort()\\ndef total(values): return sum(values)")
            >>> changes.changes("sort", 0), changes.changes("total", 0)
            (True, False)
        """
        tree = syntax_tree(source)
        self.attributes |= {
            node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)
        }
        for function, names, is_method in _functions(tree):
            summary = _Walk(function, is_method).summary
            for name in names:
                self.functions.setdefault(name, []).append(summary)
        self._pass_on()

    def knows(self, name: str) -> bool:
        """Whether a function, method or class of this name has been added."""
        return name in self.functions

    def changes(self, name: str, place: int | str, advances: bool = False) -> bool:
        """Whether a function changes the argument at a place, or of a keyword.

        Args:
            name: of the function, the method, or the class.
            place: of the argument, without `self`, or its keyword.
            advances: whether every use of the argument changes it, as for a random generator.
        """
        for function in self.functions.get(name, ()):
            parameter = function.parameter(place, bound=True)
            if parameter in function.changed or (advances and parameter in function.used):
                return True
        return False

    @property
    def changes_any(self) -> bool:
        """Whether any of the functions changes an argument."""
        return any(function.changed for functions in self.functions.values() for function in functions)

    @property
    def globals_changed(self) -> set[str]:
        """Global names that the functions bind or whose contents they change."""
        return {name for functions in self.functions.values() for f in functions for name in f.globals_changed}

    @property
    def globals_read(self) -> set[str]:
        """Global names that the functions read."""
        return {name for functions in self.functions.values() for f in functions for name in f.globals_read}

    def _pass_on(self) -> None:
        """A function changes what it passes to a function that changes it."""
        again = True
        while again:
            again = False
            for functions in self.functions.values():
                for function in functions:
                    for callee, place, root in function.passed:
                        if not any(
                            target.parameter(place, bound=True) in target.changed
                            if place != "self"
                            else target.is_method and target.parameters[:1] and target.parameters[0] in target.changed
                            for target in self.functions.get(callee, ())
                        ):
                            continue
                        names = function.changed if root in _all(function) else function.globals_changed
                        if root not in names:
                            names.add(root)
                            again = True


def _all(function: FunctionChanges) -> set[str]:
    return {*function.parameters, *filter(None, (function.rest, function.keywords))}


Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


def _functions(tree: ast.AST) -> Iterator[tuple[Function, list[str], bool]]:
    """Every function with the names under which a check can call it, and whether it is a method."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            for method in node.body:
                if isinstance(method, (ast.FunctionDef, ast.AsyncFunctionDef)):
                    static = any(isinstance(d, ast.Name) and d.id == "staticmethod" for d in method.decorator_list)
                    names = [method.name, node.name] if method.name == "__init__" else [method.name]
                    yield method, names, not static
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Lambda):
            yield node.value, [ast.unparse(target) for target in node.targets], False
        for part in ast.iter_child_nodes(node):
            if isinstance(part, (ast.FunctionDef, ast.AsyncFunctionDef)) and not isinstance(node, ast.ClassDef):
                # A function that returns this one is called by its own name first.
                yield part, [part.name], False


class _Walk:
    """Follows the names in one function, in the order of its statements."""

    def __init__(self, function: Function, is_method: bool) -> None:
        args = function.args
        parameters = tuple(a.arg for a in (*args.posonlyargs, *args.args, *args.kwonlyargs))
        self.summary = FunctionChanges(parameters, is_method=is_method)
        self.summary.rest = args.vararg.arg if args.vararg else None
        self.summary.keywords = args.kwarg.arg if args.kwarg else None
        self.roots: dict[str, set[str]] = {name: {name} for name in _all(self.summary)}
        body: list[ast.stmt] = function.body if isinstance(function.body, list) else [ast.Expr(function.body)]
        nodes = [node for statement in body for node in ast.walk(statement)]
        self.declared = {name for node in nodes if isinstance(node, ast.Global) for name in node.names}
        stored = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
        self.local = (stored - self.declared) | set(self.roots)
        self.summary.globals_changed |= stored & self.declared
        self.summary.globals_read |= {n.id for n in nodes if isinstance(n, ast.Name)} - self.local
        self.depth = 0
        self.statements(body)

    def statements(self, body: list[ast.stmt]) -> None:
        for statement in body:
            self.statement(statement)

    def statement(self, node: ast.stmt) -> None:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            self.statements(node.body)
            return
        if isinstance(node, ast.Assign):
            self.expression(node.value)
            for target in node.targets:
                self.assign(target, node.value)
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            self.expression(node.value)
            self.assign(node.target, node.value)
        elif isinstance(node, ast.AugAssign):
            self.expression(node.value)
            self.changed(node.target if isinstance(node.target, ast.Name) else node.target.value)
        elif isinstance(node, ast.Delete):
            for target in node.targets:
                if isinstance(target, (ast.Subscript, ast.Attribute)):
                    self.changed(target.value)
        elif isinstance(node, (ast.For, ast.AsyncFor)):
            self.iterate(node.target, node.iter)
        self.depth += 1
        for name, part in ast.iter_fields(node):
            if name in ("body", "orelse", "finalbody"):
                self.statements(part)
            elif name == "handlers":
                for handler in part:
                    self.statements(handler.body)
            elif name == "items":
                for item in part:
                    self.expression(item.context_expr)
                    if item.optional_vars is not None:
                        self.assign(item.optional_vars, item.context_expr)
            elif name == "cases":
                for case in part:
                    for capture in ast.walk(case.pattern):
                        if isinstance(capture, (ast.MatchAs, ast.MatchStar)) and capture.name:
                            self.roots.setdefault(capture.name, set()).update(self.of(node.subject))  # type: ignore[attr-defined]
                    self.statements(case.body)
            elif isinstance(part, ast.expr) and not isinstance(node, (ast.Assign, ast.AnnAssign, ast.AugAssign)):
                self.expression(part)
        self.depth -= 1

    def assign(self, target: ast.expr, value: ast.expr) -> None:
        if isinstance(target, (ast.Subscript, ast.Attribute)):
            self.changed(target.value)
        elif isinstance(target, (ast.Tuple, ast.List)):
            values = value.elts if isinstance(value, (ast.Tuple, ast.List)) else []
            for k, part in enumerate(target.elts):
                self.assign(part, values[k] if len(values) == len(target.elts) else value)
        elif isinstance(target, ast.Starred):
            self.assign(target.value, value)
        elif isinstance(target, ast.Name):
            roots = self.of(value)
            # In a branch the name may still stand for what it was before.
            self.roots[target.id] = roots if self.depth == 0 else self.roots.get(target.id, set()) | roots

    def iterate(self, target: ast.expr, source: ast.expr) -> None:
        self.expression(source)
        roots = self.of(source, inside=True)
        self.summary.used |= roots
        for node in ast.walk(target):
            if isinstance(node, ast.Name):
                self.roots[node.id] = self.roots.get(node.id, set()) | roots
            elif isinstance(node, (ast.Subscript, ast.Attribute)) and isinstance(node.ctx, ast.Store):
                self.changed(node.value)

    def expression(self, root: ast.expr) -> None:
        for node in ast.walk(root):
            if isinstance(node, ast.comprehension):
                self.roots.update(
                    {
                        part.id: self.roots.get(part.id, set()) | self.of(node.iter, inside=True)
                        for part in ast.walk(node.target)
                        if isinstance(part, ast.Name)
                    }
                )
                self.summary.used |= self.of(node.iter, inside=True)
            elif isinstance(node, ast.NamedExpr):
                self.assign(node.target, node.value)
            elif isinstance(node, ast.YieldFrom):
                self.summary.used |= self.of(node.value, inside=True)
            elif isinstance(node, ast.Call):
                self.call(node)

    def call(self, node: ast.Call) -> None:
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if isinstance(node.func, ast.Attribute):
            for root in self.of(node.func.value):
                self.summary.used.add(root)
                self.summary.passed.add((name, "self", root))
            in_place = any(
                k.arg in ("inplace", "in_place") and getattr(k.value, "value", True) is not False for k in node.keywords
            )
            if name in _CHANGING_METHODS or in_place or (name.endswith("_") and not name.endswith("__")):
                self.changed(node.func.value)
        arguments: list[tuple[int | str, ast.expr]] = list(enumerate(node.args))
        arguments += [(k.arg or "**", k.value) for k in node.keywords]
        for place, argument in arguments:
            for root in self.of(argument, inside=True):
                self.summary.used.add(root)
                self.summary.passed.add((name, place, root))
            if place in ("out", "file") or (place == 0 and (name in _CHANGING_FUNCTIONS or name.endswith("_"))):
                self.changed(argument)

    def changed(self, value: ast.expr) -> None:
        for root in self.of(value):
            (self.summary.changed if root in _all(self.summary) else self.summary.globals_changed).add(root)
            self.summary.used.add(root)

    def of(self, value: ast.expr, inside: bool = False) -> set[str]:
        """The parameters and globals that a value may be, or be a part of; `inside`: or that its parts may be."""
        if isinstance(value, ast.Name):
            return self.roots.get(value.id, set() if value.id in self.local else {value.id})
        if isinstance(value, (ast.Attribute, ast.Subscript, ast.Starred, ast.NamedExpr, ast.Await)):
            return self.of(value.value, inside)
        if isinstance(value, ast.IfExp):
            return self.of(value.body, inside) | self.of(value.orelse, inside)
        if isinstance(value, ast.BoolOp):
            return set().union(*(self.of(part, inside) for part in value.values))
        if isinstance(value, (ast.Tuple, ast.List)):
            return set().union(*(self.of(part, inside) for part in value.elts))
        if isinstance(value, ast.Call):
            if isinstance(value.func, ast.Attribute) and value.func.attr in _VIEWS:
                return self.of(value.func.value, inside)
            name = value.func.attr if isinstance(value.func, ast.Attribute) else getattr(value.func, "id", "")
            if name in _PASSING or (inside and name in _COPYING):
                return set().union(*(self.of(part, inside) for part in value.args))
        return set()
