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
        """Receive one frame of at most `max_bytes` bytes.

        Raises:
            Gone: the connection is closed, or the frame is announced as larger.
            TooLate: `deadline` (of `time.monotonic`) passed.
        """
        (size,) = _LENGTH.unpack(self._exactly(_LENGTH.size, deadline))
        if size > max_bytes:
            raise Gone
        return self._exactly(size, deadline)

    def close(self) -> None:
        """Close the connection."""
        self.sock.close()

    def _exactly(self, size: int, deadline: float | None) -> bytearray:
        data = bytearray(size)
        view = memoryview(data)
        filled = 0
        while filled < size:
            self._wait(deadline)
            try:
                read = self.sock.recv_into(view[filled:])
            except TimeoutError:
                raise TooLate from None
            except OSError as error:
                raise Gone from error
            if not read:
                raise Gone
            filled += read
        return data

    def _wait(self, deadline: float | None) -> None:
        if deadline is None:
            self.sock.settimeout(None)
            return
        left = deadline - time.monotonic()
        if left <= 0:
            raise TooLate
        self.sock.settimeout(left)
