"""What a cell may change: names whose objects it may modify, or "anything" where its effects are not known.

Two names may share an object if a statement mentions both. An object of unknown origin may be an iterator, a file or a
connection, so that even reading changes it, and its methods may do anything.
"""

import ast
from collections.abc import Collection, Iterable, Sequence

from utils.grading.notebook.known_effects import (
    AXES,
    FIGURES,
    FINITE_BUILTINS,
    HIDDEN_NAME,
    HIDDEN_READS,
    METHODS_OF_AXES,
    METHODS_THAT_CHANGE,
    METHODS_THAT_DRAW,
    METHODS_THAT_READ,
    OF_ONE_ARGUMENT,
    READING_BUILTINS,
    WITHOUT_RECEIVER,
    draws,
    is_fresh,
    is_known,
    is_reading,
)
from utils.grading.notebook.scopes import (
    imported_names,
    is_constant,
    names_in,
    names_of,
    names_of_one_scope,
    path_of,
    simple_statements,
    stored_names,
)

_IMPORTS = (ast.Import, ast.ImportFrom)
_DEFINITIONS = (ast.FunctionDef, ast.ClassDef)


class Notebook:
    """All cells together: which names are functions, which are modules, and which may share an object.

    Args:
        trees: the syntax tree of each cell, empty where there is none.

    Example:
        >>> trees = [ast.parse("a = []\\nb = a"), ast.parse("b.append(1)"), ast.parse("print(a)")]
        >>> notebook = Notebook(trees)
        >>> [notebook.changes(tree) for tree in trees[1:]] == [{"a", "b"}, set()]
        True
    """

    def __init__(self, trees: Sequence[ast.Module]) -> None:
        statements = [statement for tree in trees for statement in tree.body]
        simple = [part for statement in statements for part in simple_statements(statement)]
        self.assigned = {name for part in simple if not isinstance(part, _DEFINITIONS) for name in stored_names(part)}
        self.functions: dict[str, list[ast.AST]] = {}
        self.modules: dict[str, set[str]] = {}
        self.classes: list[ast.AST] = []
        for node in (node for statement in statements for node in ast.walk(statement)):
            if isinstance(node, ast.ClassDef):
                self.classes.append(node)
            for name, path in imported_names(node):
                self.modules.setdefault(name, set()).add(path)
        for part in simple:
            if isinstance(part, _DEFINITIONS):
                self.functions.setdefault(part.name, []).append(part)
        # A name with several meanings has an unknown one.
        several = self.assigned | (set(self.functions) & set(self.modules))
        for table in (self.functions, self.modules):
            for name in several & set(table):
                del table[name]
        self.assigned |= several
        self._reach: dict[str, list[ast.AST]] = {}
        self._plain_functions: dict[str, bool] = {}
        self._group_of: dict[str, str] = {}
        for statement in simple:
            self._link(statement)
        self._unknown_groups = {self._group(name) for part in simple for name in self._of_unknown_origin(part)}

    def changes(self, tree: ast.Module) -> set[str] | None:
        """Names whose objects a cell may change, its own bindings aside; None if it may do anything else."""
        executed = self.executed(tree)
        effects = Effects(self, executed)
        data = self.data(executed)
        unknown = {name for name in data if self._group(name) in self._unknown_groups}
        if effects.unknown or (unknown and effects.methods):
            return None
        groups = {self._group(name) for name in (data if effects.all_changed else effects.changed | unknown)}
        shared = {name for name in self._group_of if self._group(name) in groups}
        return shared | ({FIGURES} if effects.drawing else set())

    def executed(self, node: ast.AST) -> list[ast.AST]:
        """A node, and the functions and classes of the notebook that may run because of it."""
        bodies = [body for name in sorted(names_of(node)) for body in self._reached_by(name)]
        # An operator or a call may reach a method of any object.
        if self.classes and (self.data([node, *bodies]) or any(isinstance(body, ast.ClassDef) for body in bodies)):
            names = {name for body in self.classes for name in names_of(body)}
            bodies += [*self.classes, *(body for name in sorted(names) for body in self._reached_by(name))]
        return list(dict.fromkeys([node, *bodies]))

    def _reached_by(self, name: str) -> list[ast.AST]:
        """The functions and classes of the notebook that a name stands for, and those that they mention."""
        if name not in self.functions:
            return []
        if name not in self._reach:
            names, queue = {name}, [name]
            while queue:
                loads = {n for body in self.functions[queue.pop()] for n in names_of(body) if n in self.functions}
                queue += loads - names
                names |= loads
            self._reach[name] = [body for reached in sorted(names) for body in self.functions[reached]]
        return self._reach[name]

    def data(self, nodes: Iterable[ast.AST]) -> set[str]:
        """Global names in nodes that are neither functions, modules nor built in."""
        names: set[str] = set()
        for node in nodes:
            for statement in node.body if isinstance(node, ast.Module) else [node]:
                if isinstance(statement, ast.stmt):
                    there = names_in(statement)
                    names |= there.bound | there.read | there.later
        known = (self.functions.keys() | self.modules.keys() | READING_BUILTINS) - self.assigned
        return names - known

    def effect_of_call(self, function: ast.AST, local_functions: Collection[str]) -> str:
        """Of a call: "reads", "draws", "changes" what it is called on, "changes all" its arguments, or "unknown"."""
        path, root = path_of(function)
        if isinstance(function, ast.Name):
            if function.id in self.functions or function.id in local_functions:
                return "reads"
            if function.id in READING_BUILTINS - self.assigned and function.id not in self.modules:
                return "reads"
        if root in self.modules:
            full = [f"{module}.{path}".rstrip(".") for module in self.modules[root]]
            if not all(map(is_known, full)):
                return "unknown"
            return "reads" if all(map(is_reading, full)) else "changes all"
        if not isinstance(function, ast.Attribute) or root in self.functions:
            return "unknown"
        if function.attr in METHODS_THAT_READ:
            return "reads"
        if function.attr in METHODS_THAT_DRAW or (function.attr in METHODS_OF_AXES and root and AXES.fullmatch(root)):
            return "draws"
        if function.attr == "shuffle":
            return "changes all"
        return "changes" if function.attr in METHODS_THAT_CHANGE | METHODS_OF_AXES else "unknown"

    def makes_new(self, value: ast.AST | None) -> bool:
        """Whether an expression makes an object that nothing else holds."""
        if isinstance(value, ast.Call):
            path, root = path_of(value.func)
            if isinstance(value.func, ast.Name) and root in FINITE_BUILTINS - {"max", "min", "type"}:
                return root not in self.functions and root not in self.modules and root not in self.assigned
            return root in self.modules and all(is_fresh(f"{m}.{path}".rstrip(".")) for m in self.modules[root])
        return isinstance(
            value,
            (ast.Constant, ast.JoinedStr, ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp),
        )

    def _link(self, statement: ast.stmt) -> None:
        """Put names that a statement may bind to one object into one group."""
        calls = [node for node in ast.walk(statement) if isinstance(node, ast.Call)]
        harmless = all(self.effect_of_call(call.func, ()) in ("reads", "draws") for call in calls)
        if isinstance(statement, ast.Expr) and harmless and not any(self._reached_by(n) for n in names_of(statement)):
            return
        first, *rest = [*sorted(self.data(self.executed(statement))), ""]
        for name in rest[:-1]:
            self._group_of[self._group(name)] = self._group(first)

    def _group(self, name: str) -> str:
        while self._group_of.setdefault(name, name) != name:
            name = self._group_of[name]
        return name

    def _of_unknown_origin(self, statement: ast.stmt) -> set[str]:
        """Names that a statement may bind to something that even reading changes, such as an iterator or a file."""
        if isinstance(statement, _IMPORTS + _DEFINITIONS):
            return set()
        if isinstance(statement, (ast.With, ast.AsyncWith, ast.Try, ast.Match)):
            return stored_names(statement)
        looping = isinstance(statement, (ast.For, ast.comprehension))
        finite = READING_BUILTINS if looping else FINITE_BUILTINS
        for node in ast.walk(statement.iter if isinstance(statement, ast.For) else statement):
            if isinstance(node, (ast.GeneratorExp, ast.Lambda, ast.Yield, ast.YieldFrom)):
                return stored_names(statement)
            if isinstance(node, ast.Call) and not self._is_plain(node.func, finite):
                return stored_names(statement)
        return set()

    def _is_plain(self, function: ast.AST, builtin: Collection[str]) -> bool:
        path, root = path_of(function)
        if root in self.modules:
            paths = [f"{module}.{path}".rstrip(".") for module in self.modules[root]]
            return all(is_known(p) and p.split(".")[0] not in ("itertools", "functools", "re") for p in paths)
        if isinstance(function, ast.Name):
            if function.id in self.functions:
                return self._is_plain_function(function.id)
            return function.id in builtin and function.id not in self.assigned
        return isinstance(function, ast.Attribute) and function.attr in (
            METHODS_THAT_READ | METHODS_THAT_CHANGE | METHODS_THAT_DRAW | METHODS_OF_AXES
        )

    def _is_plain_function(self, name: str) -> bool:
        """Whether no function of the notebook by this name can return an object of unknown origin."""
        if name not in self._plain_functions:
            effects = Effects(self, self.executed(ast.Name(name, ast.Load())))
            self._plain_functions[name] = not effects.unknown and not effects.iterating
        return self._plain_functions[name]


class Effects:
    """The effects of code, its bindings aside.

    Attributes:
        unknown: it may do anything.
        changed: names whose objects it may change.
        all_changed: it may change every object that it can reach.
        drawing: it may draw into figures.
        methods: it calls methods of objects.
        iterating: it makes iterators or functions, whose use may change them.
    """

    def __init__(self, notebook: Notebook, executed: Sequence[ast.AST]) -> None:
        self.notebook = notebook
        self.unknown = self.all_changed = self.drawing = self.methods = self.iterating = False
        self.changed: set[str] = set()
        nodes = [node for root in executed for node in ast.walk(root)]
        scopes = [node for node in nodes if isinstance(node, (ast.FunctionDef, ast.Lambda, ast.comprehension))]
        arguments = {node.arg for node in nodes if isinstance(node, ast.arg)}
        self.rebound = arguments | {name for node in nodes if isinstance(node, ast.stmt) for name in stored_names(node)}
        self.local_functions = {node.name for node in nodes if isinstance(node, ast.FunctionDef)} - self.rebound
        inside = {name for scope in scopes for name in stored_names(scope)}
        # Names that only ever hold objects made here: to change these changes nothing else.
        assigned = {
            target.id: node.value
            for node in nodes
            if isinstance(node, ast.Assign)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        stores = [n.id for n in nodes if isinstance(n, ast.Name) and not isinstance(n.ctx, ast.Load)]
        augmented = [n.target.id for n in nodes if isinstance(n, ast.AugAssign) and isinstance(n.target, ast.Name)]
        once = {name for name in assigned if stores.count(name) - augmented.count(name) == 1} - arguments
        once &= names_of_one_scope(executed)
        self.own = {name for name in once if notebook.makes_new(assigned[name])}
        self.local = (arguments | inside) - self.own
        self.inner: set[int] = set()
        for node in nodes:
            self._add(node)

    def _add(self, node: ast.AST) -> None:
        if isinstance(node, ast.Call):
            self._add_call(node)
        elif isinstance(node, _DEFINITIONS):
            self.unknown |= bool(node.decorator_list or getattr(node, "keywords", ()))
        elif isinstance(node, ast.arguments):
            self.unknown |= not all(map(is_constant, [*node.defaults, *filter(None, node.kw_defaults)]))
        elif isinstance(node, (ast.With, ast.Global, ast.Delete)) or is_opaque(node):
            self.unknown = True
        elif isinstance(node, _IMPORTS):
            self.unknown |= not all(is_known(path) for _, path in imported_names(node))
        elif isinstance(node, (ast.GeneratorExp, ast.Lambda, ast.Yield, ast.YieldFrom)):
            self.iterating = True
        elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            self._change(node.target, direct=True)
        if isinstance(node, (ast.Attribute, ast.Subscript, ast.Name)):
            self._add_place(node)

    def _add_place(self, node: ast.Attribute | ast.Subscript | ast.Name) -> None:
        path, root = path_of(node)
        if root in self.rebound and (root in self.notebook.modules or root in self.notebook.functions):
            self.unknown = True
        paths = [f"{module}.{path}".rstrip(".") for module in self.notebook.modules.get(root or "", ())]
        self.drawing |= any(map(draws, paths))
        if isinstance(node, (ast.Attribute, ast.Subscript)):
            self.inner.add(id(node.value))
            if not isinstance(node.ctx, ast.Load):
                # To change a module, a class or a function is to change what others do.
                self.unknown |= bool(paths) or root in self.notebook.functions
                self._change(node, direct=isinstance(node.value, ast.Name))
        if id(node) not in self.inner and paths and isinstance(node.ctx, ast.Load):
            # A module by another name, or a function of unknown effect, to be used under that name.
            self.unknown |= not all(is_known(p) and "." in p and p != "numpy.random" for p in paths)

    def _change(self, place: ast.AST, direct: bool) -> None:
        _, root = path_of(place)
        if root is None or root in self.local:
            self.all_changed = True
        elif not (direct and root in self.own):
            self.changed.add(root)

    def _add_call(self, call: ast.Call) -> None:
        function = call.func
        if isinstance(function, ast.Name) and function.id in self.rebound:
            self.unknown = True
            return
        _, root = path_of(function)
        effect = self.notebook.effect_of_call(function, self.local_functions)
        self.methods |= isinstance(function, ast.Attribute) and root not in self.notebook.modules
        self.unknown |= effect == "unknown"
        self.drawing |= effect == "draws"
        self.iterating |= isinstance(function, ast.Name) and function.id in READING_BUILTINS - FINITE_BUILTINS - {
            "print"
        }
        keywords = {keyword.arg: keyword.value for keyword in call.keywords}
        # Functions that the called function calls; and a file that `print` writes to.
        callbacks = [keywords[name] for name in ("key", "file") if name in keywords]
        if isinstance(function, ast.Name) and function.id in ("map", "filter", "iter"):
            callbacks += call.args[: len(call.args) - 1]
        self.unknown |= not all(map(self._is_known_function, callbacks))
        # A third argument by position, or `out`, may receive the result.
        out = any(keyword.arg in ("out", "inplace", None) for keyword in call.keywords)
        if effect == "changes all" or out or (root in self.notebook.modules and self._may_receive(call)):
            self.all_changed = True
        elif effect == "changes" and isinstance(function, ast.Attribute):
            self._change(function.value, direct=isinstance(function.value, ast.Name))

    def _is_known_function(self, value: ast.AST) -> bool:
        if isinstance(value, ast.Lambda) or (isinstance(value, ast.Constant) and value.value is None):
            return True
        _, root = path_of(value)
        name_only = isinstance(value, ast.Name) and root not in self.rebound
        return name_only and self.notebook.effect_of_call(value, self.local_functions) == "reads"

    def _may_receive(self, call: ast.Call) -> bool:
        path, root = path_of(call.func)
        libraries = {module.split(".")[0] for module in self.notebook.modules[root or ""]}
        if not libraries & {"numpy", "scipy"} or path in WITHOUT_RECEIVER:
            return False
        return len(call.args) > (1 if path in OF_ONE_ARGUMENT else 2)


def is_opaque(node: ast.AST) -> bool:
    """Whether this may read or bind names that the text does not show."""
    if isinstance(node, ast.Name):
        hidden = HIDDEN_NAME.fullmatch(node.id) is not None and isinstance(node.ctx, ast.Load)
        return hidden or node.id in HIDDEN_READS
    if isinstance(node, _IMPORTS):
        return any(path.endswith("*") or HIDDEN_READS & set(path.split(".")) for _, path in imported_names(node))
    if isinstance(node, ast.Attribute):
        return node.attr in HIDDEN_READS
    return isinstance(node, (ast.Await, ast.AsyncFor, ast.AsyncFunctionDef, ast.AsyncWith))
