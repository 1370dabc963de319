"""Frames on a stream socket: a length in eight bytes, then that many bytes, bounded in size and time."""

import socket
import struct
import time
from typing import Final

_LENGTH: Final = struct.Struct(">Q")


class ConnectionClosed(Exception):
    """The other end closed the connection, or sent bytes that cannot be a frame."""


class DeadlineExceeded(Exception):
    """The other end did not send or read in time."""


class FrameSocket:
    """Sends and receives frames on a connected stream socket.

    Args:
        sock: the socket; it is closed with `close`.
    """

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self._part = bytearray(_LENGTH.size)
        self._filled = 0
        self._in_body = False

    def send(self, frame: bytes, deadline: float | None = None) -> None:
        """Send one frame.

        Args:
            frame: the bytes.
            deadline: when to give up, in seconds of `time.monotonic`; None to wait without end.

        Raises:
            ConnectionClosed: the connection is closed.
            DeadlineExceeded: the deadline passed before the other end had read the frame.
        """
        view = memoryview(_LENGTH.pack(len(frame)) + frame)
        while view:
            self._wait(deadline)
            try:
                view = view[self.sock.send(view) :]
            except TimeoutError:
                raise DeadlineExceeded from None
            except OSError as error:
                raise ConnectionClosed from error

    def receive(self, max_bytes: int, deadline: float | None = None) -> bytearray:
        """Receive one frame; after `DeadlineExceeded` the next call continues where this one stopped.

        Args:
            max_bytes: a frame that is announced as larger ends the connection; no memory is reserved for it.
            deadline: when to give up, in seconds of `time.monotonic`; None to wait without end.

        Raises:
            ConnectionClosed: the connection is closed, or the frame is announced as larger than `max_bytes`.
            DeadlineExceeded: the deadline passed.
        """
        if not self._in_body:
            self._fill(deadline)
            (size,) = _LENGTH.unpack(self._part)
            if size > max_bytes:
                raise ConnectionClosed
            self._part, self._filled, self._in_body = bytearray(size), 0, True
        self._fill(deadline)
        frame = self._part
        self._part, self._filled, self._in_body = bytearray(_LENGTH.size), 0, False
        return frame

    def close(self) -> None:
        """Close the connection."""
        self.sock.close()

    def _fill(self, deadline: float | None) -> None:
        view = memoryview(self._part)
        while self._filled < len(view):
            self._wait(deadline)
            try:
                size = self.sock.recv_into(view[self._filled :])
            except TimeoutError:
                raise DeadlineExceeded from None
            except OSError as error:
                raise ConnectionClosed from error
            if not size:
                raise ConnectionClosed
            self._filled += size

    def _wait(self, deadline: float | None) -> None:
        if deadline is None:
            self.sock.settimeout(None)
            return
        left = deadline - time.monotonic()
        if left <= 0:
            raise DeadlineExceeded
        self.sock.settimeout(left)
