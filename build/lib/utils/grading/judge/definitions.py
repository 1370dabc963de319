"""What the instructor's cells define: classes with their operators, and functions that return no instance of them.

A student's object may answer for itself (compare, add, be true) only where the instructor's class does so too. This
module reads that from the instructor's source; nothing is executed.
"""

import ast
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from utils.grading.notebook.names import syntax_tree
from utils.grading.protocol.plain_type import assignment

COMPARISONS: Final = frozenset({"__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__"})
_ORDER: Final = frozenset({"__lt__", "__le__", "__gt__", "__ge__"})
_FLAGS: Final = frozenset({"__and__", "__or__", "__xor__", "__invert__", "__contains__", "__iter__", "__len__"})
_SELF_CLASSES: Final = frozenset({"type(self)", "self.__class__", "__class__", "cls"})
_PLAIN_RETURNS: Final = frozenset({"int", "float", "bool", "str", "bytes", "complex", "None"})


@dataclass
class ClassDefinition:
    """A class of the assignment.

    Attributes:
        operators: the operators that it or a base defines, and whether each accepts plain data as the other operand.
        fields: names of the fields of a dataclass or named tuple.
        bases: names of the bases, as written.
        plain_methods: methods that certainly return no instance of a class of the assignment.
        swallows: whether its `__exit__` may return something true.
    """

    operators: dict[str, bool] = field(default_factory=dict)
    fields: set[str] = field(default_factory=set)
    bases: tuple[str, ...] = ()
    plain_methods: set[str] = field(default_factory=set)
    swallows: bool = False


class Definitions:
    """The classes and functions that the instructor's cells define.

    Attributes:
        classes: the classes by name.

    Example:
        >>> cells = Definitions()
        >>> cells.read("class A:\\n    def __eq__(self, other):\\n        return self.x == other.x")
        >>> cells.classes["A"].operators
        {'__eq__': False}
        >>> cells.read("def size(values):\\n    return len(values)\\ndef make():\\n    return A()")
        >>> cells.plain("size"), cells.plain("make"), cells.plain("unknown")
        (True, False, False)
    """

    def __init__(self) -> None:
        self.classes: dict[str, ClassDefinition] = {}
        self._reads: dict[str, set[str]] = {}
        self._annotated_plain: set[str] = set()

    def read(self, source: str) -> None:
        """Add what a cell defines."""
        tree = syntax_tree(source)
        words = _words(tree)
        for node in tree.body:
            if isinstance(node, ast.ClassDef):
                self.classes[node.name] = self._class(node)
            elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                self._reads[node.name] = _words(node)
                if _annotated_plain(node):
                    self._annotated_plain.add(node.name)
            elif isinstance(node, ast.Assign):
                self._assign(node)
        assignment.words |= words
        assignment.fields |= self.fields()

    def plain(self, name: str, takes_instances: bool = False) -> bool:
        """Whether the instructor's function or value of this name certainly is, or returns, no instance of a class.

        Args:
            name: of a function or value at the top level.
            takes_instances: whether the call passes objects to the function, which it may return.
        """
        if name in self._annotated_plain:
            return True
        if takes_instances or name not in self._reads:
            return False
        pending, visited = [name], set()
        while pending:
            current = pending.pop()
            if current in self.classes:
                return False
            if current not in visited:
                visited.add(current)
                pending += self._reads.get(current, ())
        return True

    def plain_method(self, classes: Iterable[str], name: str) -> bool:
        """Whether a method of the first of the classes that defines it certainly returns no instance of a class."""
        return any(name in self.classes[kind].plain_methods for kind in classes if kind in self.classes)

    def operator(self, classes: Iterable[str], name: str) -> bool | None:
        """Whether an operator accepts plain data, or None if none of the classes defines it."""
        for kind in classes:
            if kind in self.classes and name in self.classes[kind].operators:
                return self.classes[kind].operators[name]
        return None

    def fields(self) -> set[str]:
        """Names of the fields of all dataclasses and named tuples."""
        return {name for definition in self.classes.values() for name in definition.fields}

    def _assign(self, node: ast.Assign) -> None:
        names = [part.id for target in node.targets for part in ast.walk(target) if isinstance(part, ast.Name)]
        call = node.value if isinstance(node.value, ast.Call) else None
        factory = ast.unparse(call.func).rpartition(".")[2] if call is not None else ""
        if call is not None and factory in ("namedtuple", "NamedTuple", "make_dataclass", "Enum", "IntEnum", "Flag"):
            texts = {part.value for part in ast.walk(call) if isinstance(part, ast.Constant)}
            fields = {word for text in texts if isinstance(text, str) for word in text.replace(",", " ").split()}
            for name in names:
                operators = {"__eq__": False} if factory == "make_dataclass" else {}
                self.classes[name] = ClassDefinition(operators, fields)
        for name in names:
            self._reads[name] = _words(node.value)

    def _class(self, node: ast.ClassDef) -> ClassDefinition:
        definition = ClassDefinition(bases=tuple(ast.unparse(base) for base in node.bases))
        for base in reversed(definition.bases):
            inherited = self.classes.get(base)
            if inherited is not None:
                definition.operators |= inherited.operators
                definition.fields |= inherited.fields
                definition.plain_methods |= inherited.plain_methods
                definition.swallows |= inherited.swallows
            elif base.rpartition(".")[2] in ("Flag", "IntFlag"):
                definition.operators |= dict.fromkeys(_FLAGS, True)
            elif base.rpartition(".")[2] == "NamedTuple":
                definition.fields |= _annotated(node)
        functions = {part.name: part for part in node.body if isinstance(part, (ast.FunctionDef, ast.AsyncFunctionDef))}
        for name, function in functions.items():
            if name.startswith("__") and name.endswith("__"):
                definition.operators[name] = _accepts_plain_data(function, self.classes.keys() | {node.name})
            definition.plain_methods.discard(name)
            if _annotated_plain(function):
                definition.plain_methods.add(name)
        if "__exit__" in functions:
            returns = [part.value for part in ast.walk(functions["__exit__"]) if isinstance(part, ast.Return)]
            definition.swallows = any(
                value is not None and not (isinstance(value, ast.Constant) and not value.value) for value in returns
            )
        for part in node.body:
            if isinstance(part, ast.Assign) and isinstance(part.value, ast.Name):
                for target in part.targets:
                    if isinstance(target, ast.Name) and part.value.id in definition.operators:
                        definition.operators[target.id] = definition.operators[part.value.id]
        for decorator in node.decorator_list:
            _decorate(definition, decorator, node)
        return definition


def _decorate(definition: ClassDefinition, decorator: ast.expr, node: ast.ClassDef) -> None:
    """Add what `dataclass` and `total_ordering` generate."""
    call = decorator if isinstance(decorator, ast.Call) else None
    name = ast.unparse(decorator if call is None else call.func).rpartition(".")[2]
    options = {keyword.arg: ast.unparse(keyword.value) for keyword in call.keywords} if call is not None else {}
    generated: dict[str, bool] = {}
    if name in ("dataclass", "define", "frozen"):
        definition.fields |= _annotated(node)
        if options.get("eq") != "False":
            generated["__eq__"] = False
        if options.get("order") == "True":
            generated |= dict.fromkeys(_ORDER, False)
        if "True" in (options.get("frozen"), options.get("unsafe_hash")) or name == "frozen":
            generated["__hash__"] = False
    elif name == "total_ordering":
        accepted = [definition.operators[order] for order in _ORDER if order in definition.operators]
        generated = dict.fromkeys(_ORDER, any(accepted)) if accepted else {}
    definition.operators = generated | definition.operators


def _annotated(node: ast.ClassDef) -> set[str]:
    return {
        part.target.id for part in node.body if isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name)
    }


def _annotated_plain(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return function.returns is not None and ast.unparse(function.returns).strip("'\"") in _PLAIN_RETURNS


def _words(tree: ast.AST) -> set[str]:
    words: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            words.add(node.id)
        elif isinstance(node, ast.Attribute):
            words.add(node.attr)
        elif isinstance(node, ast.alias):
            words |= set(node.name.split("."))
    return words


def _accepts_plain_data(function: ast.FunctionDef | ast.AsyncFunctionDef, classes: Iterable[str]) -> bool:
    """Whether an operator's second operand may be plain data: its class is tested for, or no attribute is read."""
    if len(function.args.args) < 2:
        return True
    operand = function.args.args[1].arg
    own = set(classes) | _SELF_CLASSES
    tested: set[str] = set()
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "isinstance" and len(node.args) == 2:
            if ast.unparse(node.args[0]) == operand:
                kinds = node.args[1].elts if isinstance(node.args[1], ast.Tuple) else [node.args[1]]
                tested |= {ast.unparse(kind) for kind in kinds}
        elif isinstance(node, ast.Compare):
            sides = [ast.unparse(side) for side in (node.left, *node.comparators)]
            if f"type({operand})" in sides or f"{operand}.__class__" in sides:
                tested |= set(sides) - {f"type({operand})", f"{operand}.__class__"}
    if tested:
        return not tested <= own
    annotation = function.args.args[1].annotation
    if annotation is not None and ast.unparse(annotation).strip("'\"") in own:
        return False
    return not any(
        isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == operand
        for node in ast.walk(function)
    )
