"""CONTRIBUTING promises nothing about grading that no test holds."""

import ast
import re

import pytest

from tests.support import ROOT

TEXT = (ROOT / "CONTRIBUTING.md").read_text()
TABLE = TEXT.partition("| promise | tests in `tests/` |")[2].partition("\n\n")[0]
ROWS = [line.strip("| ").split(" | ") for line in TABLE.splitlines()[2:]]


def count_tests(name: str) -> int:
    """How many tests, or attacks for those of `attacks/`, a file or folder has."""
    place = ROOT / "tests" / name
    files = [place] if place.suffix == ".py" else [*place.glob("*.py")]
    nodes = [node for file in files for node in ast.walk(ast.parse(file.read_text()))]
    functions = [node for node in nodes if isinstance(node, ast.FunctionDef)]
    attacks = name.startswith("attacks/")
    return sum(function.name.startswith("test_") or (attacks and _is_attack(function)) for function in functions)


def _is_attack(function: ast.FunctionDef) -> bool:
    return any("attack" in ast.unparse(decorator) for decorator in function.decorator_list)


def test_the_table_is_found() -> None:
    assert len(ROWS) >= 10
    assert all(len(row) == 2 for row in ROWS)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0][:40])
def test_each_promise_has_tests(row: list[str]) -> None:
    names = re.findall(r"`([^`]+)`", row[1])
    assert names
    for name in names:
        assert count_tests(name) > 0, f"tests/{name} holds no test of: {row[0]}"
