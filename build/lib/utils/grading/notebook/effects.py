"""Which objects a cell changes without binding their names, according to its syntax tree: the cell is not run.

`frame["speed"] = ...`, `names.append("b")`, `random.shuffle(cards)` and `for row in grid: row[0] = 0` change an object
that another cell has made. The analysis errs on the side of naming too many: a name that is named in vain costs one
more look at the student's value.
"""

import ast
import re
import types
from collections.abc import Iterable, Mapping
from typing import Any, Final

from utils.grading.notebook.names import syntax_tree

_WORDS: Final = re.compile(r"\w+")
_CHANGING_METHODS: Final = frozenset(
    _WORDS.findall(
        "append appendleft extend extendleft insert remove pop popleft popitem clear sort reverse rotate update add "
        "discard setdefault subtract intersection_update difference_update symmetric_difference_update fill resize put "
        "itemset partial_fit fit fit_transform send throw close writelines add_node add_nodes_from add_edge "
        "add_edges_from add_weighted_edges_from remove_node remove_nodes_from remove_edge remove_edges_from"
    )
)
_CHANGING_FUNCTIONS: Final = frozenset(
    _WORDS.findall(
        "heappush heappop heapify heapreplace heappushpop insort insort_left insort_right shuffle fill_diagonal copyto "
        "putmask place put setattr delattr next"
    )
)
_VIEWS: Final = frozenset(_WORDS.findall("enumerate zip iter reversed list tuple filter map sorted next getattr vars"))
_ONLY_LOOK: Final = frozenset(_WORDS.findall("print display help len type repr str isinstance id pprint"))
_ONLY_LOOKING_PREFIXES: Final = ("assert", "plot", "save", "show", "dump", "write", "print", "display", "to_")
_ONLY_LOOKING_PACKAGES: Final = frozenset(
    _WORDS.findall("matplotlib seaborn plotly bokeh altair json pickle csv os time logging warnings pprint IPython")
)


class Effects:
    """What the functions and classes of the instructor's cells change, and with it what a cell changes.

    Attributes:
        parameters: for each function or method, the positions of the parameters that it changes.
        globals: global names that some function binds or changes.
        methods: names of methods that change their own object.

    Example:
        >>> effects = Effects()
        >>> effects.read("def double(table):\\n    for row in table:\\n        row[:] = [2 * x for x in row]")
        >>> sorted(effects.changed("double(grid)\\nnames.append(1)", {}))
        ['grid', 'names']
    """

    def __init__(self) -> None:
        self.parameters: dict[str, set[int]] = {}
        self.globals: set[str] = set()
        self.methods: set[str] = set()

    def read(self, source: str) -> None:
        """Take the functions and classes that a cell defines into account."""
        tree = syntax_tree(source)
        # Functions that call each other need more than one pass.
        for _ in range(3):
            methods = {part for node in ast.walk(tree) if isinstance(node, ast.ClassDef) for part in node.body}
            for node in ast.walk(tree):
                if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                    self._function(node, method=node in methods)

    def changed(self, source: str, namespace: Mapping[str, Any]) -> set[str]:
        """Names of the objects that a cell changes outside the functions that it defines.

        Args:
            source: the cell.
            namespace: names of the judge's notebook, to tell modules and classes from other objects.
        """
        walker = _Walker(self, namespace)
        walker.statements(syntax_tree(source).body)
        return walker.changed

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef, method: bool) -> None:
        parameters = [argument.arg for argument in [*node.args.posonlyargs, *node.args.args]]
        walker = _Walker(self, {})
        walker.statements(node.body)
        declared = {name for part in ast.walk(node) if isinstance(part, ast.Global) for name in part.names}
        stored = {part.id for part in ast.walk(node) if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)}
        keywords = {a.arg for a in [*node.args.kwonlyargs, node.args.vararg, node.args.kwarg] if a is not None}
        local = (stored | set(parameters) | keywords) - declared
        self.globals |= (declared & stored) | (walker.changed - local)
        positions = {position for position, name in enumerate(parameters) if name in walker.changed}
        if method:
            if 0 in positions:
                self.methods.add(node.name)
            positions = {position - 1 for position in positions if position}
        if positions:
            self.parameters.setdefault(node.name, set()).update(positions)


class _Walker:
    """Walks over statements in their order and notes what they change; `aliases` follows one object's other names."""

    def __init__(self, effects: Effects, namespace: Mapping[str, Any]) -> None:
        self.effects = effects
        self.namespace = namespace
        self.aliases: dict[str, set[str]] = {}
        self.changed: set[str] = set()

    def statements(self, body: Iterable[ast.stmt]) -> None:
        for node in body:
            self.statement(node)

    def statement(self, node: ast.stmt) -> None:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            return
        if isinstance(node, ast.Expr):
            self.expression(node.value, discarded=True)
            return
        if isinstance(node, (ast.Assign, ast.AnnAssign)):
            if node.value is not None:
                self.expression(node.value)
                for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                    self.assign(target, node.value)
            return
        if isinstance(node, ast.AugAssign):
            self.expression(node.value)
            self.changed |= self.roots(node.target)
            return
        if isinstance(node, ast.Delete):
            for target in node.targets:
                if not isinstance(target, ast.Name):
                    self.changed |= self.roots(target)
            return
        if isinstance(node, (ast.For, ast.AsyncFor)):
            self.assign(node.target, node.iter)
        for _, value in ast.iter_fields(node):
            for part in value if isinstance(value, list) else [value]:
                if isinstance(part, ast.stmt):
                    self.statement(part)
                elif isinstance(part, ast.expr):
                    self.expression(part)
                elif isinstance(part, ast.withitem):
                    self.expression(part.context_expr)
                    if part.optional_vars is not None:
                        self.assign(part.optional_vars, part.context_expr)
                elif isinstance(part, (ast.ExceptHandler, ast.match_case)):
                    self.statements(part.body)

    def assign(self, target: ast.expr, value: ast.expr) -> None:
        if isinstance(target, ast.Name):
            self.aliases[target.id] = self.roots(value) | {target.id}
        elif isinstance(target, (ast.Tuple, ast.List)):
            parts = value.elts if isinstance(value, (ast.Tuple, ast.List)) else []
            for place, part in enumerate(target.elts):
                self.assign(part, parts[place] if len(parts) == len(target.elts) else value)
        elif isinstance(target, ast.Starred):
            self.assign(target.value, value)
        else:
            self.changed |= self.roots(target)

    def expression(self, node: ast.expr, discarded: bool = False) -> None:
        if isinstance(node, ast.Await):
            self.expression(node.value, discarded)
            return
        if isinstance(node, (ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)):
            for generator in node.generators:
                self.expression(generator.iter)
                self.assign(generator.target, generator.iter)
            for part in [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]:
                self.expression(part, discarded)
            return
        if isinstance(node, ast.Call):
            self.call(node, discarded)
        elif isinstance(node, ast.NamedExpr):
            self.assign(node.target, node.value)
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                self.expression(child)
            elif isinstance(child, ast.keyword):
                self.expression(child.value)

    def call(self, node: ast.Call, discarded: bool) -> None:
        function, arguments = node.func, node.args
        if isinstance(function, ast.Attribute):
            name = function.attr
            changing = name in _CHANGING_METHODS or any(keyword.arg == "inplace" for keyword in node.keywords)
            results = [keyword.value for keyword in node.keywords if keyword.arg == "out"]
            self.change(results)
            library = self.library(function.value)
            if library is None:
                if changing or discarded or name in self.effects.methods:
                    self.changed |= self.roots(function.value)
            elif (
                (changing and library == "builtins")
                or name in _CHANGING_FUNCTIONS
                or (discarded and not results and library not in _ONLY_LOOKING_PACKAGES and not _only_looks(name))
            ):
                self.change(arguments)
        elif isinstance(function, ast.Name):
            name = function.id
            known = name in self.effects.parameters
            if name in _CHANGING_FUNCTIONS:
                self.change(arguments[:1])
            elif discarded and not known and not _only_looks(name) and self.from_library(name):
                self.change(arguments)
            if "__call__" in self.effects.methods:
                self.changed |= self.roots(function)
        else:
            return
        for position in self.effects.parameters.get(name, ()):
            self.change(arguments[position : position + 1])

    def change(self, arguments: Iterable[ast.expr]) -> None:
        for argument in arguments:
            self.changed |= self.roots(argument)

    def library(self, node: ast.expr) -> str | None:
        """The package of a module or class, on which functions are called; None for another object."""
        if isinstance(node, ast.Attribute):
            return self.library(node.value)
        if not isinstance(node, ast.Name) or node.id in self.aliases:
            return None
        value = self.namespace.get(node.id, {"list": list, "dict": dict, "set": set}.get(node.id))
        if isinstance(value, types.ModuleType):
            return value.__name__.partition(".")[0]
        if isinstance(value, type) and value.__module__ != "__main__":
            return value.__module__.partition(".")[0]
        return None

    def from_library(self, name: str) -> bool:
        value = self.namespace.get(name)
        return callable(value) and getattr(value, "__module__", "__main__") != "__main__"

    def roots(self, node: ast.expr) -> set[str]:
        """Names of the objects that an expression's value may be, or be part of."""
        if isinstance(node, ast.Name):
            return self.aliases.get(node.id, {node.id})
        if isinstance(node, (ast.Attribute, ast.Subscript, ast.Starred, ast.NamedExpr)):
            return self.roots(node.value)
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Attribute):
                return self.roots(node.func.value)
            if isinstance(node.func, ast.Name) and node.func.id in _VIEWS:
                return set().union(*map(self.roots, node.args))
        if isinstance(node, (ast.Tuple, ast.List)):
            return set().union(*map(self.roots, node.elts))
        if isinstance(node, ast.IfExp):
            return self.roots(node.body) | self.roots(node.orelse)
        if isinstance(node, ast.BoolOp):
            return set().union(*map(self.roots, node.values))
        return set()


def _only_looks(name: str) -> bool:
    return name in _ONLY_LOOK or name.startswith(_ONLY_LOOKING_PREFIXES)
