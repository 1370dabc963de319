"""The base of all interactive figures: data sent once, a state synchronised both ways, and a page without a kernel.

A figure is a subclass of :class:`Figure` and one ES module beside this file. The subclass names the module, its data
and the fields of its state, and computes a view of a state with the functions of ``utils``; the module computes the
same view in the browser and draws it. A test compares them (``tests/support/figures.py``). The docstring at the
top of ``figure.js`` says how to write the module.

How to write the Python side::

    class ThingExplorer(Figure):
        module = "thing.js"                              # beside this file

        def __init__(self, numbers, state=None):
            data = {"numbers": np.asarray(numbers, np.float32), "title": "any JSON, and NumPy arrays"}
            fields = {"k": Whole(2, 30, default=10), "model": OneOf(("B", "D"))}
            super().__init__(data, fields, state, fallback="Numbers, scaled by k.", code="ThingExplorer.from_shipped")

        def compute(self, state):                        # the same definitions as compute() in thing.js
            return {"scaled": self.data["numbers"].astype(float) * state["k"]}

In a notebook ``explorer.state = {"k": 12}`` moves the figure (fields that are not named keep their values),
``explorer.state`` is what the reader chose, and ``explorer.view`` is what follows from it, computed by Python.

How a figure reaches a page: see ``page.py``.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from typing import Any

import traitlets

from utils.widgets.fields import Field
from utils.widgets.page import PageWidget, base64_text, bundle, encode

__all__ = ["Figure", "Outdated", "bundle", "encode"]


class Outdated(Exception):
    """Raised inside :meth:`Figure.answer` by `report` when the reader has meanwhile asked for something else."""


class Figure(PageWidget):
    """The base of an interactive figure; see the module's docstring.

    Attributes:
        module: file name of the ES module in this folder.
        data: what was sent to the module.
        fields: name -> the kind of value that the state has under this name.
        state: name -> value. Assign a dict to move the figure; names that it lacks keep their values.
    """

    _data = traitlets.Dict().tag(sync=True, to_json=lambda value, _: encode(value))
    _fields = traitlets.Dict().tag(sync=True)
    _code = traitlets.Unicode().tag(sync=True)
    _start = traitlets.Dict().tag(sync=True)
    state = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        data: Mapping[str, Any],
        fields: Mapping[str, Field],
        state: Mapping[str, Any] | None = None,
        *,
        fallback: str,
        code: str = "",
    ) -> None:
        """Build the figure.

        Args:
            data: what the module needs, sent once; see :func:`encode`.
            fields: name -> kind of each entry of the state.
            state: values that differ from the defaults.
            fallback: a sentence that stands in the page where scripts do not run.
            code: the Python that builds this figure, such as ``"ClusteringExplorer.from_shipped"``; the figure's button
                "Copy code" adds the state to it.

        Raises:
            ValueError: if the state has an unknown field, or a field a value that it cannot have.
        """
        self.data, self.fields = dict(data), dict(fields)
        self._view: tuple[str, Mapping[str, Any]] | None = None
        self._requests, self._newest = threading.Lock(), 0
        start = {name: kind.default for name, kind in self.fields.items()} | dict(state or {})
        super().__init__(
            fallback,
            _data=self.data,
            _fields={name: kind.describe() for name, kind in self.fields.items()},
            _code=code,
            state=start,
        )
        self._start = self.state

    def compute(self, state: Mapping[str, Any]) -> Mapping[str, Any]:
        """The view of a state, by the functions of ``utils``: what ``compute`` of the module computes as well.

        Args:
            state: a valid state.

        Raises:
            ValueError: if the state is impossible although each of its fields is valid.
        """
        raise NotImplementedError

    def check(self, state: Mapping[str, Any]) -> None:
        """Raise ValueError if a state is impossible although each of its fields is valid. By default, none is."""

    def answer(self, request: Any, report: Callable[[str, float], None]) -> Any:
        """Answer what the module asked with ``ui.ask(request)``, in a thread of its own.

        Args:
            request: JSON from the module.
            report: call ``report(text, share)`` often: it shows how far the answer is, with the share in [0, 1], and
                raises Outdated when a newer request has come, which then ends this one.

        Returns:
            Anything that :func:`encode` can send.
        """
        raise NotImplementedError

    @property
    def view(self) -> Mapping[str, Any]:
        """What follows from the present state, computed by Python when it is asked for."""
        key = json.dumps(self.state, sort_keys=True)
        if self._view is None or self._view[0] != key:
            self._view = key, self.compute(self.state)
        return self._view[1]

    @traitlets.validate("state")
    def _valid_state(self, proposal: Any) -> dict[str, Any]:
        proposed = proposal["value"]
        unknown = [name for name in proposed if name not in self.fields]
        if unknown:
            raise ValueError(
                f"The figure's state has no {', '.join(map(repr, unknown))}: its fields are {', '.join(self.fields)}."
            )
        state = {**self.state, **{name: self.fields[name].check(name, value) for name, value in proposed.items()}}
        self.check(state)
        return state

    def _on_message(self, widget: Any, content: Mapping[str, Any], buffers: Any) -> None:
        if content.get("kind") in ("ask", "cancel"):
            with self._requests:
                self._newest = max(self._newest, int(content["id"]))
        if content.get("kind") == "ask":
            threading.Thread(target=self._answer, args=(int(content["id"]), content["request"]), daemon=True).start()
        elif content.get("kind") != "cancel":
            super()._on_message(widget, content, buffers)

    def _answer(self, number: int, request: Any) -> None:
        def report(text: str, share: float) -> None:
            if number < self._newest:
                raise Outdated
            self.send({"kind": "progress", "id": number, "text": text, "share": share})

        try:
            report("", 0.0)
            buffers: list[bytes] = []

            def attach(content: bytes) -> int:
                buffers.append(content)
                return len(buffers) - 1

            value = encode(self.answer(request, report), attach)
            if number == self._newest:
                self.send({"kind": "answer", "id": number, "value": value}, buffers=buffers)
        except Outdated:
            self.send({"kind": "outdated", "id": number})
        except Exception as error:  # the reader sees every failure of an answer, and the figure goes on
            self.send({"kind": "failed", "id": number, "text": str(error)})

    def payload(self) -> dict[str, Any]:
        return {
            "data": encode(self.data, base64_text),
            "fields": self._fields,
            "state": self.state,
            "start": self._start,
        }
