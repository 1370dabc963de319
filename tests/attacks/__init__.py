"""Hostile submissions: each a small named builder that turns the handed-out notebook into an attack.

A builder takes the release's bytes and returns the submission's. Its docstring says in one sentence what it tries. To
add one, write a function in the module of its theme and decorate it with `@attack(...)`; tests and bench find it.
"""

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

Builder = Callable[[bytes], bytes]

PORT = "PORT-ON-LOOPBACK"
CAMPUS = "FOLDER-OF-THE-COURSE"
"""What an attacker can know of the host, put into a submission by whoever runs it: a port where the host listens on
loopback, and the folder with the instructor's notebook, the gradebook and everybody's work."""


@dataclass(frozen=True)
class Attack:
    """One hostile submission.

    Attributes:
        name: the builder's name, in words.
        theme: the module it stands in.
        sentence: what it tries.
        build: makes the submission from the release.
        deserved: points that its honest part is worth: the most it may get.
        keeps: points that it must not lose, because the work for them is right.
        limits: limits to grade it under, where the default would make the test long.
        remarked: whether the grader has to say that something was wrong with the file.
        stock: whether stock nbgrader may run it, inside a sandbox of its own.
        slow: whether it takes more than a few seconds.
    """

    name: str
    theme: str
    sentence: str
    build: Builder
    deserved: float = 0.0
    keeps: float = 0.0
    limits: Mapping[str, Any] = field(default_factory=dict)
    remarked: bool = False
    stock: bool = True
    slow: bool = False


_found: list[Attack] = []


def attack(deserved: float = 0.0, keeps: float = 0.0, **how: Any) -> Callable[[Builder], Builder]:
    """Enter the decorated builder; the arguments are the fields of `Attack`."""

    def enter(build: Builder) -> Builder:
        sentence = inspect.getdoc(build)
        if not sentence:
            raise ValueError(f"The attack {build.__name__} needs a docstring: say in one sentence what it tries.")
        _found.append(
            Attack(
                build.__name__.replace("_", "-"),
                build.__module__.rpartition(".")[2],
                " ".join(sentence.split()),
                build,
                deserved,
                keeps,
                **how,
            )
        )
        return build

    return enter


@cache
def attacks() -> tuple[Attack, ...]:
    """Every attack of every theme."""
    for module in pkgutil.iter_modules(__path__, f"{__name__}."):
        importlib.import_module(module.name)
    return tuple(_found)
