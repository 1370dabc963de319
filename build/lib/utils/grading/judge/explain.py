"""The explanation of a failed check for the student; for hidden checks it shows neither source nor inputs."""

import ast
import linecache
import types
from collections.abc import Mapping
from typing import Any

from utils.grading.judge.clock import Interrupted
from utils.grading.judge.proxies import NotAllowed
from utils.grading.notebook.names import syntax_tree
from utils.grading.notebook.outputs import storable
from utils.grading.notebook.plan import Step


def explain(error: BaseException, step: Step, checks: Mapping[str, Step], undefined: Mapping[str, str]) -> str:
    """A failed check in words; for a hidden check, only the text that its author wrote for the student.

    Args:
        error: what ended the check.
        step: the check.
        checks: all checks so far by the file name of their code, since one may call a function of another.
        undefined: names that the student's process does not have, and why.
    """
    where = [
        (checks[frame.f_code.co_filename], line, frame)
        for frame, line in _frames(error)
        if frame.f_code.co_filename in checks
    ]
    hidden = any(line in check.hidden for check, line, _ in where) or (not where and bool(step.hidden))
    text = _sentence(error, hidden, where, undefined)
    secrets = {
        line.strip()
        for check in checks.values()
        for number, line in enumerate((check.judge or "").split("\n"), 1)
        if number in check.hidden and len(line.strip()) > 12
    }
    if any(secret in text for secret in secrets):
        return "A hidden check failed."
    return storable(text[:2000])


def _sentence(
    error: BaseException, hidden: bool, where: list[tuple[Step, int, Any]], undefined: Mapping[str, str]
) -> str:
    text, kind = str(error).strip(), type(error).__name__
    if isinstance(error, (Interrupted, NotAllowed)):
        return text
    if getattr(error, "from_student", False):
        return f"Your code raised {kind}: {text}" if text else f"Your code raised {kind}."
    if isinstance(error, NameError) and error.name is not None and error.name in undefined:
        return f"{error.name} is not defined: {undefined[error.name]}"
    if not where:
        return "A hidden check could not be carried out." if hidden else f"{kind}: {text}"
    inner = list(_frames(error))[-1][0]
    own = inner is where[-1][2]
    if hidden and not own and kind != "Failed":
        text, called = _assertion(error, *where[-1])
        return text or f"A hidden check failed ({called})."
    if isinstance(error, AssertionError) or kind == "Failed":
        line = linecache.getline(inner.f_code.co_filename, where[-1][1]).strip()
        return text or ("A hidden check failed." if hidden else f"The check failed: {line}")
    return f"A hidden check could not be carried out ({kind})." if hidden else f"{kind}: {text}"


def _frames(error: BaseException) -> list[tuple[Any, int]]:
    frames = []
    trace = error.__traceback__
    while trace is not None:
        frames.append((trace.tb_frame, trace.tb_lineno))
        trace = trace.tb_next
    return frames


def _assertion(error: BaseException, check: Step, line: int, cell: Any) -> tuple[str, str]:
    """The message that a check passed to a library's assertion (`err_msg` in `numpy.testing`), and its name."""
    frames = [frame for frame, _ in _frames(error)]
    # Only the function that the test called: deeper ones add the values to the message.
    below = [frame for frame in frames[frames.index(cell) + 1 :] if frame.f_code.co_name not in ("inner", "wrapper")]
    if not below:
        return "", type(error).__name__
    code = below[0].f_code
    parameter = "err_msg" if "err_msg" in code.co_varnames else "msg"
    # Some assertions write the values into this variable themselves.
    passed = _passes(check.judge or "", line, code, parameter)
    text = below[0].f_locals.get(parameter) if passed else None
    return (text.strip() if isinstance(text, str) else ""), code.co_name


def _passes(source: str, line: int, code: types.CodeType, parameter: str) -> bool:
    """Whether the call of a function in a line of a check passes a parameter."""
    parameters = [name for name in code.co_varnames[: code.co_argcount] if name not in ("self", "cls")]
    place = parameters.index(parameter) if parameter in parameters else len(parameters)
    for node in ast.walk(syntax_tree(source)):
        if isinstance(node, ast.Call) and node.lineno <= line <= (node.end_lineno or node.lineno):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name == code.co_name and (
                len(node.args) > place or any(keyword.arg == parameter for keyword in node.keywords)
            ):
                return True
    return False
