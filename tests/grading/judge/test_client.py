"""The judge's client: requests, replies of any kind, and the end of the student's process."""

import contextlib
import pickle
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import msgpack
import pytest

from tests.support.notebooks import QUICK, judged, shown, verdict
from utils.grading.judge.client import Client
from utils.grading.judge.clock import Interrupted
from utils.grading.judge.proxies import NotAllowed
from utils.grading.judge.student_process import StudentProcess
from utils.grading.protocol import references
from utils.grading.protocol.frames import ConnectionClosed, FrameSocket


@pytest.mark.parametrize("raised", ["StopIteration", "GeneratorExit", "SystemExit(0)", "KeyboardInterrupt"])
def test_errors_that_would_steer_the_judge_are_ordinary_failures(raised: str) -> None:
    tests = "assert all(map(lambda x: f(x) == 2 * x, range(5)))"
    graded = judged("def f(x):\n    return 2 * x", tests, f"def f(x):\n    raise {raised}")
    assert not verdict(graded).points
    assert raised.partition("(")[0] in verdict(graded).message


def test_a_large_array_passes_and_a_larger_one_is_a_sentence() -> None:
    code = "data = np.ones((1000, 784))\ndef f(n):\n    return bytes(n)"
    assert verdict(judged(code, "assert data.sum() == 784000\nassert len(f(10**7)) == 10**7", code)).points == 4
    roomy = replace(QUICK, memory_mb=2048)
    assert "MiB" in verdict(judged(code, "f(280 * 2**20)", code, limits=roomy)).message


def test_forged_frames_cost_their_author_only() -> None:
    forger = """
import os
def f(x):
    for descriptor in range(3, 16):
        try:
            os.write(descriptor, (2).to_bytes(8, "big") + b"\\xc4\\x00" + b"graded 4 points" * 99)
        except OSError:
            pass
    return 4
"""
    graded = judged("def f(x):\n    return x", "assert f(4) == 4\nassert f(5) == 5", forger)
    assert not verdict(graded).points
    assert "graded 4 points" not in shown(graded, "tests")


@pytest.fixture
def connect() -> Iterator[Callable[..., Client]]:
    """Clients of processes that give these replies, one per request."""
    threads: list[threading.Thread] = []
    sockets: list[socket.socket] = []

    def connected(*replies: object, requests: list[Any] | None = None) -> Client:
        ours, theirs = socket.socketpair()
        sockets.extend((ours, theirs))
        connection = FrameSocket(theirs)

        def serve() -> None:
            with contextlib.suppress(ConnectionClosed):
                for reply in replies:
                    request = connection.receive(2**20)
                    if requests is not None:
                        requests.append(pickle.loads(request))
                    connection.send(reply if isinstance(reply, bytes) else msgpack.packb(reply))
            theirs.shutdown(socket.SHUT_RDWR)

        threads.append(threading.Thread(target=serve))
        threads[-1].start()
        return Client(StudentProcess(FrameSocket(ours), None))

    yield connected
    for end in sockets:
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
    for thread in threads:
        thread.join()
    for end in sockets:
        end.close()


def test_a_request_names_the_operation_and_draws_a_seed_for_calls(connect: Callable[..., Client]) -> None:
    requests: list[Any] = []
    client = connect(["value", 1], ["value", 2], ["value", 3], requests=requests)
    client.begin(60, seed=5)
    assert [client.ask("call", 1, (2,), {}), client.ask("call", 1, (2,), {}), client.ask("get", 1, "x")] == [1, 2, 3]
    assert [(operation, arguments) for operation, arguments, *_ in requests] == [
        ("call", (1, (2,), {})),
        ("call", (1, (2,), {})),
        ("get", (1, "x")),
    ]
    first, second, third = (request[2] for request in requests)
    assert first != second
    assert third is None


@pytest.mark.parametrize(
    ("reply", "error", "message"),
    [
        (["raise", [["builtins", "KeyError"]], "k"], KeyError, "k"),
        (["raise", [["builtins", "StopIteration"]], "end"], RuntimeError, "StopIteration: end"),
        (["raise", [["__main__", "Mine"], ["builtins", "BaseException"]], ""], RuntimeError, "the code raised Mine"),
        (["raise", [], "text"], RuntimeError, "exception: text"),
        (["refuse", "It is too large."], NotAllowed, "It is too large"),
        (b"\xc1", NotAllowed, "A value could not be transferred"),
        (7, NotAllowed, "A value could not be transferred"),
    ],
)
def test_what_a_reply_raises(
    connect: Callable[..., Client], reply: object, error: type[Exception], message: str
) -> None:
    client = connect(reply)
    with pytest.raises(error, match=message):
        client.ask("get", 1, "x")
    assert not client.closed


@pytest.mark.parametrize(
    "reply",
    [
        ["graded", 4],
        ["value"],
        ["value", 1, 2],
        ["raise", "KeyError", "k"],
        ["raise", [], 5],
        ["back", 0],
        [],
    ],
)
def test_a_reply_of_no_known_form_ends_the_process_or_is_refused(connect: Callable[..., Client], reply: object) -> None:
    client = connect(reply)
    with pytest.raises((Interrupted, NotAllowed)):
        client.ask("get", 1, "x")
    assert client.closed or reply == []


def test_a_process_that_has_ended_answers_nothing_more(connect: Callable[..., Client]) -> None:
    client = connect()
    for _ in range(2):
        with pytest.raises(Interrupted, match="The notebook's process ended"):
            client.ask("name", "x")
    assert client.closed


def test_no_request_is_sent_when_the_time_is_over(connect: Callable[..., Client]) -> None:
    requests: list[Any] = []
    client = connect(["value", 1], requests=requests)
    client.begin(0, seed=0)
    with pytest.raises(Interrupted, match="longer than 0 seconds"):
        client.ask("name", "x")
    assert requests == []
    assert not client.closed


def test_only_names_that_were_asked_for_are_bound(connect: Callable[..., Client]) -> None:
    client = connect(["value", ["x", "__builtins__", 3, "y"]], ["value", 1], ["refuse", "It holds objects."])
    values = client.values(["x", "y", "z"])
    assert set(values) == {"x", "y"}
    assert values["x"] == 1
    with pytest.raises(NotAllowed, match="It holds objects"):
        _ = values["y"].shape


def test_an_object_that_is_no_longer_needed_is_released_with_its_count(connect: Callable[..., Client]) -> None:
    requests: list[Any] = []
    handle = msgpack.ExtType(11, msgpack.packb([9, "instance", "Stack", []]))
    client = connect(["value", handle], ["value", [handle]], ["value", None], requests=requests)
    stack = client.ask("name", "x")
    assert client.ask("name", "x")[0] is stack
    del stack
    client.ask("name", "x")
    assert [request[3] for request in requests] == [[], [], [(9, 2)]]


def test_a_name_that_a_check_deletes_is_hidden_from_the_student(connect: Callable[..., Client]) -> None:
    requests: list[Any] = []
    client = connect(["value", 1], requests=requests)
    client.owned = {"x": 1}
    client.ask("name", "y")
    assert requests[0][4] == ["x"]


def test_the_students_process_may_use_what_it_was_passed(
    connect: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(references, "resolvers", {"judge_object": lambda number, name: (number, name)})
    requests: list[Any] = []
    client = connect(["back", 0, "next", [], {}], ["back", 9, "next", [], {}], ["value", 3], requests=requests)
    assert client.ask("call", 1, ((n for n in [7]),), {}) == 3
    assert requests[0][1] == (1, ((0, "<genexpr>"),), {})
    assert requests[1] == ("value", 7)
    assert requests[2][:2] == ("raise", "NotAllowed")
