"""Frames: whole or not at all, bounded in size and time."""

import socket
import struct
import threading
import time
from collections.abc import Iterator

import pytest

from utils.grading.protocol.frames import ConnectionClosed, DeadlineExceeded, FrameSocket


@pytest.fixture
def ends() -> Iterator[tuple[FrameSocket, FrameSocket]]:
    left, right = (FrameSocket(end) for end in socket.socketpair())
    yield left, right
    left.close()
    right.close()


def soon() -> float:
    return time.monotonic() + 0.05


def test_frames_arrive_whole_and_in_order(ends: tuple[FrameSocket, FrameSocket]) -> None:
    left, right = ends
    large = bytes(range(256)) * 8192
    sender = threading.Thread(target=lambda: [left.send(frame) for frame in (b"", b"one", large)])
    sender.start()
    assert [bytes(right.receive(2**22)) for _ in range(3)] == [b"", b"one", large]
    sender.join()


def test_after_the_deadline_the_next_call_continues(ends: tuple[FrameSocket, FrameSocket]) -> None:
    left, right = ends
    frame = struct.pack(">Q", 6) + b"abcdef"
    for part in (frame[:3], frame[3:10]):
        left.sock.sendall(part)
        with pytest.raises(DeadlineExceeded):
            right.receive(100, soon())
    left.sock.sendall(frame[10:])
    assert right.receive(100, soon()) == b"abcdef"


def test_a_frame_announced_as_too_large_is_not_waited_for(ends: tuple[FrameSocket, FrameSocket]) -> None:
    left, right = ends
    left.sock.sendall(struct.pack(">Q", 2**63))
    with pytest.raises(ConnectionClosed):
        right.receive(100, soon())


def test_a_closed_end_is_noticed(ends: tuple[FrameSocket, FrameSocket]) -> None:
    left, right = ends
    left.sock.sendall(b"part")
    left.close()
    with pytest.raises(ConnectionClosed):
        right.receive(100, soon())
    with pytest.raises(ConnectionClosed):
        right.send(bytes(2**24), time.monotonic() + 60)


def test_an_end_that_does_not_read_does_not_hold_the_other_up(ends: tuple[FrameSocket, FrameSocket]) -> None:
    left, _ = ends
    begin = time.monotonic()
    with pytest.raises(DeadlineExceeded):
        left.send(bytes(2**24), soon())
    with pytest.raises(DeadlineExceeded):
        left.send(b"", time.monotonic() - 1)
    assert time.monotonic() - begin < 30
