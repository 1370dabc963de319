"""Frames on a socket: a length, then that many bytes, with a bound on both size and time."""

import socket
import struct
import time
from typing import Final

_LENGTH: Final = struct.Struct(">Q")


class Gone(Exception):
    """The other end closed the connection, or what it sent cannot be a frame."""


class TooLate(Exception):
    """The other end did not answer in time."""


class Wire:
    """Frames over a connected stream socket."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self._part = bytearray(_LENGTH.size)
        self._filled = 0
        self._in_body = False

    def send(self, data: bytes, deadline: float | None = None) -> None:
        """Send one frame.

        Raises:
            Gone: the connection is closed.
            TooLate: `deadline` (of `time.monotonic`) passed before the other end had read it.
        """
        view = memoryview(_LENGTH.pack(len(data)) + data)
        while view:
            self._wait(deadline)
            try:
                view = view[self.sock.send(view) :]
            except TimeoutError:
                raise TooLate from None
            except OSError as error:
                raise Gone from error

    def receive(self, max_bytes: int, deadline: float | None = None) -> bytearray:
        """Receive one frame of at most `max_bytes` bytes; after `TooLate` the next call goes on where this stopped.

        Raises:
            Gone: the connection is closed, or the frame is announced as larger.
            TooLate: `deadline` (of `time.monotonic`) passed.
        """
        if not self._in_body:
            self._fill(deadline)
            (size,) = _LENGTH.unpack(self._part)
            if size > max_bytes:
                raise Gone
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
                read = self.sock.recv_into(view[self._filled :])
            except TimeoutError:
                raise TooLate from None
            except OSError as error:
                raise Gone from error
            if not read:
                raise Gone
            self._filled += read

    def _wait(self, deadline: float | None) -> None:
        if deadline is None:
            self.sock.settimeout(None)
            return
        left = deadline - time.monotonic()
        if left <= 0:
            raise TooLate
        self.sock.settimeout(left)
