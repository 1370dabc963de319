"""The judge's end of the door: stand-ins for the student's answers, and how they are asked.

The judge sends requests as pickles, which the student's process may open: they hold arguments, never code of the
notebook. Objects that live in the judge's notebook (a sampler, a stand-in model, a closure) stay there; the student's
process gets a number for each and calls back. Replies are plain data (`utils.grading.protocol.decode`).

Arguments are copies: a function that changes its argument in place changes the student's copy, and a test that wants to
see the change asks for the argument back.
"""

import builtins
import functools
import io
import random
import signal
import sys
import time
import types
import weakref
from collections.abc import Iterator, Mapping
from typing import Any, Final, NoReturn

import numpy as np

from utils.grading.judge.pickling import Outgoing
from utils.grading.judge.proxies import DoorError, StandIn
from utils.grading.judge.student_process import Interrupted, Student
from utils.grading.protocol.decode import MAX_BYTES, Handle, PlainError, Refusal, unpack
from utils.grading.protocol.frames import Gone, TooLate
from utils.grading.student.encode import pack

GRACE: Final = 2.0

_EXCEPTION_LIBRARIES: Final = frozenset({"numpy", "scipy", "sklearn", "pandas", "torch", "nbgrader", "IPython"})
# These would steer the judge's own control flow: a StopIteration inside map() ends all() early and makes it true.
_STEERING: Final = (StopIteration, StopAsyncIteration, GeneratorExit, KeyboardInterrupt, SystemExit)


def _data_types() -> tuple[type, ...]:
    """The types of plain data, with those of the libraries that are imported."""
    found: list[type] = [int, float, complex, str, bytes, bytearray, list, tuple, dict, set, frozenset, range]
    found += [np.ndarray, np.generic]
    for library, names in (("torch", ("Tensor",)), ("pandas", ("DataFrame", "Series"))):
        found += [getattr(sys.modules[library], name) for name in names if hasattr(sys.modules.get(library), name)]
    return tuple(found)


@functools.cache
def _public(types: tuple[type, ...]) -> set[str]:
    return {name for kind in types for name in dir(kind) if not name.startswith("_")}


def _is_model(kind: type) -> bool:
    """Whether a class is one of networks or estimators, which have methods of plain data's names (`apply`, `to`)."""
    torch, sklearn = sys.modules.get("torch"), sys.modules.get("sklearn.base")
    known = [torch.nn.Module] if torch is not None and hasattr(torch, "nn") else []
    known += [sklearn.BaseEstimator] if sklearn is not None else []
    return issubclass(kind, tuple(known))


class Door:
    """Asks the student's process for names, attributes and calls, and makes stand-ins of what stays there.

    Args:
        student: the process.
        namespace: names of the judge's notebook, in which classes that both sides share are looked up.
    """

    def __init__(self, student: Student, namespace: Mapping[str, Any] | None = None) -> None:
        self.student = student
        self.namespace = {} if namespace is None else namespace
        self.shared: set[str] = set()
        self.owned: Mapping[str, Any] = {}
        self.interfaces: dict[str, set[str]] = {}
        self.deadline = time.monotonic() + 60.0
        self.seconds = 60.0
        self.late = False
        self.busy = False
        self.share_random_state = False
        self._seed = 0
        self._closed = False
        self._released: list[tuple[int, int]] = []
        self._received: dict[int, int] = {}
        self._stand_ins: weakref.WeakValueDictionary[int, Any] = weakref.WeakValueDictionary()
        self._exceptions: dict[str, type[Exception]] = {}
        self._exposed: list[object] = []

    # Time

    def start_clock(self, seconds: float, seed: int, share_random_state: bool = False) -> None:
        """Give what follows `seconds` seconds, and draw its random states from `seed`."""
        self.seconds = seconds
        self.deadline = time.monotonic() + seconds
        self.late = False
        self._seed = seed
        self.share_random_state = share_random_state

    @property
    def closed(self) -> bool:
        """Whether the student's process is gone."""
        return self._closed

    # Requests

    def run_cell(self, source: str, name: str, output_bytes: int) -> Any:
        """Run a cell of the student's notebook and return what its process reports."""
        return self._exchange("cell", source, name, output_bytes, seeds=self._seeds())

    def write_files(self, files: Mapping[str, bytes]) -> None:
        """Put the assignment's data files into the student's working folder."""
        self._exchange("files", dict(files))

    def names(self, wanted: list[str]) -> dict[str, Any]:
        """The student's values of those of the wanted names that exist."""
        found: dict[str, Any] = {}
        for name in self.ask("names", wanted):
            if type(name) is str and name in wanted:
                found[name] = self.value(name)
        return found

    def value(self, name: str) -> Any:
        """The student's value of one name: plain data, a stand-in, or a stand-in that refuses every use."""
        try:
            return self.ask("name", name)
        except DoorError as error:
            return StandIn(self, Refusal(str(error)))

    def ask(self, operation: str, *arguments: object) -> Any:
        """One request; the reply is plain data and stand-ins.

        Raises:
            DoorError: something does not pass.
            Interrupted: time is up, or the student's process is gone.
            Exception: what the student's code raised, as the nearest type the judge knows.
        """
        seeded = operation in ("call", "operator")
        reply = self._exchange(operation, *arguments, seeds=self._seeds() if seeded else None)
        if self.late:
            raise self.too_late()
        return reply

    def too_late(self) -> Interrupted:
        """What to raise when the time of the present cell is over."""
        return Interrupted("timed out", f"It took longer than {self.seconds:g} seconds and was stopped.")

    def gone(self) -> Interrupted:
        """What to raise when the student's process has ended."""
        why = self.student.ended()
        sentence = {
            "memory": "The notebook used more memory than it may, so its process was ended.",
            "processes": "The notebook started more processes than it may, so its process was ended.",
            "timed out": "The code did not stop when its time was over, so its process was ended.",
        }.get(why, "The notebook's process ended (it was told to exit, or it crashed).")
        return Interrupted({"processes": "crashed"}.get(why, why), sentence)

    def _exchange(self, operation: str, *arguments: object, seeds: object = None) -> Any:
        if self._closed:
            raise self.gone()
        if self.late or time.monotonic() >= self.deadline:
            self.late = True
            raise self.too_late()
        released, self._released = self._released, []
        deleted = [name for name in self.owned if name not in self.namespace]
        frame = self._outgoing((operation, arguments, seeds, released, deleted))
        was_busy, self.busy = self.busy, True
        try:
            self.student.wire.send(frame, self.deadline + GRACE)
            return self._reply()
        except (Gone, TooLate) as error:
            self._closed = True
            if isinstance(error, TooLate):
                self.late = True
                self.student.end("timed out")
            else:
                self.student.ended()
                self.student.end("crashed")
            raise self.gone() from None
        finally:
            self.busy = was_busy

    def _reply(self) -> Any:
        until = self.deadline
        interruptions = 0
        while True:
            try:
                data = self.student.wire.receive(MAX_BYTES + 4096, until)
            except TooLate:
                # An honest cell stops at the first KeyboardInterrupt; one that catches it gets two more.
                self.late = True
                interruptions += 1
                if interruptions > 3:
                    raise
                self.student.signal(signal.SIGINT)
                until = time.monotonic() + GRACE / 2
                continue
            try:
                kind, *content = unpack(data, self.adopt)
            except (PlainError, TypeError, ValueError) as error:
                raise DoorError(f"A value did not pass: {error}") from None
            if kind == "value" and len(content) == 1:
                return content[0]
            if kind == "raise" and len(content) == 2:
                raise self._error(content[0], content[1])
            if kind == "refuse" and len(content) == 1:
                raise DoorError(str(content[0])[:500])
            if kind == "back" and len(content) == 4:
                self.student.wire.send(self._answer(*content), self.deadline + GRACE)
                continue
            raise Gone

    def _seeds(self) -> object:
        self._seed = (self._seed * 6364136223846793005 + 1442695040888963407) % 2**63
        if not self.share_random_state:
            return self._seed >> 31
        # A test that seeds the global generators expects the student's function to draw from them.
        torch = sys.modules.get("torch")
        states = (random.getstate(), np.random.get_state(), torch.get_rng_state().numpy() if torch else None)  # noqa: NPY002
        random.random()
        np.random.random_sample()  # noqa: NPY002
        if torch:
            torch.rand(1)
        return states

    # What comes in

    def adopt(self, what: Handle | Refusal) -> Any:
        """What stands in the judge for an object that stayed with the student, or for a value that did not pass."""
        if isinstance(what, Refusal):
            return StandIn(self, what)
        self._received[what.number] = self._received.get(what.number, 0) + 1
        known = self._stand_ins.get(what.number)
        if known is not None:
            return known
        base = self._exception(what.bases) if what.kind == "class" else None
        made: Any = StandIn(self, what)
        if base is not None and what.name.isidentifier():
            made = self._exceptions.setdefault(what.name, type(what.name, (base,), {"__module__": "__main__"}))
        self._stand_ins[what.number] = made
        return made

    def _error(self, bases: object, text: object) -> Exception:
        if type(text) is not str or type(bases) is not list:
            raise Gone
        pairs = tuple(
            (str(pair[0]), str(pair[1])) for pair in bases[:32] if type(pair) in (list, tuple) and len(pair) == 2
        )
        kind = self._exception(pairs)
        if kind is None or issubclass(kind, _STEERING):
            name = pairs[0][1] if pairs else "exception"
            kind, text = RuntimeError, f"{name}: {text}" if text else f"the code raised {name}"
        try:
            error = kind(text[:4000])
        except Exception:
            error = ValueError(text[:4000])
        error.from_student = True  # type: ignore[attr-defined]
        return error

    def _exception(self, bases: tuple[tuple[str, str], ...]) -> type[Exception] | None:
        for module, name in bases:
            found: object = None
            if module == "builtins":
                found = getattr(builtins, name, None)
            elif module == "__main__":
                found = self._exceptions.get(name) or (self.namespace.get(name) if name in self.shared else None)
            elif module.partition(".")[0] in _EXCEPTION_LIBRARIES and module in sys.modules:
                found = vars(sys.modules[module]).get(name)
            if isinstance(found, type) and issubclass(found, Exception):
                return found
        return None

    def base(self, bases: tuple[tuple[str, str], ...]) -> type | None:
        """The first of the declared bases that the judge knows already; nothing is imported for it."""
        for module, qualified in bases:
            if module == "builtins":
                continue
            if module == "__main__":
                found = self.namespace.get(qualified) if qualified in self.shared else None
            else:
                found = vars(sys.modules[module]).get(qualified) if module in sys.modules else None
            if isinstance(found, type) and not issubclass(found, _data_types()):
                return found
        return None

    def allows(self, what: Handle, name: str) -> bool:
        """Whether a check may use an attribute or an operator of an object that stays with the student.

        Where a check expects plain data, an object with the same methods would see what it is compared with and agree.
        So the methods and operators of plain data are asked only of objects whose class the instructor's solution
        defines, with what it defines, or of networks and estimators.
        """
        for module, qualified in what.bases:
            if module == "__main__" and name in self.interfaces.get(qualified, ()):
                return True
        if name.startswith("__") and name.endswith("__"):
            return False
        if name not in _public(_data_types()):
            return True
        found = self.base(what.bases)
        return found is not None and hasattr(found, name) and (found.__module__ == "__main__" or _is_model(found))

    def release(self, number: int) -> None:
        """Tell the student's process, with the next request, that an object is no longer needed here."""
        # The count tells a number that was sent again in the meantime from one that was not.
        self._released.append((number, self._received.pop(number, 0)))

    # What goes out

    def _outgoing(self, message: object) -> bytes:
        out = io.BytesIO()
        pickler = Outgoing(out, self)
        try:
            pickler.dump(message)
        except DoorError:
            raise
        except Exception as error:
            raise DoorError(
                f"The check passes something to your code that cannot travel ({type(error).__name__})."
            ) from None
        return out.getvalue()

    def expose(self, thing: object) -> int:
        """Number an object of the judge's notebook that the student's process may call back."""
        for number, known in enumerate(self._exposed):
            if known is thing:
                return number
        self._exposed.append(thing)
        return len(self._exposed) - 1

    def _answer(self, number: object, operation: object, arguments: object, named: object) -> bytes:
        """Serve a request of the student's process about an object that the judge passed to it."""
        was_busy, self.busy = self.busy, False
        try:
            if type(number) is not int or not 0 <= number < len(self._exposed) or type(arguments) is not list:
                raise DoorError("There is no such object.")
            thing: Any = self._exposed[number]
            result: object
            if operation == "call" and callable(thing) and type(named) is dict:
                result = thing(*arguments, **named)
            elif operation == "next" and isinstance(thing, Iterator):
                result = next(thing)
            elif operation == "len":
                result = len(thing)
            elif operation == "item":
                result = thing[arguments[0]]
            elif operation == "get":
                result = self._public(thing, arguments[0])
            else:
                raise TypeError(f"{type(thing).__name__} does not allow this here")
            return self._outgoing(("value", result))
        except Interrupted as error:
            self.late = True
            return self._outgoing(("raise", "TimeoutError", str(error)))
        # The error belongs to the student's call; SystemExit in an instructor's function must not end the judge either.
        except BaseException as error:
            return self._outgoing(("raise", type(error).__name__, str(error)[:1000]))
        finally:
            self.busy = was_busy

    def _public(self, thing: object, name: object) -> object:
        if type(name) is not str or name.startswith("_"):
            raise AttributeError("only public attributes of what a check passes can be read")
        value = getattr(thing, name)
        if isinstance(value, types.MethodType) and value.__self__ is thing:
            return value

        def refuse(_: object) -> NoReturn:
            raise PlainError

        try:
            pack(value, refuse)
        except PlainError:
            raise AttributeError(f"the attribute {name!r} of what the check passed does not travel") from None
        return value
