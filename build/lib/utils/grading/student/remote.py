"""`RemoteObject`: the student's side of an object of the judge's notebook."""

import builtins
from collections.abc import Callable
from typing import Any, Final, Protocol


class Connection(Protocol):
    """The method of the server that a remote object needs."""

    def ask_judge(self, number: int, operation: str, arguments: list[Any], keywords: dict[str, Any]) -> Any:
        """Use an object of the judge."""


_OPERATORS: Final = """
    add sub mul matmul truediv floordiv mod pow and or xor radd rsub rmul rmatmul rtruediv rfloordiv rmod rpow neg pos
    abs invert eq ne lt le gt ge contains setitem delitem enter exit
"""


class RemoteObject:
    """An object of the judge's notebook; it stays there, and every use of it is a request to the judge.

    Args:
        server: sends requests to the judge.
        number: the judge's number of the object.
        name: the object's own name, or its type's.
    """

    def __init__(self, server: Connection, number: int, name: str) -> None:
        object.__setattr__(self, "_server", server)
        object.__setattr__(self, "_number", number)
        object.__setattr__(self, "__name__", name)
        object.__setattr__(self, "__qualname__", name)

    # No built-in function is used in these methods, because a check may have replaced it.

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._server.ask_judge(self._number, "call", [*args], kwargs)

    def __getattr__(self, name: str) -> Any:
        if not name.startswith("_"):
            return self._server.ask_judge(self._number, "get", [name], {})
        raise AttributeError(name)

    def __setattr__(self, name: str, value: object) -> None:
        self._server.ask_judge(self._number, "set", [name, value], {})

    def __iter__(self) -> Any:
        return self._server.ask_judge(self._number, "iterate", [], {})

    def __next__(self) -> Any:
        return self._server.ask_judge(self._number, "next", [], {})

    def __bool__(self) -> bool:
        return self._server.ask_judge(self._number, "bool", [], {}) is True

    def __len__(self) -> int:
        size: int = self._server.ask_judge(self._number, "len", [], {})
        return size

    def __getitem__(self, key: Any) -> Any:
        return self._server.ask_judge(self._number, "item", [key], {})

    def __hash__(self) -> int:
        return int(self._number)

    def __str__(self) -> str:
        return str(self._server.ask_judge(self._number, "str", [], {}))

    def __repr__(self) -> str:
        return str(self._server.ask_judge(self._number, "repr", [], {}))

    def __get__(self, instance: object, owner: type | None = None) -> Any:
        """As a function does: in a class, it is a method."""
        return self if instance is None else lambda *args, **kwargs: self(instance, *args, **kwargs)


# functools.wraps reads the text of the check's own function.
setattr(RemoteObject, "__doc__", property(lambda self: self._server.ask_judge(self._number, "get", ["__doc__"], {})))  # noqa: B010


def _operator(name: str) -> Callable[..., Any]:
    def operate(self: RemoteObject, *operands: Any) -> Any:
        if name == "__exit__":
            # An exception stays in its process; its class and message are sent as text.
            operands = (None, None, None) if operands[0] is None else (operands[0].__name__, f"{operands[1]}", None)
        return self._server.ask_judge(self._number, "operator", [name, *operands], {})

    operate.__name__ = name
    return operate


for _name in _OPERATORS.split():
    setattr(RemoteObject, f"__{_name}__", _operator(f"__{_name}__"))


def error_of(name: str, text: str) -> Exception:
    """The exception that the judge's object raised, as the built-in class of that name or a RuntimeError."""
    kind = getattr(builtins, name, None)
    return (kind if isinstance(kind, type) and issubclass(kind, Exception) else RuntimeError)(text)
