"""What the whole suite shares: the table of the answer bank, printed at the end."""

import pytest

from tests.answers.report import summary_lines


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print exercise, right accepted, wrong caught, mutants caught, if answers were graded in this run."""
    if lines := summary_lines():
        terminalreporter.section("answer bank")
        terminalreporter.write("\n".join(lines) + "\n")
