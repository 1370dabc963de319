"""The RPC client of the judge: asks the student's process for names, attributes and calls.

The judge sends requests as pickles, which the student's process may open: they hold arguments, never code of the
notebook. Objects that live in the judge's notebook (a sampler, a model written for a test, a closure) stay there; the
student's process gets a number for each and calls back. Replies are plain data (`utils.grading.protocol.decode`), and
proxies of what stays in the student's process.

Arguments are copies. What a call has changed in them comes back with the reply, and is put into the check's own
objects where the instructor's function of that name changes the same argument (`arguments`, `notebook.in_place`). The
globals that the instructor's functions change are brought back, too (`watch`), and what a check arranges around its
calls reaches the student's process (`surroundings`).

It has more than 350 lines because all requests and replies pass through this one place.
"""

import builtins
import contextlib
import io
import logging
import random
import signal
import sys
import time
import warnings
import weakref
from collections.abc import Mapping, MutableMapping
from dataclasses import replace
from typing import Any, Final, Protocol

import numpy as np

from utils.grading.judge.arguments import Arguments, writable_by
from utils.grading.judge.attributes import WatchedAttributes
from utils.grading.judge.clock import Clock, Interrupted
from utils.grading.judge.exceptions import add_details
from utils.grading.judge.exposed import ExposedObjects
from utils.grading.judge.known_classes import Bases, KnownClasses
from utils.grading.judge.pickling import RequestPickler
from utils.grading.judge.proxies import Decision, NotAllowed, Proxy, is_proxy, target_of
from utils.grading.judge.proxy_classes import ProxyClasses
from utils.grading.judge.reports import NO_ARGUMENTS, Reports, async_iterator, classes_of, coroutine
from utils.grading.judge.student_process import StudentProcess
from utils.grading.judge.surroundings import Surroundings
from utils.grading.judge.transcript import Transcript
from utils.grading.judge.unpickling import guard, unpickles_bytes
from utils.grading.judge.watch import WatchedNames
from utils.grading.notebook.in_place import Changes
from utils.grading.notebook.plan import Step
from utils.grading.protocol.contents import is_scalar
from utils.grading.protocol.decode import decode
from utils.grading.protocol.encode import MAX_BYTES
from utils.grading.protocol.frames import ConnectionClosed, DeadlineExceeded
from utils.grading.protocol.references import KINDS, Handle, Refusal
from utils.grading.protocol.types import NotPlainData

GRACE_SECONDS: Final = 2.0
BUILTIN_NAMES: Final = frozenset(name for name in dir(builtins) if not name.startswith("_"))
_MAX_PRINTED: Final = 2**20

# These would steer the judge's own control flow: a StopIteration inside map() ends all() early and makes it true.
_STEERING: Final = (StopIteration, StopAsyncIteration, GeneratorExit, KeyboardInterrupt, SystemExit)


class Exchange(Protocol):
    """What is done before and after each use of an object of the student."""

    def before_call(self) -> None:
        """The student's code is about to run."""

    def after_call(self) -> None:
        """The student's code has run, and may have raised."""


class Client:
    """Sends requests to the student's process, and makes proxies of what stays there.

    Args:
        student: the process.
        namespace: names of the judge's notebook, in which classes that both sides share are looked up.

    Attributes:
        clock: bounds the time of the present cell.
        classes: the classes that the judge knows.
        owned: the student's values in the judge's notebook; one that a check deletes is hidden from the student, too.
        closed: whether the student's process has ended.
        exchange: is told before and after each use of an object of the student; None for nobody.
        transcript: records what the student's functions return; None for no record.
    """

    def __init__(self, student: StudentProcess, namespace: MutableMapping[str, Any] | None = None) -> None:
        self.student = student
        self.namespace: MutableMapping[str, Any] = {} if namespace is None else namespace
        self.clock = Clock()
        self.classes = KnownClasses(self.namespace)
        self.owned: MutableMapping[str, Any] = {}
        self.closed = False
        self.exchange: Exchange | None = None
        self.transcript: Transcript | None = None
        self.changes = Changes()
        self.surroundings = Surroundings(self.namespace)
        self.watched = WatchedNames(self.namespace, self.changes)
        self._exposed = ExposedObjects(self.changes)
        self._mirrors = ProxyClasses(self, lambda name: self.classes.interfaces.get(name, set()))
        # Where each object came from, see `KnownClasses.expects_plain`; and whether the present answer must be plain.
        self._origins: dict[int, tuple[str, ...]] = {}
        self._expects_plain = False
        self._arrived: list[Handle] = []
        # Iterators that should give plain data.
        self._plain_sources: set[int] = set()
        self._watched = WatchedAttributes(lambda *change: self._request("restore", *change))
        # The names under which the check obtained the student's functions.
        self._labels: dict[int, set[str]] = {}
        # IPython binds some names of built-in functions.
        self._shadowing: dict[str, Any] = {}
        self._printed = 0
        self._seed = 0
        self._share_random_state = False
        self._proxies: weakref.WeakValueDictionary[int, Any] = weakref.WeakValueDictionary()
        # How often the student's process has sent each object, and the objects that it may release, with that count.
        self._received: dict[int, int] = {}
        self._released: list[tuple[int, int]] = []

    def begin(self, seconds: float, seed: int, share_random_state: bool = False) -> None:
        """Begin a cell.

        Args:
            seconds: the time of the cell, on both sides together.
            seed: from which the random states of the student's process are derived, one for each request.
            share_random_state: give it the judge's random states instead, because the cell sets them.
        """
        self.clock.start(seconds)
        self._watched.clear()
        self._seed = seed
        self._share_random_state = share_random_state
        self._printed = 0

    def prepare(self, step: Step) -> None:
        """Look at an instructor's cell before it runs in the judge: what it changes, patches, reads or writes."""
        source = step.judge or ""
        if step.role != "check" or not self._shadowing:
            self._shadowing = {name: self.namespace[name] for name in BUILTIN_NAMES.intersection(self.namespace)}
        if step.role != "check":
            self.changes.add(step.full or source)
        self.surroundings.prepare(source, step.role == "check")
        if unpickles_bytes(source):
            guard()
        self.watched.begin(source if step.role == "check" else "")
        if step.role == "check" and self.surroundings.uses_files and not self.closed:
            # Files that the student's cells have written.
            with contextlib.suppress(NotAllowed):
                self._request("changed_files")

    # Requests

    def run_cell(self, source: str, name: str, output_bytes: int, seeded: bool = True) -> Any:
        """Run a cell of the student's notebook and return what its process reports.

        ``seeded``: seed the global generators with the cell's seed; otherwise they go on.
        """
        return self._request("cell", source, name, output_bytes, seeds=self._seed if seeded else None)

    def write_files(self, files: Mapping[str, bytes]) -> None:
        """Put the assignment's data files into the student's working folder."""
        self._request("files", dict(files))

    def values(self, names: list[str]) -> dict[str, Any]:
        """The student's values of those of the names that exist."""
        return {name: self.value(name) for name in self.existing(names)}

    def existing(self, names: list[str]) -> list[str]:
        """Those of the names that the student's process has; it does not learn which ones are of interest."""
        if not names:
            return []
        existing = {name for name in self.ask("names") if type(name) is str}
        return [name for name in names if name in existing]

    def origins(self, name: str) -> list[Any]:
        """The places (module, attribute) of the object that the student has under a name, as that process states."""
        places = self.ask("origins", name)
        return places[:64] if type(places) is list else []

    def assign(self, values: Mapping[str, Any]) -> None:
        """Bind names in the student's notebook."""
        self._request("assign", dict(values))

    def define(self, source: str) -> None:
        """Execute definitions that students receive with the assignment."""
        self._request("define", source)

    def value(self, name: str) -> Any:
        """The student's value of one name: plain data, a proxy, or a proxy that refuses every use."""
        try:
            value = self._labelled(self.ask("name", name), name)
        except NotAllowed as error:
            return Proxy(self, Refusal(str(error)))
        target = target_of(value) if is_proxy(value) else None
        if isinstance(target, Handle):
            self._origins[target.number] = ("name", name)
        return value

    def ask(self, operation: str, *arguments: object) -> Any:
        """Send one request; the answer is plain data and proxies.

        Raises:
            NotAllowed: a value cannot be transferred.
            Interrupted: time is up, or the student's process has ended.
            Exception: the exception of the student's code, as the nearest type that the judge knows.
        """
        seeded = operation in ("call", "operator")
        self._watched.write_back()
        expected, self._expects_plain = self._expects_plain, self._plain_expected(operation, arguments)
        exchange = self.exchange if operation not in ("name", "names", "origins") else None
        if exchange is not None:
            exchange.before_call()
        try:
            answer = self._request(operation, *arguments, seeds=self._seeds() if seeded else None)
        except Exception as error:
            if self.transcript is not None and seeded:
                self.transcript.raised(self._name_of(operation, arguments), error)
            raise
        finally:
            self._expects_plain = expected
            if exchange is not None and not self.closed:
                exchange.after_call()
        if self.clock.late:
            raise self.clock.error()
        if type(answer) is bytes:
            # Also what a check reads from a file that the student's function has opened.
            guard()
        if self.transcript is not None and (seeded or (operation == "get" and not is_proxy(answer))):
            self.transcript.returned(self._name_of(operation, arguments), answer)
        if operation == "get":
            number, name = arguments
            self._watched.add(int(number), str(name), answer)  # type: ignore[call-overload]
            return self._labelled(answer, name)
        return answer

    def _plain_expected(self, operation: str, arguments: tuple[Any, ...]) -> bool:
        if operation == "name":
            return self.classes.expects_plain(("name", arguments[0]), None)
        if operation == "call" and self.classes.expects_plain(self._origins.get(arguments[0], ()), arguments[1:]):
            return True
        # A part of what should be plain data should be plain data, too.
        return bool(arguments) and (arguments[0] in self.classes.misplaced or arguments[0] in self._plain_sources)

    def _name_of(self, operation: str, arguments: tuple[Any, ...]) -> str:
        """The name under which the check has obtained what it calls, or that of an operator or attribute."""
        if operation == "call":
            name = ""
            # Not min(): a check may replace it and count its calls.
            for label in self._labels.get(arguments[0], ()):
                name = label if not name or label < name else name
            return name
        return str(arguments[1])

    def _labelled(self, answer: Any, name: object) -> Any:
        target = target_of(answer) if is_proxy(answer) else None
        if isinstance(target, Handle) and type(name) is str:
            self._labels.setdefault(target.number, set()).add(name)
        return answer

    def _arguments(self, operation: str, arguments: tuple[Any, ...]) -> Arguments | None:
        """The objects that a call passes; None if there are none that it can change or return."""
        if operation == "call":
            number, positional, keywords = arguments
            if all(map(is_scalar, positional)) and all(map(is_scalar, keywords.values())):
                return None
            labels = self._labels.get(number, set())
            writable = writable_by(self.changes, labels, bool(labels - self.owned.keys()))
            return Arguments(positional, keywords, writable, self.classes.shared)
        if operation == "operator":
            _, name, operands = arguments
            return Arguments(operands, {}, writable_by(self.changes, {name}, True), self.classes.shared)
        return None

    def _context(self, arguments: Arguments | None) -> dict[str, Any]:
        """What else the student's process needs to know for a request."""
        context = self.surroundings.context()
        if arguments is not None and arguments.objects:
            context["objects"], context["writable"] = arguments.objects, arguments.writable
        if self.watched.names:
            context["watch"] = self.watched.changing
            context["names"] = self.watched.news()
        return context

    def _replaced(self) -> dict[str, Any]:
        """Functions of the notebook that the check has replaced, or shadowed by a built-in function's name."""
        names = self.namespace
        replaced = {
            name: names[name]
            for name, value in self.owned.items()
            if value is not None and name in names and names[name] is not value and callable(names[name])
        }
        for name in BUILTIN_NAMES.intersection(names):
            if names[name] is not self._shadowing.get(name, self.owned.get(name)) and callable(names[name]):
                replaced[name] = names[name]
        return replaced

    def _request(self, operation: str, *arguments: object, seeds: object = None) -> Any:
        if self.closed:
            raise self.student.error()
        if self.clock.expired():
            raise self.clock.error()
        released, self._released = self._released, []
        deleted = [name for name in self.owned if name not in self.namespace]
        passed = self._arguments(operation, arguments)
        context = self._context(passed)
        if self.surroundings.patching and (replaced := self._replaced()):
            context["replaced"] = replaced
        request = (operation, arguments, seeds, released, deleted)
        frame = self._pickled((*request, context) if context else request)
        reports = Reports(passed)
        was_waiting, self.clock.waiting = self.clock.waiting, True
        try:
            self.student.connection.send(frame, self.clock.deadline + GRACE_SECONDS)
            try:
                return self._reply(reports, operation in ("call", "operator"))
            finally:
                self.clock.waiting = was_waiting
                self._apply(reports)
        except (ConnectionClosed, DeadlineExceeded) as error:
            self.closed = True
            if isinstance(error, DeadlineExceeded):
                self.clock.late = True
                self.student.kill("timed out")
            else:
                # The watchdog's reason has to be read before the process is killed here.
                self.student.cause()
                self.student.kill("crashed")
            raise self.student.error() from None
        finally:
            self.clock.waiting = was_waiting

    def _reply(self, reports: Reports, leaves: bool) -> Any:
        """Wait for the answer; only calls of the student's code may raise SystemExit in the check (`leaves`)."""
        until = self.clock.deadline
        interruptions = 0

        def adopt(sent: Handle | Refusal) -> Any:
            if isinstance(sent, Handle) and sent.kind == "argument":
                return reports.arguments.resolve(sent.number)
            return self.adopt(sent)

        while True:
            try:
                frame = self.student.connection.receive(MAX_BYTES + 4096, until)
            except DeadlineExceeded:
                # An honest cell stops at the first KeyboardInterrupt; one that catches it gets two more.
                self.clock.late = True
                interruptions += 1
                if interruptions > 3:
                    raise
                self.student.signal(signal.SIGINT)
                until = time.monotonic() + GRACE_SECONDS / 2
                continue
            try:
                kind, *content = decode(frame, adopt)
            except (NotPlainData, TypeError, ValueError) as error:
                raise NotAllowed(f"A value could not be transferred: {error}") from None
            arrived, self._arrived = self._arrived, []
            if kind == "value" and len(content) == 1:
                self.classes.misplaced.update(sent.number for sent in arrived if sent.kind == "instance")
                self._plain_sources.update(sent.number for sent in arrived if sent.kind != "instance")
                return content[0]
            if kind == "raise" and len(content) in (2, 3):
                raise self._error(leaves, *content)
            if kind == "refuse" and len(content) == 1:
                raise NotAllowed(str(content[0])[:500])
            if kind == "back" and len(content) == 4:
                self.student.connection.send(self._call_back(*content), self.clock.deadline + GRACE_SECONDS)
                continue
            if kind == "print" and len(content) == 2:
                self._print(*content)
                continue
            if kind == "reports" and len(content) == 1 and reports.receive(content[0]):
                continue
            raise ConnectionClosed

    def _print(self, stream: object, text: object) -> None:
        """Print, in the check, what the student's code has printed."""
        if type(text) is str and self._printed < _MAX_PRINTED:
            self._printed += len(text)
            # The check may have put any object there.
            with contextlib.suppress(Exception):
                (sys.stderr if stream == "stderr" else sys.stdout).write(text[:_MAX_PRINTED])

    def _apply(self, reports: Reports) -> None:
        """Take over what a call has changed."""
        if reports.arguments is not NO_ARGUMENTS:
            reports.arguments.apply()
        for kind, content in reports.messages:
            if kind == "name":
                name, same, value = content
                if self.watched.receive(name, same is True, value):
                    self.owned[name] = self.namespace[name]
            elif kind == "file":
                self.surroundings.write(*content)
            elif kind == "log":
                name, level, text = content
                if type(name) is str and type(level) is int and type(text) is str:
                    logger = logging.getLogger(name)
                    if logger.isEnabledFor(level):
                        logger.handle(logger.makeRecord(name, level, "notebook", 0, text, (), None))
        for bases, text in (content for kind, content in reports.messages if kind == "warn"):
            known = self.classes.exception(classes_of(bases))
            category = known if known is not None and issubclass(known, Warning) else UserWarning
            warnings.warn_explicit(str(text)[:4000], category, "notebook", 1, registry={})

    def _call_back(self, number: object, operation: object, arguments: object, keywords: object) -> bytes:
        """Serve a request of the student's process about an object that the judge passed to it."""
        was_waiting, self.clock.waiting = self.clock.waiting, False
        try:
            return self._pickled(("value", self._exposed.use(number, operation, arguments, keywords)))
        except Interrupted as error:
            self.clock.late = True
            return self._pickled(("raise", "TimeoutError", str(error)))
        # The error belongs to the student's call; SystemExit in an instructor's function must not end the judge either.
        except BaseException as error:
            # The text of a KeyError is its argument in quotes.
            text = error.args[0] if isinstance(error, KeyError) and len(error.args) == 1 else error
            return self._pickled(("raise", type(error).__name__, str(text)[:1000]))
        finally:
            self.clock.waiting = was_waiting

    def _pickled(self, message: object) -> bytes:
        out = io.BytesIO()
        try:
            RequestPickler(out, self.classes.shared, self._exposed.expose).dump(message)
        except NotAllowed:
            raise
        except Exception as error:
            raise NotAllowed(
                f"The check passes an object to your code that cannot be transferred ({type(error).__name__})."
            ) from None
        return out.getvalue()

    def _seeds(self) -> object:
        self._seed = (self._seed * 6364136223846793005 + 1442695040888963407) % 2**63
        if not self._share_random_state:
            return self._seed >> 31
        # A test that seeds the global generators expects the student's function to draw from them.
        torch = sys.modules.get("torch")
        states = (random.getstate(), np.random.get_state(), torch.get_rng_state().numpy() if torch else None)  # noqa: NPY002
        random.random()
        np.random.random_sample()  # noqa: NPY002
        if torch:
            torch.rand(1)
        return states

    # Answers

    def adopt(self, sent: Handle | Refusal) -> Any:
        """The proxy or class that represents a student's object, or a refused value, in the judge's notebook."""
        if isinstance(sent, Refusal):
            return Proxy(self, sent)
        if sent.kind == "judge":
            return self._exposed.look_up(sent.number)
        member = self.classes.member(sent)
        if member is not None:
            self._released.append((sent.number, 1))
            return member
        self._received[sent.number] = self._received.get(sent.number, 0) + 1
        if sent.kind not in KINDS:
            sent = replace(sent, kind="instance")
        if self._expects_plain and sent.kind in ("instance", "iterator", "generator"):
            self._arrived.append(sent)
        value = self._proxies.get(sent.number)
        if value is None:
            value = self.classes.exception_class(sent)
            if value is None:
                value = self._mirrors.of_class(sent) if sent.kind == "class" else self._mirrors.instance(sent)
                if sent.kind == "coroutine":
                    value = coroutine(value)
                elif sent.kind == "async generator":
                    value = async_iterator(value)
            else:
                # The judge has a class of its own and never asks for the student's.
                self.release(sent.number)
            self._proxies[sent.number] = value
        return value

    def _error(self, leaves: bool, bases: object, text: object, details: object = None) -> BaseException:
        error = self._exception(bases, text, leaves)
        if type(details) is dict:
            if type(error).__name__ != bases[0][1]:  # type: ignore[index]
                details.pop("args", None)
            add_details(error, details, self._exception)
        error.from_student = True  # type: ignore[attr-defined]
        return error

    def _exception(self, bases: object, text: object, leaves: bool = False) -> BaseException:
        if type(text) is not str or type(bases) is not list:
            raise ConnectionClosed
        pairs = classes_of(bases)
        if pairs[:1] == (("builtins", "SystemExit"),) and leaves:
            return SystemExit(text[:4000])
        kind = self.classes.exception(pairs)
        if kind is None or issubclass(kind, _STEERING):
            name = pairs[0][1] if pairs else "exception"
            kind, text = RuntimeError, f"{name}: {text}" if text else f"the code raised {name}"
        try:
            return kind(text[:4000])
        except Exception:
            return ValueError(text[:4000])

    # What proxies need

    def base(self, bases: Bases) -> type | None:
        """The judge's own class behind the stated ones, see `KnownClasses.base`."""
        return self.classes.base(bases)

    def all_bases(self, bases: Bases) -> list[type]:
        """The judge's own classes behind the stated ones, see `KnownClasses.all_bases`."""
        return self.classes.all_bases(bases)

    def allows(self, handle: Handle, name: str) -> bool:
        """Whether a check may use an attribute or operator of an object, see `KnownClasses.allows`."""
        return self.classes.allows(handle, name)

    def decides(self, handle: Handle, name: str, operand: object) -> Decision:
        """How an operator is decided, see `KnownClasses.decides`."""
        return self.classes.decides(handle, name, operand)

    def release(self, number: int) -> None:
        """Tell the student's process, with the next request, that an object is no longer needed here."""
        # The count reveals whether the object has been sent again in the meantime.
        self._released.append((number, self._received.pop(number, 0)))
        self._labels.pop(number, None)
