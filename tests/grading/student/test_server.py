"""The server of the student's process: what it does for a request, and what it answers."""

import pickle
import random
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from utils.grading.protocol import references
from utils.grading.protocol.decode import decode
from utils.grading.protocol.frames import FrameSocket
from utils.grading.protocol.references import Handle
from utils.grading.protocol.shell import Outputs
from utils.grading.student.server import RemoteObject, Server, described, seed_generators


class Shell:
    """As much of a shell as the server needs for values."""

    def __init__(self) -> None:
        self.user_ns: dict[str, Any] = {}
        self.outputs = Outputs(2**10)


class Connected:
    """A server and the judge's end of its connection."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        self.judge = FrameSocket(ours)
        self.shell = Shell()
        self.names = self.shell.user_ns
        self.server = Server(FrameSocket(theirs), self.shell)  # type: ignore[arg-type]

    def ask(
        self, operation: str, *arguments: object, seeds: object = None, released: object = (), deleted: object = ()
    ) -> Any:
        """The reply to one request."""
        self.server.answer((operation, arguments, seeds, released, deleted))
        return self.received()

    def received(self) -> Any:
        return decode(self.judge.receive(2**20), lambda sent: sent)

    def close(self) -> None:
        self.judge.close()
        self.server.connection.close()


@pytest.fixture
def student(monkeypatch: pytest.MonkeyPatch) -> Iterator[Connected]:
    monkeypatch.setattr(references, "resolvers", {})
    connected = Connected()
    yield connected
    connected.close()


def test_values_of_names(student: Connected) -> None:
    student.names.update(x=3, f=len)
    assert {"x", "f"} <= set(student.ask("names")[1])
    assert student.ask("name", "x") == ["value", 3]
    kind, handle = student.ask("name", "f")
    assert kind == "value"
    assert (handle.kind, handle.name) == ("function", "len")


def test_objects_are_used_by_their_numbers(student: Connected) -> None:
    student.names["stack"] = stack = type("Stack", (), {"__add__": lambda self, other: other, "items": [1]})()
    handle = student.ask("name", "stack")[1]
    assert isinstance(handle, Handle)
    assert (handle.kind, handle.name) == ("instance", "Stack")
    number = handle.number
    assert student.ask("get", number, "items") == ["value", [1]]
    assert student.ask("set", number, "items", [1, 2]) == ["value", None]
    assert stack.items == [1, 2]
    assert student.ask("operator", number, "__add__", (5,)) == ["value", 5]
    assert student.ask("operator", number, "__sub__", (5,))[0] == "raise"
    assert student.ask("name", "stack")[1] == handle


def test_iteration_hands_over_one_item_at_a_time(student: Connected) -> None:
    student.names["items"] = iter([7])
    number = student.ask("name", "items")[1].number
    assert [student.ask("next", number), student.ask("next", number)] == [["value", [7]], ["value", []]]


def test_a_released_object_is_forgotten_unless_it_was_sent_again(student: Connected) -> None:
    student.names["f"] = print
    number = student.ask("name", "f")[1].number
    student.ask("name", "f")
    student.ask("names", released=[(number, 1)])
    assert student.ask("str", number)[0] == "value"
    student.ask("names", released=[(number, 1)])
    assert student.ask("str", number)[0] == "raise"
    assert student.ask("name", "f")[1].number != number


@pytest.mark.parametrize("raised", [KeyError("k"), SystemExit(3), KeyboardInterrupt()])
def test_whatever_the_code_raises_is_an_answer(student: Connected, raised: BaseException) -> None:
    def fail() -> None:
        raise raised

    student.names["fail"] = fail
    number = student.ask("name", "fail")[1].number
    kind, bases, *_ = student.ask("call", number, (), {})
    assert kind == "raise"
    assert bases[0] == ["builtins", type(raised).__name__]
    assert student.server.running is False


def test_a_value_that_cannot_cross_is_refused_with_the_reason(student: Connected) -> None:
    endless: list[object] = []
    endless.append(endless)
    student.names["endless"] = endless
    kind, reason = student.ask("name", "endless")
    assert kind == "refuse"
    assert "contains itself" in reason


def test_names_that_a_check_deleted_are_hidden_for_one_request(student: Connected) -> None:
    student.names.update(x=1, y=2)
    assert {"x", "y"} & set(student.ask("names", deleted=["x", "z"])[1]) == {"y"}
    assert {"x", "y"} <= set(student.ask("names")[1])


def test_an_interrupt_reaches_only_running_code(student: Connected) -> None:
    student.server.interrupt()
    student.server.running = True
    with pytest.raises(KeyboardInterrupt):
        student.server.interrupt()


def test_an_object_of_the_judge_asks_the_judge(student: Connected) -> None:
    remote = RemoteObject(student.server, 4, "sampler")
    for reply in (("value", 10), ("value", 3)):
        student.judge.send(pickle.dumps(reply))
    assert remote(2, scale=3) == 10
    assert len(remote) == 3
    assert student.received() == ["back", 4, "call", [2], {"scale": 3}]
    assert student.received() == ["back", 4, "len", [], {}]
    with pytest.raises(AttributeError):
        _ = remote._secret


def test_the_judge_may_ask_in_turn_before_it_answers(student: Connected) -> None:
    student.names["x"] = 5
    student.judge.send(pickle.dumps(("name", ("x",), None, (), ())))
    student.judge.send(pickle.dumps(("raise", "ValueError", "too small")))
    with pytest.raises(ValueError, match="too small"):
        RemoteObject(student.server, 0, "f")()
    assert [student.received()[0], student.received()] == ["back", ["value", 5]]


def test_references_of_a_request_are_resolved_in_the_servers_tables(student: Connected) -> None:
    stack = type("Stack", (), {})
    student.names.update(Point=complex, stack=stack)
    number = student.ask("name", "stack")[1].number
    assert references.student_object(number) is stack
    assert references.shared_class("Point") is complex
    assert isinstance(references.judge_object(0, "f"), RemoteObject)


def test_an_exception_is_described_by_its_classes_and_its_message() -> None:
    class Mine(LookupError):
        def __str__(self) -> str:
            raise ValueError

    bases, text = described(Mine("lost"))
    assert [name for _, name in bases][1:3] == ["LookupError", "Exception"]
    assert text == ""
    assert described(KeyError("k"))[1] == "k"
    assert len(described(ValueError("a" * 10_000))[1]) == 4000


def test_equal_seeds_give_equal_numbers() -> None:
    state = random.getstate()
    try:
        numbers = []
        for _ in range(2):
            seed_generators(2**40 + 7)
            numbers.append(random.random())
        assert numbers[0] == numbers[1]
    finally:
        random.setstate(state)
