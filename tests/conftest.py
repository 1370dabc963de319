"""Shared by the whole suite: the distribution of tests to several processes, and the table printed at the end."""

from __future__ import annotations

from typing import Any

import pytest

from tests.answers import report

# By default all tests of a file run in one process, because they share fixtures and temporary files. The tests of these
# files share nothing, or only what depends on their parameter.
BY_TEST = ("tests/answers/test_answers.py",)
BY_PARAMETER = ("tests/grading/test_agreement_with_nbgrader.py", "tests/test_lectures.py")
# One of these generates assignments/ while the other reads it, so they run in the same process.
TOGETHER = ("tests/test_assignments.py", "tests/test_student_copy.py")


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


def pytest_sessionfinish(session: pytest.Session) -> None:
    """In a worker process: send its part of the table to the main process."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["answers"] = report.stored()


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """In the main process: merge a worker's part of the table."""
    report.restore(getattr(node, "workeroutput", {}).get("answers", []))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the table of the answer bank, if answers were graded in this run."""
    if lines := report.summary_lines():
        terminalreporter.section("answer bank")
        terminalreporter.write("\n".join(lines) + "\n")
