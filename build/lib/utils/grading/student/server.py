"""The RPC server of the student's process, which runs next to the student's code.

Nothing here is trusted by the judge. The server runs cells in a `Shell`, answers the judge's requests about names,
attributes and calls, and encodes the answers as plain data. It has more than 350 lines because every operation is one
method of the server.
"""

import asyncio
import contextlib
import enum
import importlib
import os
import pickle
import random
import signal
import sys
import tempfile
import types
from collections import namedtuple
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from utils.grading.protocol import modules, references
from utils.grading.protocol.contents import WrongContents, kind_of
from utils.grading.protocol.encode import encode
from utils.grading.protocol.folder import Folder
from utils.grading.protocol.frames import ConnectionClosed, FrameSocket
from utils.grading.protocol.references import Handle
from utils.grading.protocol.shell import Outputs, Shell
from utils.grading.protocol.types import NotPlainData
from utils.grading.student.arguments import Arguments, Reference
from utils.grading.student.inspection import abilities, look, restore, stated_bases
from utils.grading.student.remote import RemoteObject, error_of
from utils.grading.student.surroundings import Surroundings

_MAX_REQUEST_BYTES: Final = 2**40
_MAX_PRINTED_BYTES: Final = 2**20
_NO_ITEM = object()
_KINDS: Final[dict[type, str]] = {
    types.FunctionType: "function",
    types.MethodType: "method",
    types.BuiltinFunctionType: "function",
    types.ModuleType: "module",
    types.GeneratorType: "generator",
    types.CoroutineType: "coroutine",
    types.AsyncGeneratorType: "async generator",
    property: "property",
    staticmethod: "static method",
    classmethod: "class method",
}
_NO_ARGUMENTS: Final = Arguments([], [])


class Server:
    """Answers the judge's requests until the judge closes the connection.

    A request is (operation, arguments, seeds, released objects, deleted names) and, where the call needs it, a
    dictionary with what the check has arranged around it; the operation `x` is the method `do_x`. The reply is
    ["value", value], ["raise", classes, message], or ["refuse", reason]. Messages about what else the call did come
    before it: what it printed, warned and logged, which arguments, names and files it changed.

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
        self.surroundings = Surroundings(shell.user_ns, classes_of)
        self.folder = Folder(os.getcwd())
        # What a call prints, unlike what a cell prints, is sent to the judge.
        self.printed = Outputs(_MAX_PRINTED_BYTES)
        self.loop: asyncio.AbstractEventLoop | None = None
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
                frame = self.connection.receive(_MAX_REQUEST_BYTES)
            except ConnectionClosed:
                return
            try:
                request = pickle.loads(frame)
            # Nothing that the judge sends may end this process.
            except Exception as error:
                self.send(["refuse", f"An argument cannot be opened in your notebook's process: {error}"[:500]])
                continue
            self.answer(request)

    def interrupt(self, *_: object) -> None:
        """SIGINT stops only the student's code, never this server between two requests."""
        if self.running:
            raise KeyboardInterrupt

    def answer(self, request: Any) -> None:
        """Do what one request asks and send the reply."""
        operation, arguments, seeds, released, deleted, *more = request
        context: Mapping[str, Any] = more[0] if more else {}
        for number, count in released:
            self.forget(number, count)
        objects = Arguments(context.get("objects", []), context.get("writable", [])) if context else _NO_ARGUMENTS
        watched: dict[str, tuple[object, bytes | None]] = {}
        printed = None
        if operation != "cell":
            printed, self.shell.outputs = self.shell.outputs, self.printed
        reply: list[object]
        frame = b""
        try:
            if seeds is not None:
                seed_generators(seeds)
            self.running = True
            try:
                if not context and not deleted:
                    value = getattr(self, f"do_{operation}")(*arguments)
                else:
                    self.prepare(context)
                    watched = {name: self.watched(name) for name in context.get("watch", ())}
                    with self.without(deleted), self.surroundings.during(context):
                        value = getattr(self, f"do_{operation}")(*arguments)
            finally:
                self.running = False
            reply = ["value", objects.refer(value) if objects.objects else value]
            frame = encode(reply, self.handle)
        except NotPlainData as error:
            self.running = False
            frame = encode(["refuse", str(error)], self.handle)
        # SystemExit and KeyboardInterrupt of the student's code are answers like any other error.
        except BaseException as error:
            # An interrupt may fall between two lines of this method.
            self.running = False
            frame = self.failure(error)
        if os.getpid() != self.process:
            os._exit(0)
        if printed is not None:
            self.flush()
            self.shell.outputs = printed
        if context:
            self.report(context, objects, watched)
        self.connection.send(frame)

    def failure(self, error: BaseException) -> bytes:
        """The reply for an exception, whose class may be hostile itself."""
        try:
            return encode(["raise", *described(error), *details(error)], self.handle)
        except BaseException:
            return encode(["raise", [["builtins", "RuntimeError"]], "the exception cannot be described"], self.handle)

    def send(self, message: list[Any]) -> None:
        """Send a message; what cannot be encoded is left out."""
        with contextlib.suppress(NotPlainData):
            self.connection.send(encode(message, self.handle))

    def flush(self) -> None:
        """Send the text that the student's code has printed since the last time."""
        if not self.printed.items:
            return
        items, self.printed = self.printed.items, Outputs(_MAX_PRINTED_BYTES)
        if self.shell.outputs.items is items:
            self.shell.outputs = self.printed
        for item in items:
            if "parts" in item:
                self.send(["print", item["name"], "".join(item["parts"])])

    def prepare(self, context: Mapping[str, Any]) -> None:
        """Take over what the check has changed since the last request: globals that the functions read, and files."""
        for name, value in context.get("names", {}).items():
            old = self.shell.user_ns.get(name)
            kind = kind_of(old) if type(old) is type(value) else None
            try:
                if kind is None:
                    raise WrongContents
                # Functions of the student may hold the object itself.
                kind.put(old, kind.take(value, lambda part: part))
            except WrongContents:
                self.shell.user_ns[name] = value
        if "folder" in context:
            with contextlib.suppress(OSError):
                if not os.path.lexists(context["folder"]):
                    os.symlink(self.folder.path, context["folder"])
            self.folder.write(context.get("files", {}))

    def watched(self, name: str) -> tuple[object, bytes | None]:
        """A global and its contents before a call."""
        value = self.shell.user_ns.get(name, _NO_ITEM)
        if value is _NO_ITEM:
            return value, None
        with contextlib.suppress(NotPlainData):
            return value, encode(value, self.handle)
        return value, None

    def report(
        self, context: Mapping[str, Any], objects: Arguments, watched: Mapping[str, tuple[object, bytes | None]]
    ) -> None:
        """Send what the call has changed."""
        messages = objects.messages + objects.changes() + self.surroundings.messages
        self.surroundings.messages = []
        for name, (old, contents) in watched.items():
            value, new = self.watched(name)
            if new is not None and new != contents:
                messages.append(["name", name, value is old, objects.refer(value)])
        if "folder" in context:
            messages += [["file", name, content] for name, content in self.folder.changes().items()]
        if not messages:
            return
        try:
            self.connection.send(encode(["reports", messages], self.handle))
        except NotPlainData:
            # One of them cannot be sent, or all together are too large.
            for message in messages:
                self.send(["reports", [message]])

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
        if type(value) is Reference:
            return Handle(value.number, value.kind, "", ())
        if type(value) is RemoteObject:
            return Handle(value._number, "judge", "", ())
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
        modules.refresh()
        result, outputs = self.shell.run(source, limit)
        error = result.error_before_exec or result.error_in_exec
        return {
            "outputs": outputs,
            "count": result.execution_count,
            "error": None if error is None else type(error).__name__,
        }

    def do_files(self, files: dict[str, bytes]) -> None:
        write_files(files)
        self.folder.look()

    def do_changed_files(self) -> None:
        """Nothing: the judge asks for the files that have changed, which are reported with every answer."""

    def do_names(self) -> list[str]:
        return list(self.shell.user_ns)

    def do_origins(self, name: str) -> list[list[str]]:
        return origins(self.shell.user_ns[name])

    def do_module(self, name: str) -> types.ModuleType:
        module = importlib.import_module(name)
        if Path.cwd() not in Path(module.__file__ or "/").absolute().parents:
            raise ImportError(f"{name} is not in the working folder")
        return module

    def do_assign(self, values: dict[str, Any]) -> None:
        self.shell.user_ns.update(values)

    def do_define(self, source: str) -> None:
        exec(source, self.shell.user_ns)

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

    def do_await(self, number: int) -> Any:
        return self.run(self.objects[number][0])

    def do_async_next(self, number: int) -> list[Any]:
        async def step() -> list[Any]:
            try:
                return [await self.objects[number][0].__anext__()]
            except StopAsyncIteration:
                return []

        return list(self.run(step()))

    def run(self, coroutine: Any) -> Any:
        """The result of a coroutine."""
        if self.loop is None:
            self.loop = asyncio.new_event_loop()
        return self.loop.run_until_complete(coroutine)

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
        # What the check has taken away from the student's code is needed here.
        resume = self.surroundings.suspend()
        was_running, self.running = self.running, False
        try:
            self.flush()
            self.connection.send(encode(["back", number, operation, arguments, keywords], self.handle))
            while True:
                message = pickle.loads(self.connection.receive(_MAX_REQUEST_BYTES))
                if message[0] == "value":
                    return message[1]
                if message[0] == "raise":
                    raise error_of(message[1], message[2])
                self.answer(message)
        finally:
            self.running = was_running
            resume()


def origins(value: Any) -> list[list[str]]:
    """The places (module, attribute) where an object of a library can be imported; none for an object made here."""
    if isinstance(value, types.ModuleType):
        return [[value.__name__, ""]] if sys.modules.get(value.__name__) is value else []
    # By identity, since some functions state no module, or another one than that which exports them.
    return [
        [module, name]
        for module, content in [*sys.modules.items()]
        if module != "__main__" and isinstance(content, types.ModuleType)
        for name, attribute in [*vars(content).items()]
        if attribute is value
    ][:64]


def write_files(files: Mapping[str, bytes]) -> None:
    """Put an assignment's files into the working folder of this process, where imports look first."""
    if os.getcwd() == "/":
        # Without a sandbox, nothing else has made a folder for this submission.
        os.chdir(tempfile.mkdtemp(prefix="notebook-"))
    for name, content in files.items():
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    modules.use_working_folder(files)


def described(error: BaseException) -> tuple[list[list[str]], str]:
    """An exception as plain data: (module, name) of its class and bases, and its message."""
    bases = classes_of(type(error))
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


def classes_of(kind: type) -> list[list[str]]:
    """(module, qualified name) of a class and its bases."""
    return [[str(base.__module__), base.__qualname__] for base in kind.__mro__[:32]]


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
