"""The RPC server of the student's process, which runs next to the student's code.

Nothing here is trusted by the judge. The server runs cells in a `Shell`, answers the judge's requests about names,
attributes and calls, and encodes the answers as plain data.
"""

import builtins
import contextlib
import enum
import os
import pickle
import random
import signal
import sys
import types
from collections import namedtuple
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from utils.grading.protocol import references
from utils.grading.protocol.encode import encode
from utils.grading.protocol.frames import ConnectionClosed, FrameSocket
from utils.grading.protocol.references import Handle
from utils.grading.protocol.shell import Shell
from utils.grading.protocol.types import NotPlainData
from utils.grading.student.inspection import abilities, look, restore, stated_bases

_MAX_REQUEST_BYTES: Final = 2**40
_NO_ITEM = object()
_KINDS: Final[dict[type, str]] = {
    types.FunctionType: "function",
    types.MethodType: "method",
    types.BuiltinFunctionType: "function",
    types.ModuleType: "module",
    types.GeneratorType: "generator",
    types.CoroutineType: "coroutine",
    types.AsyncGeneratorType: "async generator",
}


class Server:
    """Answers the judge's requests until the judge closes the connection.

    A request is (operation, arguments, seeds, released objects, deleted names); the operation `x` is the method `do_x`.
    The reply is ["value", value], ["raise", classes, message], or ["refuse", reason].

    Args:
        connection: to the judge.
        shell: runs the cells and has the notebook's names.
    """

    def __init__(self, connection: FrameSocket, shell: Shell) -> None:
        self.connection = connection
        self.shell = shell
        self.process = os.getpid()
        # Objects that stay here, by number: the object, and how often it was sent.
        self.objects: dict[int, list[Any]] = {}
        self.numbers: dict[int, int] = {}
        self.classes: dict[int, tuple[int, tuple[tuple[str, str], ...], tuple[str, ...]]] = {}
        self.next_number = 1
        self.running = False
        references.resolvers.update(
            student_object=lambda number: self.objects[number][0],
            shared_class=lambda name: self.shell.user_ns[name],
            named_tuple=self.named_tuple,
            judge_object=lambda number, name: RemoteObject(self, number, name),
        )

    def serve(self) -> None:
        """Answer until the judge closes the connection."""
        signal.signal(signal.SIGINT, self.interrupt)
        while True:
            try:
                request = pickle.loads(self.connection.receive(_MAX_REQUEST_BYTES))
            except ConnectionClosed:
                return
            self.answer(request)

    def interrupt(self, *_: object) -> None:
        """SIGINT stops only the student's code, never this server between two requests."""
        if self.running:
            raise KeyboardInterrupt

    def answer(self, request: Any) -> None:
        """Do what one request asks and send the reply."""
        operation, arguments, seeds, released, deleted = request
        for number, count in released:
            self.forget(number, count)
        reply: list[object]
        try:
            if seeds is not None:
                seed_generators(seeds)
            self.running = True
            try:
                with self.without(deleted):
                    reply = ["value", getattr(self, f"do_{operation}")(*arguments)]
            finally:
                self.running = False
            frame = encode(reply, self.handle)
        except NotPlainData as error:
            self.running = False
            frame = encode(["refuse", str(error)], self.handle)
        # SystemExit and KeyboardInterrupt of the student's code are answers like any other error.
        except BaseException as error:
            # An interrupt may fall between two lines of this method.
            self.running = False
            frame = encode(["raise", *described(error), *details(error)], self.handle)
        if os.getpid() != self.process:
            os._exit(0)
        self.connection.send(frame)

    @contextlib.contextmanager
    def without(self, deleted: list[str]) -> Iterator[None]:
        """Hide names that a check has deleted during its requests, so that the check can detect code that uses them."""
        names = self.shell.user_ns
        hidden = {name: names.pop(name) for name in deleted if name in names}
        try:
            yield
        finally:
            for name, value in hidden.items():
                names.setdefault(name, value)

    def named_tuple(self, class_name: str, fields: tuple[str, ...], values: tuple[Any, ...]) -> Any:
        """A named tuple of the notebook's own class, or of one that is made for it."""
        known: Any = self.shell.user_ns.get(class_name)
        if not (isinstance(known, type) and issubclass(known, tuple) and getattr(known, "_fields", None) == fields):
            known = namedtuple(class_name, fields)  # type: ignore[misc, no-redef]
        return tuple.__new__(known, values)

    # Objects that stay

    def handle(self, value: object) -> Handle:
        """Number an object that stays in this process."""
        number = self.numbers.get(id(value))
        if number is None:
            number, self.next_number = self.next_number, self.next_number + 1
            self.numbers[id(value)] = number
            self.objects[number] = [value, 0]
        self.objects[number][1] += 1
        kind, owner = "instance", type(value)
        name = owner.__name__
        if isinstance(value, type):
            kind, name, owner = "class", value.__name__, value
        elif isinstance(value, tuple(_KINDS)):
            kind = next(kind for base, kind in _KINDS.items() if isinstance(value, base))
            name = getattr(value, "__name__", name)
        elif hasattr(owner, "__next__"):
            kind = "iterator"
        member = value.name if isinstance(value, enum.Enum) and isinstance(value.name, str) else ""
        class_number, bases, special = self.class_of(owner)
        return Handle(number, kind, str(name), bases, class_number, special, member)

    def class_of(self, owner: type) -> tuple[int, tuple[tuple[str, str], ...], tuple[str, ...]]:
        """The number of a class, its stated bases and its special methods; a class is never released."""
        known = self.classes.get(id(owner))
        if known is None:
            number = self.numbers.get(id(owner))
            if number is None:
                number, self.next_number = self.next_number, self.next_number + 1
                self.numbers[id(owner)] = number
                self.objects[number] = [owner, 0]
            self.objects[number][1] += 2**60
            self.classes[id(owner)] = known = (number, stated_bases(owner), abilities(owner))
        return known

    def forget(self, number: int, count: int) -> None:
        """Release an object, unless it was sent more often than the `count` times that the judge knew of."""
        entry = self.objects.get(number)
        if entry is not None:
            entry[1] -= count
            if entry[1] <= 0:
                del self.objects[number]
                self.numbers.pop(id(entry[0]), None)

    # Operations

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

    def do_names(self, names: list[str]) -> list[str]:
        return [name for name in names if name in self.shell.user_ns]

    def do_name(self, name: str) -> Any:
        return self.shell.user_ns[name]

    def do_get(self, number: int, name: str) -> Any:
        return getattr(self.objects[number][0], name)

    def do_set(self, number: int, name: str, value: object) -> None:
        setattr(self.objects[number][0], name, value)

    def do_restore(self, number: int, name: str, value: Any) -> None:
        restore(self.objects[number][0], name, value)

    def do_call(self, number: int, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        return self.objects[number][0](*args, **kwargs)

    def do_operator(self, number: int, name: str, operands: tuple[Any, ...]) -> Any:
        value = self.objects[number][0]
        method = getattr(type(value), name, None)
        if method is None:
            raise TypeError(f"{type(value).__name__!r} does not support {name}")
        return method(value, *operands)

    def do_look(self, number: int, operation: str, *arguments: Any) -> Any:
        return look(self.objects[number][0], operation, self.shell.user_ns, *arguments)

    def do_iterate(self, number: int) -> Any:
        return iter(self.objects[number][0])

    def do_next(self, number: int) -> list[Any]:
        item = next(self.objects[number][0], _NO_ITEM)
        return [] if item is _NO_ITEM else [item]

    def do_length(self, number: int) -> int:
        return len(self.objects[number][0])

    def do_contains(self, number: int, item: object) -> bool:
        return item in self.objects[number][0]

    def do_str(self, number: int) -> str:
        return str(self.objects[number][0])

    def do_repr(self, number: int) -> str:
        return repr(self.objects[number][0])

    def do_isinstance(self, number: int, instance: object) -> bool:
        return isinstance(instance, self.objects[number][0])

    def do_issubclass(self, number: int, subclass: type) -> bool:
        return issubclass(subclass, self.objects[number][0])

    def ask_judge(self, number: int, operation: str, arguments: list[Any], keywords: dict[str, Any]) -> Any:
        """Use an object of the judge; the judge may send requests of its own before it answers."""
        was_running, self.running = self.running, False
        try:
            self.connection.send(encode(["back", number, operation, arguments, keywords], self.handle))
            while True:
                message = pickle.loads(self.connection.receive(_MAX_REQUEST_BYTES))
                if message[0] == "value":
                    return message[1]
                if message[0] == "raise":
                    kind = getattr(builtins, message[1], None)
                    raise (kind if isinstance(kind, type) and issubclass(kind, Exception) else RuntimeError)(message[2])
                self.answer(message)
        finally:
            self.running = was_running


class RemoteObject:
    """An object of the judge's notebook: it can be called, read, iterated and indexed, and it stays there."""

    def __init__(self, server: Server, number: int, name: str) -> None:
        self._server = server
        self._number = number
        self.__name__ = name

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._server.ask_judge(self._number, "call", list(args), kwargs)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return self._server.ask_judge(self._number, "get", [name], {})

    def __iter__(self) -> "RemoteObject":
        return self

    def __next__(self) -> Any:
        return self._server.ask_judge(self._number, "next", [], {})

    def __bool__(self) -> bool:
        return True

    def __len__(self) -> int:
        return int(self._server.ask_judge(self._number, "len", [], {}))

    def __getitem__(self, key: Any) -> Any:
        return self._server.ask_judge(self._number, "item", [key], {})


def described(error: BaseException) -> tuple[list[list[str]], str]:
    """An exception as plain data: (module, name) of its class and bases, and its message."""
    bases = [[str(kind.__module__), kind.__qualname__] for kind in type(error).__mro__[:32]]
    text = ""
    with contextlib.suppress(Exception):
        text = str(error.args[0]) if isinstance(error, KeyError) and len(error.args) == 1 else str(error)
    return bases, text[:4000]


def details(error: BaseException) -> list[dict[str, Any]]:
    """What else a check may see of an exception, if anything: arguments, attributes, and the exceptions behind it."""
    chain: list[BaseException] = []
    behind: BaseException | None = error
    while behind is not None and len(chain) < 8:
        chain.append(behind)
        behind = behind.__cause__ or (None if behind.__suppress_context__ else behind.__context__)
    more: dict[str, Any] = {}
    with contextlib.suppress(Exception):
        if attributes := dict(list(vars(error).items())[:50]):
            more["attributes"] = attributes
        if len(error.args) != 1 or type(error.args[0]) is not str:
            more["args"] = list(error.args)
    if len(chain) > 1:
        more |= {"causes": [[*described(cause)] for cause in chain[1:]], "explicit": error.__cause__ is not None}
    return [more] if more else []


def seed_generators(seeds: Any) -> None:
    """Set the global random generators, so that a regrade sees the same numbers.

    Args:
        seeds: an integer, or the states of Python's, NumPy's and torch's generators.
    """
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
