"""Texts that a check runs as code: in the judge, a student's text is no program.

`eval(repr(answer))`, `sympy.expand(answer)`, doctests of a student's docstring, a query of a table or a command for the
shell run what the student wrote. In a notebook that is the student's own process; here it would be the judge. A text
of the instructor's notebook or files is run as it is. Any other text may only combine data and call the student's own
functions; a text that does more ends the check, which the shadow runs too.
"""

import ast
import builtins
import cmath
import math
import os
import re
import sys
import tempfile
import types
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any, Final, TypeGuard

import numpy as np

from utils.grading.judge import documents
from utils.grading.judge.proxies import NotAllowed, is_proxy
from utils.grading.notebook.names import syntax_tree
from utils.grading.protocol.plain_type import words

# Files of cells, and of functions that a cell has made of a text.
_CELL: Final = re.compile(r"<(check|given|instructor|solution|extra) |<string>$")
_TIMEIT: Final = """def inner(_it, _timer):
    setup
    _t0 = _timer()
    for _i in _it:
        stmt
    _t1 = _timer()
    return _t1 - _t0
"""
_QUERIES: Final = "/pandas/core/computation/"
_STARTING: Final = frozenset({"subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "pty.spawn"})
# Also what YAML makes of a text that names functions.
_STARTER: Final = re.compile(r"/(subprocess|os|asyncio/\w+|IPython/.*|yaml/\w+)\.py$|^<frozen os>$")
_DATA: Final = (
    *(ast.Module, ast.Interactive, ast.Expression, ast.Expr, ast.Constant, ast.List, ast.Tuple, ast.Set, ast.Dict),
    *(ast.UnaryOp, ast.BinOp, ast.BoolOp, ast.Compare, ast.IfExp, ast.Subscript, ast.Slice, ast.Starred, ast.Name),
    *(ast.expr_context, ast.operator, ast.unaryop, ast.boolop, ast.cmpop, ast.Call, ast.keyword, ast.Pass),
)
_BUILTINS: Final = frozenset(
    words(
        "abs all any ascii bin bool bytes chr complex dict divmod enumerate float frozenset hash hex int isinstance "
        "len list max min oct ord pow print range repr reversed round set slice sorted str sum tuple zip"
    )
)
# Modules of classes that only hold data.
_HARMLESS: Final = ("fractions", "decimal", "datetime", "collections")
# Functions of SymPy that only compute; a text among their arguments is looked at in turn.
_MAKERS: Final = frozenset(
    words(
        "Integer Float Rational Symbol Dummy Function Matrix S sqrt root cbrt diff integrate expand factor simplify "
        "limit Eq Ne Lt Le Gt Ge Sum Product"
    )
)
# What a generated function of `sympy.lambdify` consists of, beside data.
_FUNCTION: Final = (
    *(ast.FunctionDef, ast.arguments, ast.arg, ast.Return, ast.Assign, ast.GeneratorExp, ast.comprehension),
    *(ast.Import, ast.ImportFrom, ast.alias),
)
_LIBRARIES: Final = frozenset(words("numpy scipy math cmath mpmath torch jax builtins linalg special"))
# Attributes and methods of a column in a query.
_OF_COLUMNS: Final = frozenset(
    words(
        "str dt cat isin isna isnull notna notnull between contains startswith endswith lower upper strip len year "
        "month day hour weekday dayofweek mean median max min sum std abs round astype index values shift diff eq ne "
        "lt le gt ge"
    )
)


class TextGuard:
    """Refuses texts of a student that are about to run as code in this process; `install` cannot be undone.

    Args:
        sources: texts of the instructor: cells and files.
        names: the judge's notebook.
        folders: of the files that the instructor has put beside the notebook: the working folder, and one of modules.
        files: the instructor's files in the working folder, by relative path.
    """

    def __init__(
        self,
        sources: Iterable[str],
        names: Mapping[str, Any],
        folders: Sequence[str] = (),
        files: Collection[str] = (),
    ) -> None:
        self.sources = sources
        self.names = names
        self.folders = tuple(f"{folder}/" for folder in folders)
        self.modules = self.folders[1:]
        self.files = files

    def install(self) -> None:
        """Look at everything that this process compiles or starts."""

        def look(event: str, arguments: tuple[Any, ...]) -> None:
            if event == "compile":
                if self._is_students_file(arguments[1]):
                    self._loaded(arguments[0], arguments[1])
                elif not self._imports(sys._getframe(1)):
                    self._compiled(arguments[0], sys._getframe(1))
            elif event in _STARTING:
                self._started(arguments, sys._getframe(1))
            elif event == "ctypes.dlopen" and self._is_students_file(arguments[0]):
                raise NotAllowed("The check loads a library that your code has written, which the judge does not do.")

        sys.addaudithook(look)
        documents.guard(self.knows)

    @cached_property
    def corpus(self) -> list[str]:
        """What the instructor wrote, and what `%timeit` makes of a statement, without spaces."""
        sources = [*self.sources]
        constants = [node.value for source in sources for node in ast.walk(syntax_tree(source)) if _is_text(node)]
        return [*map(_packed, sources), *map(_packed, constants), _packed(_TIMEIT)]

    def knows(self, text: str) -> bool:
        """Whether a text is the instructor's, or part of one."""
        packed = _packed(text)
        return any(packed in source for source in self.corpus)

    def _is_students_file(self, path: object) -> bool:
        """Whether a file lies in the working folder or among temporary files, and is not the instructor's."""
        if not isinstance(path, (str, bytes, os.PathLike)):
            return False
        name = os.path.abspath(os.fsdecode(path))
        if not name.startswith((f"{os.getcwd()}/", f"{tempfile.gettempdir()}/")) or name.startswith(self.modules):
            return False
        return os.path.relpath(name) not in self.files and os.path.isfile(name)

    def _loaded(self, source: object, path: Any) -> None:
        """A file becomes code: by `%run`, `runpy`, a loader of modules, or pytest."""
        if isinstance(source, ast.AST):
            with open(path, "rb") as file:
                source = file.read()
        text = source.decode("utf-8", "replace") if isinstance(source, (bytes, bytearray)) else str(source)
        if not self.knows(text) and not _all_nodes(text, self._is_call):
            raise NotAllowed("The check runs a file of yours as code, which the judge does not do.")

    def _imports(self, frame: Any) -> bool:
        """Whether a library is being imported, which compiles only texts of its own, such as annotations."""
        while frame is not None and not self._is_instructors(path := frame.f_code.co_filename):
            if path == "<frozen importlib._bootstrap>":
                return True
            frame = frame.f_back
        return False

    def _compiled(self, source: object, frame: Any) -> None:
        caller, before = frame.f_code.co_filename, frame.f_back
        allowed: Callable[[ast.AST], bool]
        # The texts from which a library makes what it compiles, where it keeps them.
        originals: list[object] = []
        if self._is_instructors(caller) or caller.endswith(("/interactiveshell.py", "/IPython/core/compilerop.py")):
            allowed = self._is_call
        elif caller.endswith("/yaml/constructor.py"):
            allowed = _never
        elif caller.endswith(("/typing.py", "/inspect.py")):
            allowed = _is_annotation
        elif caller.endswith("/doctest.py"):
            allowed = self._is_example
            originals = [*str(source, "utf-8", "replace").splitlines()] if isinstance(source, bytes) else []
        elif caller.endswith("/timeit.py"):
            if "src" in frame.f_locals:  # both texts were looked at before they were put together
                return
            allowed, originals = self._is_call, [frame.f_locals.get(name) for name in ("stmt", "setup")]
        elif caller.endswith("/sympy/parsing/sympy_parser.py"):
            originals = [part.f_locals.get("s") for part in (frame, before) if part is not None]
            originals = [text for text in originals if type(text) is str]
            allowed = _is_expression
        elif caller.endswith("/sympy/utilities/lambdify.py"):
            allowed = _is_formula
        elif caller.endswith("/jinja2/environment.py") and before is not None:
            originals = [before.f_locals.get("source_hint")]
            # Without a call or a key, a template only shows values.
            if re.search(r"[(\[]|__", str(originals[0])) is None:
                return
            allowed = _never
        elif caller.endswith("/ast.py") and before is not None and _QUERIES in before.f_code.co_filename:
            allowed = _is_query
        else:
            return
        if originals and all(type(text) is str and self.knows(text) for text in originals):
            return
        if isinstance(source, ast.AST):
            harmless = allowed is _is_expression and all(map(allowed, ast.walk(source)))
        else:
            text = source.decode("utf-8", "replace") if isinstance(source, (bytes, bytearray)) else str(source)
            harmless = self.knows(text) or _all_nodes(text, allowed)
        if not harmless:
            raise NotAllowed("The check runs a text of yours as code, and the text does more than combine values.")

    def _started(self, arguments: tuple[Any, ...], frame: Any) -> None:
        # What a library starts by itself is its own text.
        while frame is not None and _STARTER.search(frame.f_code.co_filename):
            frame = frame.f_back
        if frame is None or not self._is_instructors(frame.f_code.co_filename):
            return
        own = (os.getcwd() + "/", tempfile.gettempdir() + "/")
        for text in _texts(arguments[:2]):
            if text not in ("/bin/sh", "-c", sys.executable) and not text.startswith(own) and not self.knows(text):
                raise NotAllowed("The check starts a program with a text of yours, which the judge does not do.")
            # The program may run what it reads.
            for name in {text, *re.split(r"[\s;|&<>()'\"=]+", text)}:
                if name and self._is_students_file(name) and not self._knows_file(name):
                    raise NotAllowed("The check starts a program with a file of yours, which the judge does not do.")

    def _knows_file(self, path: str) -> bool:
        with open(path, "rb") as file:
            return self.knows(file.read(_MAX_FILE_BYTES).decode("utf-8", "replace"))

    def _is_instructors(self, path: str) -> bool:
        return _CELL.match(path) is not None or path.startswith(self.folders or "<none>")

    def _is_call(self, node: ast.AST) -> bool:
        """Whether a node is data, or calls what the student has defined."""
        if isinstance(node, ast.Call):
            return isinstance(node.func, (ast.Name, ast.Attribute))
        if isinstance(node, ast.Attribute):
            module = self.names.get(node.value.id) if isinstance(node.value, ast.Name) else None
            known = vars(module).get(node.attr) if any(module is part for part in (np, math, cmath)) else None
            return type(known) is float or _is_mathematical(known)
        if not isinstance(node, ast.Name):
            return isinstance(node, _DATA)
        value = self.names.get(node.id, _UNKNOWN)
        if value is _UNKNOWN or node.id.startswith("__"):
            return not _is_dangerous(node.id)
        # Of a module, only some attributes are allowed.
        if is_proxy(value) or not callable(value):
            return True
        return value.__module__ in ("__main__", *_HARMLESS) if isinstance(value, type) else _is_mathematical(value)

    def _is_example(self, node: ast.AST) -> bool:
        """The same for a line of a docstring, which may bind names of its own."""
        return isinstance(node, ast.Assign) or self._is_call(node)


_UNKNOWN: Final = object()
_MAX_FILE_BYTES: Final = 2**20


def _is_text(node: ast.AST) -> TypeGuard[Any]:
    return isinstance(node, ast.Constant) and type(node.value) is str


def _is_mathematical(value: object) -> bool:
    functions = isinstance(value, types.BuiltinFunctionType) and value.__module__ in ("math", "cmath")
    return functions or isinstance(value, np.ufunc)


def _is_annotation(node: ast.AST) -> bool:
    """Whether a node may be part of an annotation, which calls nothing."""
    if isinstance(node, ast.Attribute):
        return not node.attr.startswith("_")
    return isinstance(node, _DATA) and not isinstance(node, ast.Call)


def _never(_: ast.AST) -> bool:
    return False


def _is_expression(node: ast.AST) -> bool:
    """Whether a node may be part of a text that SymPy has made of an expression."""
    if isinstance(node, ast.Call):
        # Function('f')(x)
        function = node.func.func if isinstance(node.func, ast.Call) else node.func
        return isinstance(function, ast.Name) and _makes_expression(function.id)
    if isinstance(node, (ast.ImportFrom, ast.alias)):
        # SymPy's own first line.
        return isinstance(node, ast.alias) or node.module == "sympy"
    return isinstance(node, _DATA) and not (isinstance(node, ast.Name) and _is_dangerous(node.id))


def _makes_expression(name: str) -> bool:
    if name in _MAKERS:
        return True
    sympy = sys.modules["sympy"]
    kind = getattr(sympy, name, None)
    return isinstance(kind, type) and issubclass(kind, sympy.Basic)


def _is_formula(node: ast.AST) -> bool:
    """Whether a node may be part of a function that SymPy has made of an expression."""
    if isinstance(node, ast.Attribute):
        library = ast.unparse(node.value).rpartition(".")[2] in _LIBRARIES
        return node.attr == "reduce" or (library and not _is_dangerous(node.attr))
    if isinstance(node, ast.Constant):
        return type(node.value) is not str
    if isinstance(node, ast.FunctionDef):
        return not node.decorator_list
    return isinstance(node, (*_DATA, *_FUNCTION)) and not (isinstance(node, ast.Name) and _is_dangerous(node.id))


def _is_query(node: ast.AST) -> bool:
    """Whether a node may be part of a query of a table."""
    if isinstance(node, ast.Attribute):
        return node.attr in _OF_COLUMNS
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        return isinstance(getattr(np, node.func.id, None), np.ufunc)
    return isinstance(node, (*_DATA, ast.Assign))


def _is_dangerous(name: str) -> bool:
    return name.startswith("__") or (hasattr(builtins, name) and name not in _BUILTINS)


def _all_nodes(text: str, allowed: Callable[[ast.AST], bool]) -> bool:
    """Whether all nodes of a text are allowed, in each of the modes in which Python may read it."""
    # A declaration of an encoding would give the text another meaning. Bytes may begin with a mark, which is no text.
    text = text.removeprefix("\ufeff")
    if re.search(r"coding[:=]", "".join(text.splitlines(keepends=True)[:2])):
        return False
    for mode, stripped in (("eval", text.lstrip(" \t")), ("exec", text), ("single", text)):
        try:
            nodes = list(ast.walk(compile(stripped, "<text>", mode, ast.PyCF_ONLY_AST, dont_inherit=True)))
        # Whoever asks will get the same error.
        except (SyntaxError, ValueError):
            continue
        except (RecursionError, MemoryError):
            return False
        if not all(map(allowed, nodes)):
            return False
    return True


def _packed(text: str) -> str:
    return "".join(text.split())


def _texts(value: object) -> Iterable[str]:
    if isinstance(value, (list, tuple)):
        for part in value:
            yield from _texts(part)
    elif isinstance(value, (bytes, str, os.PathLike)):
        yield os.fsdecode(value)
