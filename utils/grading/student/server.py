"""The student's end of the door: runs in the student's process, next to the student's code.

Nothing here is trusted by the judge. It runs cells in a `Shell`, answers the judge's questions about names, attributes
and calls, and packs the answers as plain data.
"""

import builtins
import contextlib
import os
import pickle
import random
import signal
import socket
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from utils.grading.protocol import references as tokens
from utils.grading.protocol.decode import Handle, PlainError
from utils.grading.protocol.frames import Gone, Wire
from utils.grading.student.encode import pack
from utils.grading.student.shell import Shell

_NOTHING = object()


class Kernel:
    """Serves the judge's requests over a wire until it closes."""

    def __init__(self, wire: Wire, shell: Shell) -> None:
        self.wire = wire
        self.shell = shell
        self.process = os.getpid()
        self.things: dict[int, list[Any]] = {}
        self.numbers: dict[int, int] = {}
        self.next_number = 1
        self.running = False
        tokens.resolvers.update(
            mine=lambda number: self.things[number][0],
            named=lambda name: self.shell.user_ns[name],
            yours=lambda number, name: Distant(self, number, name),
        )

    def serve(self) -> None:
        """Answer until the judge closes the door."""
        signal.signal(signal.SIGINT, self.interrupted)
        while True:
            try:
                frame = self.wire.receive(2**40)
            except Gone:
                return
            self.answer(pickle.loads(frame) if frame else None, frame)

    def interrupted(self, *_: object) -> None:
        """SIGINT reaches only the student's code, never the door between two requests."""
        if self.running:
            raise KeyboardInterrupt

    def answer(self, message: Any, frame: object = None) -> None:
        """Do what one request asks and send the reply."""
        operation, arguments, seeds, released, deleted = message
        for number, count in released:
            self.forget(number, count)
        reply: list[object]
        try:
            if seeds is not None:
                seed(seeds)
            self.running = True
            try:
                with self.without(deleted):
                    reply = ["value", getattr(self, f"do_{operation}")(*arguments)]
            finally:
                self.running = False
            packed = pack(reply, self.handle)
        except PlainError as error:
            self.running = False
            packed = pack(["refuse", str(error)], self.handle)
        # SystemExit and KeyboardInterrupt of the student's code are answers like any other error.
        except BaseException as error:
            # An interrupt may fall between two lines of this method.
            self.running = False
            packed = pack(["raise", *described(error)], self.handle)
        if os.getpid() != self.process:
            os._exit(0)
        self.wire.send(packed)

    @contextlib.contextmanager
    def without(self, deleted: list[str]) -> Iterator[None]:
        """Names that a check has deleted are gone here, too, for as long as it asks: so it sees who uses them."""
        names = self.shell.user_ns
        kept = {name: names.pop(name) for name in deleted if name in names}
        try:
            yield
        finally:
            for name, value in kept.items():
                names.setdefault(name, value)

    # Objects that stay

    def handle(self, thing: object) -> Handle:
        """Number an object that stays in this process."""
        number = self.numbers.get(id(thing))
        if number is None:
            number, self.next_number = self.next_number, self.next_number + 1
            self.numbers[id(thing)] = number
            self.things[number] = [thing, 0]
        self.things[number][1] += 1
        kind, owner = "instance", type(thing)
        name = owner.__name__
        if isinstance(thing, (types.FunctionType, types.BuiltinFunctionType, types.MethodType)):
            kind, name = "function", thing.__name__
        elif isinstance(thing, type):
            kind, name, owner = "class", thing.__name__, thing
        elif isinstance(thing, types.ModuleType):
            kind, name = "module", thing.__name__
        elif hasattr(owner, "__next__"):
            kind = "iterator"
        bases = tuple((str(base.__module__), base.__qualname__) for base in owner.__mro__[:32])
        return Handle(number, kind, str(name), bases, callable(thing))

    def forget(self, number: int, count: int) -> None:
        """The judge no longer holds what was sent `count` times."""
        held = self.things.get(number)
        if held is not None:
            held[1] -= count
            if held[1] <= 0:
                del self.things[number]
                self.numbers.pop(id(held[0]), None)

    # Requests

    def do_cell(self, source: str, name: str, limit: int) -> dict[str, Any]:
        result, outputs = self.shell.run(source, limit)
        error = result.error_before_exec or result.error_in_exec
        return {
            "outputs": outputs,
            "count": result.execution_count,
            "error": None if error is None else type(error).__name__,
        }

    def do_files(self, files: dict[str, bytes]) -> None:
        for name, content in files.items():
            path = Path(name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)

    def do_names(self, wanted: list[str]) -> list[str]:
        return [name for name in wanted if name in self.shell.user_ns]

    def do_name(self, name: str) -> Any:
        return self.shell.user_ns[name]

    def do_get(self, number: int, name: str) -> Any:
        return getattr(self.things[number][0], name)

    def do_set(self, number: int, name: str, value: object) -> None:
        setattr(self.things[number][0], name, value)

    def do_call(self, number: int, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        return self.things[number][0](*args, **kwargs)

    def do_operator(self, number: int, name: str, operands: tuple[Any, ...]) -> Any:
        thing = self.things[number][0]
        method = getattr(type(thing), name, None)
        result = NotImplemented if method is None else method(thing, *operands)
        if result is NotImplemented:
            raise TypeError(f"{type(thing).__name__!r} does not support {name} with these operands")
        return result

    def do_iterate(self, number: int) -> Any:
        return iter(self.things[number][0])

    def do_next(self, number: int) -> list[Any]:
        item = next(self.things[number][0], _NOTHING)
        return [] if item is _NOTHING else [item]

    def do_length(self, number: int) -> int:
        return len(self.things[number][0])

    def do_contains(self, number: int, item: object) -> bool:
        return item in self.things[number][0]

    def do_str(self, number: int) -> str:
        return str(self.things[number][0])

    def do_repr(self, number: int) -> str:
        return repr(self.things[number][0])

    def do_isinstance(self, number: int, instance: object) -> bool:
        return isinstance(instance, self.things[number][0])

    def do_issubclass(self, number: int, subclass: type) -> bool:
        return issubclass(subclass, self.things[number][0])

    def back(self, number: int, operation: str, arguments: list[Any], named: dict[str, Any]) -> Any:
        """Ask the judge about one of its objects, serving its requests until it has answered."""
        was_running, self.running = self.running, False
        try:
            self.wire.send(pack(["back", number, operation, arguments, named], self.handle))
            while True:
                message = pickle.loads(self.wire.receive(2**40))
                if message[0] == "value":
                    return message[1]
                if message[0] == "raise":
                    kind = getattr(builtins, message[1], None)
                    raise (kind if isinstance(kind, type) and issubclass(kind, Exception) else RuntimeError)(message[2])
                self.answer(message)
        finally:
            self.running = was_running


class Distant:
    """An object of the judge's notebook: it can be called, read, iterated and indexed, and it stays there."""

    def __init__(self, kernel: Kernel, number: int, name: str) -> None:
        self._kernel = kernel
        self._number = number
        self.__name__ = name

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._kernel.back(self._number, "call", list(args), kwargs)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return self._kernel.back(self._number, "get", [name], {})

    def __iter__(self) -> "Distant":
        return self

    def __next__(self) -> Any:
        return self._kernel.back(self._number, "next", [], {})

    def __bool__(self) -> bool:
        return True

    def __len__(self) -> int:
        return int(self._kernel.back(self._number, "len", [], {}))

    def __getitem__(self, key: Any) -> Any:
        return self._kernel.back(self._number, "item", [key], {})


def described(error: BaseException) -> tuple[list[list[str]], str]:
    """An exception as plain data: (module, name) of its class and bases, and its message."""
    bases = [[str(kind.__module__), kind.__qualname__] for kind in type(error).__mro__[:32]]
    text = ""
    with contextlib.suppress(Exception):
        text = str(error.args[0]) if isinstance(error, KeyError) and len(error.args) == 1 else str(error)
    return bases, text[:4000]


def seed(seeds: Any) -> None:
    """Set the global random generators, so that a regrade sees the same numbers."""
    numpy, torch = sys.modules.get("numpy"), sys.modules.get("torch")
    if isinstance(seeds, int):
        random.seed(seeds)
        if numpy:
            numpy.random.seed(seeds % 2**32)
        if torch:
            torch.manual_seed(seeds)
        return
    python_state, numpy_state, torch_state = seeds
    random.setstate(python_state)
    if numpy:
        numpy.random.set_state(numpy_state)
    if torch and torch_state is not None:
        torch.set_rng_state(torch.from_numpy(torch_state))


def serve(door: socket.socket, shell: Shell) -> None:
    """Serve one submission on a connected socket."""
    Kernel(Wire(door), shell).serve()
