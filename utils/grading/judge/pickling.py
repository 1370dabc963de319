"""What the judge passes to the student's process: copies of data; what belongs to the judge's notebook stays there."""

from __future__ import annotations

import functools
import importlib
import io
import pickle
import sys
import types
from typing import TYPE_CHECKING, Any

from utils.grading.judge.proxies import StandIn, number_of
from utils.grading.protocol import references as tokens

if TYPE_CHECKING:
    from utils.grading.judge.client import Door


class Outgoing(pickle.Pickler):
    """Pickles arguments; objects that belong to the judge's notebook become numbers."""

    def __init__(self, out: io.BytesIO, door: Door) -> None:
        super().__init__(out, protocol=5)
        self.door = door

    def reducer_override(self, thing: Any) -> Any:
        if type(thing) is StandIn:
            return tokens.mine, (number_of(thing),)
        if isinstance(thing, types.ModuleType):
            return importlib.import_module, (thing.__name__,)
        if isinstance(thing, type) and thing.__module__ == "__main__" and thing.__qualname__ in self.door.shared:
            return tokens.named, (thing.__qualname__,)
        if isinstance(thing, (type, types.FunctionType, types.BuiltinFunctionType)):
            return NotImplemented if _importable(thing) else self.exposed(thing)
        if self.local(thing):
            return self.exposed(thing)
        try:
            reduced = thing.__reduce_ex__(5)
        except Exception:
            return self.exposed(thing)
        return reduced if isinstance(reduced, tuple) else NotImplemented

    def exposed(self, thing: Any) -> Any:
        return tokens.yours, (self.door.expose(thing), getattr(thing, "__name__", type(thing).__name__))

    def local(self, thing: Any) -> bool:
        """Whether an instance belongs to the judge's notebook, or holds code that does."""
        if isinstance(thing, types.MethodType):
            return self.local(thing.__self__)
        if isinstance(thing, functools.partial):
            return not _importable(thing.func)
        torch = sys.modules.get("torch")
        if torch is not None and isinstance(thing, torch.nn.Module):
            return any(type(part).__module__ == "__main__" for part in thing.modules())
        kind = type(thing)
        return kind.__module__ == "__main__" and kind.__qualname__ not in self.door.shared


def _importable(thing: Any) -> bool:
    """Whether the student's process finds the same function or class in an installed module."""
    module = sys.modules.get(getattr(thing, "__module__", None) or "__main__")
    if module is None or module.__name__ == "__main__":
        return False
    found: object = module
    for part in thing.__qualname__.split("."):
        found = getattr(found, part, None)
    return found is thing
