"""Running the instructor's cells as IPython would: magics, `await` at the top level, the last expression's value."""

import ast
import asyncio
import contextlib
import inspect
import linecache
import re
import types
from collections.abc import Callable
from typing import Any, Final

from IPython.utils.capture import capture_output

from utils.grading.judge.check_exchange import MISSING
from utils.grading.notebook.names import imported_names

_CAPTURE: Final = re.compile(r"\s*%%capture\b[^\S\n]*(?P<name>[A-Za-z_]\w*)?.*(?:\n|\Z)")
_TIME: Final = re.compile(r"\s*%%time\b.*(?:\n|\Z)")


class Cells:
    """Runs cells in the names of a shell.

    Args:
        shell: an IPython shell.
    """

    def __init__(self, shell: Any) -> None:
        self.shell = shell
        self.names: dict[str, Any] = shell.user_ns
        # One for all cells, since objects of one cell may be awaited in another.
        self.loop = asyncio.new_event_loop()
        self.swallowed: list[BaseException] = []
        # IPython shows the errors of code that a magic runs, and goes on.
        shell._showtraceback = lambda kind, error, lines: self.swallowed.append(error)

    def imported(self, statements: str) -> dict[str, Any]:
        """What the import statements of an instructor's solution bind; they are the student's to make."""
        names: dict[str, Any] = dict.fromkeys(imported_names(statements), MISSING)
        bound: dict[str, Any] = {"__name__": "__main__"}
        for node in ast.parse(statements).body:
            # A module of the student's own is not there for the judge.
            with contextlib.suppress(Exception):
                exec(ast.unparse(node), bound)
        return names | {name: value for name, value in bound.items() if not name.startswith("__")}

    def evaluate(self, source: str, name: str, first_hidden: int | None, before_hidden: Callable[[], None]) -> Any:
        """Execute a cell as IPython would, and return its last expression's value.

        Args:
            source: the cell.
            name: of its file in a traceback.
            first_hidden: the line at which its hidden part begins, if it has one.
            before_hidden: called when the lines before have run.
        """
        self.swallowed.clear()
        magic = _CAPTURE.match(source)
        if magic is not None:
            with capture_output() as captured:
                self._evaluate("\n" + source[magic.end() :], name, first_hidden, before_hidden)
            if magic["name"]:
                self.names[magic["name"]] = captured
            return None
        if timed := _TIME.match(source):
            source = "\n" + source[timed.end() :]
        return self._evaluate(source, name, first_hidden, before_hidden)

    def _evaluate(self, source: str, name: str, first_hidden: int | None, before_hidden: Callable[[], None]) -> Any:
        text = self.shell.transform_cell(source)
        linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
        tree = ast.parse(text, name)
        last = None
        if tree.body and isinstance(tree.body[-1], ast.Expr) and not source.rstrip().endswith(";"):
            last = ast.Expression(tree.body.pop().value)
        visible = [node for node in tree.body if first_hidden is None or (node.end_lineno or 0) < first_hidden]
        hidden = tree.body[len(visible) :]
        for body in (visible, hidden):
            code = ast.Module(body=body, type_ignores=[])
            self._execute(compile(code, name, "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT))
            if body is visible and first_hidden is not None:
                before_hidden()
        return None if last is None else self._execute(compile(last, name, "eval", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT))

    def _execute(self, code: types.CodeType) -> Any:
        value = eval(code, self.names)
        if code.co_flags & inspect.CO_COROUTINE:
            value = self.loop.run_until_complete(value)
        if self.swallowed:
            raise self.swallowed[0]
        return value
