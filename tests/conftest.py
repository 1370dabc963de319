"""Shared by the whole suite: the distribution of tests to several processes, and what is printed at the end.

A test that needs a program which this machine lacks is skipped, and the summary says how many for which reason.
"""

from __future__ import annotations

import os
import re
import sys
from collections import Counter
from collections.abc import Generator
from functools import cache
from typing import Any

import pytest

from tests.answers import report

# By default all tests of a file run in one process, because they share fixtures and temporary files. The tests of these
# files share nothing, or only what depends on their parameter.
BY_TEST = ("tests/answers/test_answers.py",)
BY_PARAMETER = ("tests/grading/test_agreement_with_nbgrader.py", "tests/test_lectures.py")
# One of these generates assignments/ while the other reads it, so they run in the same process.
TOGETHER = ("tests/test_assignments.py", "tests/test_student_copy.py")
# The slow tests of what learners get run with every change.
ALWAYS = ("tests/answers/", "tests/test_assignments.py", "tests/test_lectures.py")
# These start commands or servers that grade.
GRADES_ELSEWHERE = (
    "tests/attacks/test_guards.py",
    "tests/grading/course/test_check.py",
    "tests/grading/course/test_early.py",
    "tests/grading/course/test_batch.py",
    "tests/grading/course/test_engine.py",
    "tests/grading/course/test_gradebook.py::test_a_gradebook",
    "tests/grading/sandbox/test_compartment.py::test_a_course_that_lies_in_tmp",
    "tests/grading/sandbox/test_fork_server.py",
    "tests/grading/test_agreement_with_nbgrader.py",
    "tests/grading/test_command.py",
    "tests/grading/test_formgrader.py",
    "tests/grading/test_nbgrader.py",
    "tests/grading/test_supervisor.py",
)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Distributes the tests to the processes of `--numprocesses`; this overrides `--dist`."""
    from xdist.scheduler import LoadScopeScheduling

    class ByFile(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file, _, test = nodeid.partition("::")
            if file in BY_TEST:
                return nodeid
            if file in BY_PARAMETER:
                return file + test[test.find("[") :] if "[" in test else file
            return TOGETHER[0] if file in TOGETHER else file

    return ByFile(config, log)


@pytest.hookimpl(tryfirst=True)  # before pytest deselects by marks and names
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Of a test with the mark ``sample(n)``, all cases but the first and every n-th after it are slow.

    The environment variable SLOW_PART, as 0/3, leaves a third of the slow tests, and all of ``ALWAYS``.
    """
    places: Counter[str] = Counter()
    for item in items:
        mark = item.get_closest_marker("sample")
        if mark is not None and item.get_closest_marker("slow") is None:
            name = item.nodeid.partition("[")[0]
            if places[name] % mark.args[0]:
                item.add_marker(pytest.mark.slow)
            places[name] += 1
    part, _, parts = os.environ.get("SLOW_PART", "0/1").partition("/")
    slow = [item for item in items if item.get_closest_marker("slow") and not item.nodeid.startswith(ALWAYS)]
    left_out = {id(item) for place, item in enumerate(slow) if place % int(parts) != int(part)}
    config.hook.pytest_deselected(items=[item for item in items if id(item) in left_out])
    items[:] = [item for item in items if id(item) not in left_out]


@cache
def no_sandbox() -> str:
    """Why submissions cannot be sandboxed on this machine; empty if they can."""
    from utils.grading.sandbox.walls import SandboxError, wall

    try:
        wall()
    except SandboxError as error:
        return f"no sandbox; {error}"
    return ""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, Any, Any]:
    """Skip tests that grade in other processes, if that is impossible here."""
    if item.nodeid.startswith(GRADES_ELSEWHERE) and no_sandbox():
        pytest.skip(no_sandbox())
    return (yield from _skipped_without_sandbox())


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    """Skip tests that turn out to need a sandbox, if there can be none here."""
    return (yield from _skipped_without_sandbox())


def _skipped_without_sandbox() -> Generator[None, Any, Any]:
    try:
        return (yield)
    except Exception as error:
        module = sys.modules.get("utils.grading.sandbox.walls")
        if module is not None and isinstance(error, module.SandboxError) and no_sandbox():
            pytest.skip(no_sandbox())
        raise


def pytest_sessionfinish(session: pytest.Session) -> None:
    """In a worker process: send its part of the table to the main process."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["answers"] = report.stored()


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """In the main process: merge a worker's part of the table."""
    report.restore(getattr(node, "workeroutput", {}).get("answers", []))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the table of the answer bank, if answers were graded in this run, and one line per reason of skips."""
    if lines := report.summary_lines():
        terminalreporter.section("answer bank")
        terminalreporter.write("\n".join(lines) + "\n")
    skips: Counter[str] = Counter()
    for one in terminalreporter.stats.get("skipped", []):
        # (path, line, reason), or the text of an expected failure
        text = one.longrepr[2] if isinstance(one.longrepr, tuple) else str(one.longrepr)
        skips[re.sub(r"^Skipped: ", "", text)] += 1
    if skips:
        terminalreporter.section("skipped")
        for reason, count in skips.most_common():
            terminalreporter.write_line(f"{count} skipped: {reason}")
