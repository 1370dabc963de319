"""The house's layers: which room may import which, no circular imports, and the trust boundary of grading.

Every import statement counts, wherever it stands: inside a function and under ``TYPE_CHECKING`` too.
"""

from __future__ import annotations

import ast
import graphlib
from collections.abc import Iterator, Mapping

import pytest

from tests.support import ROOT

Sources = Mapping[str, str]

GROUND = {"arrays", "errors", "store", "intervals", "probing", "plotting", "claims", "dask_client", "processors"}
TOPICS = {"clustering", "compression", "disentanglement", "prompting", "holistic", "preferences"}

MAY_IMPORT: dict[str, set[str]] = {
    **dict.fromkeys(GROUND, GROUND),
    "data": GROUND,
    "models": GROUND | {"data"},
    **{topic: GROUND | {"data", "models"} for topic in TOPICS},
    "holistic": GROUND | {"data", "models", "prompting"},
    "widgets": GROUND | {"data", "models"} | TOPICS,
    "grading": {"errors", "store", "dask_client", "processors"},
}
"""For each room of ``utils`` the other rooms that it may import."""

GRADING_MAY_IMPORT: dict[str, set[str]] = {
    "job": set(),
    "protocol": set(),
    "notebook": {"job"},
    "student": {"protocol"},
    "judge": {"protocol", "notebook", "job"},
    "sandbox": {"protocol", "student", "judge", "job"},
    "mark": {"notebook", "job"},
    "supervisor": {"clerk", "protocol", "notebook", "judge", "sandbox", "mark", "job"},
    "clerk": {"sandbox"},
    "feedback": {"job", "clerk"},
    "course": {"clerk", "feedback", "notebook", "sandbox", "supervisor", "job"},
    "nbgrader": {"course", "notebook", "supervisor", "job"},
    "__init__": {"job", "supervisor", "sandbox"},
    "__main__": {"course", "feedback", "nbgrader", "sandbox", "job"},
}
"""Inside ``utils.grading``: the untrusted side knows the protocol only, and the trusted side never knows it."""


def repository() -> Sources:
    """The source of every module of the package, by its dotted name; a package's is under its ``__init__``."""
    paths = sorted((ROOT / "utils").rglob("*.py"))
    return {".".join(path.relative_to(ROOT).with_suffix("").parts): path.read_text(encoding="utf-8") for path in paths}


def imported(module: str, source: str, sources: Sources) -> Iterator[str]:
    """The modules of the package that a module imports."""

    def resolve(name: str) -> str | None:
        return next((found for found in (name, f"{name}.__init__") if found in sources), None)

    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{module} has a relative import: write it out."
            base = node.module or ""
            # `from utils.models import weights` imports a module, `from utils.models import PCA` the package.
            names = [f"{base}.{alias.name}" if resolve(f"{base}.{alias.name}") else base for alias in node.names]
        else:
            continue
        yield from (target for name in names if (target := resolve(name)) and target != module)


def violations(sources: Sources) -> list[str]:
    """Every import that the plan of the house does not allow, and every circle, in words."""
    graph = {module: set(imported(module, source, sources)) for module, source in sources.items()}
    problems = []
    for module, targets in graph.items():
        for target in sorted(targets):
            problems += [
                f"{module} imports {target}: {room} may import only {', '.join(sorted(allowed[room])) or 'nothing'}"
                for depth, allowed in ((1, MAY_IMPORT), (2, GRADING_MAY_IMPORT))
                if (room := room_of(module, depth)) in allowed
                and (other := room_of(target, depth)) is not None
                and other not in {room, "__init__"} | allowed[room]
            ]
    try:
        list(graphlib.TopologicalSorter(graph).static_order())
    except graphlib.CycleError as error:
        problems.append(f"a circular import: {' -> '.join(error.args[1])}")
    return problems


def room_of(module: str, depth: int) -> str | None:
    """The room that a module belongs to: at depth 1 of ``utils``, at depth 2 of ``utils.grading``."""
    parts = module.split(".")
    if depth == 2 and parts[1] != "grading":
        return None
    return parts[depth] if len(parts) > depth else None


def test_every_import_follows_the_plan() -> None:
    assert violations(repository()) == []


def test_every_room_has_its_rule() -> None:
    modules = repository()
    rooms = {room_of(module, 1) for module in modules} - {"__init__"}
    assert rooms == set(MAY_IMPORT)
    assert {room_of(module, 2) for module in modules} - {None} == set(GRADING_MAY_IMPORT)


@pytest.mark.parametrize(
    ("module", "line", "said"),
    [
        ("utils.data.mnist", "from utils.models import PCA", "data may import only"),
        ("utils.clustering", "import utils.compression", "clustering may import only"),
        ("utils.store", "def late():\n    from utils.data import load_mnist", "store may import only"),
        ("utils.grading.job", "from utils.data import assets", "grading may import only"),
        ("utils.grading.student.server", "from utils.grading.job import Limits", "student may import only protocol"),
        ("utils.grading.judge.judge", "from utils.grading.student import server", "judge may import only"),
        ("utils.grading.notebook.names", "from utils.grading.judge import judge", "notebook may import only job"),
        (
            "utils.store",
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from utils import intervals",
            "a circular import",
        ),
    ],
)
def test_a_planted_import_is_found(module: str, line: str, said: str) -> None:
    sources = dict(repository())
    if "circular" in said:
        sources["utils.intervals"] += "\nimport utils.store\n"
    sources[module] += f"\n{line}\n"
    assert any(said in problem for problem in violations(sources))


def test_no_module_is_long_without_a_reason() -> None:
    """A module of over 350 lines says why in its docstring: "more than 350 lines because ..."."""
    for module, source in repository().items():
        docstring = " ".join((ast.get_docstring(ast.parse(source)) or "").split())
        reason = "more than 350 lines because" in docstring
        assert source.count("\n") <= 350 or reason, f"{module} is long: cut it, or give the reason in its docstring"
