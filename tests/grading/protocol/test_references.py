"""References in a pickled request: resolved in a student's process, and nowhere else."""

import pickle

import pytest

from utils.grading.protocol import references
from utils.grading.protocol.references import judge_object, shared_class, student_object


class Reference:
    """Pickles as a call of a function."""

    def __init__(self, function: object, *arguments: object) -> None:
        self.reduced = function, arguments

    def __reduce__(self) -> object:
        return self.reduced


REQUEST = [Reference(student_object, 7), Reference(shared_class, "Point"), Reference(judge_object, 2, "sampler")]


def test_a_request_opened_outside_a_students_process_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(references, "resolvers", {})
    for reference in REQUEST:
        with pytest.raises(RuntimeError, match="only in a student's process"):
            pickle.loads(pickle.dumps(reference))


def test_each_reference_is_resolved_by_its_own_table(monkeypatch: pytest.MonkeyPatch) -> None:
    tables = {name: lambda *key, name=name: (name, *key) for name in ("student_object", "shared_class", "judge_object")}
    monkeypatch.setattr(references, "resolvers", tables)
    assert pickle.loads(pickle.dumps(REQUEST)) == [
        ("student_object", 7),
        ("shared_class", "Point"),
        ("judge_object", 2, "sampler"),
    ]
