"""What the whole suite shares: how tests are dealt to several processes, and the table printed at the end."""

from __future__ import annotations

from typing import Any

import pytest

from tests.answers import report

# What goes to one process together is by default a file, for its tests share fixtures and what lies about in /tmp.
# These files' tests share nothing, or only what depends on a test's parameter.
BY_TEST = ("tests/answers/test_answers.py",)
BY_PARAMETER = ("tests/grading/test_agreement_with_nbgrader.py", "tests/test_lectures.py")
# These read assignments/ while others make it anew.
TOGETHER = ("tests/test_assignments.py", "tests/test_student_copy.py")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Deals the tests to the processes of `--numprocesses`, whatever `--dist` says."""
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
    """In one of several processes: hand its part of the table on."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["answers"] = report.stored()


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """In the process that prints: take a part of the table in."""
    report.restore(getattr(node, "workeroutput", {}).get("answers", []))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print exercise, right accepted, wrong caught, mutants caught, if answers were graded in this run."""
    if lines := report.summary_lines():
        terminalreporter.section("answer bank")
        terminalreporter.write("\n".join(lines) + "\n")
