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

How a figure reaches a page. The cell's output has two forms. JupyterLab with a kernel takes the widget. Everything
else takes the HTML: the module, what it imports, the data and the present state, compressed, in one script that loads
nothing from elsewhere. nbconvert and Sphinx prefer the widget form whenever the notebook stores the states of its
widgets, and would then fetch code from another host, so pages are made with
``--ExecutePreprocessor.store_widget_state=False``.
"""

from __future__ import annotations

import base64
import gzip
import html
import json
import re
import threading
import uuid
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

import anywidget
import numpy as np
import traitlets

from utils.widgets import memory
from utils.widgets.fields import Field

_FOLDER = Path(__file__).parent
_IMPORT = re.compile(r"""^(?:import|export)\b[^;"']*\bfrom\s+"\./([\w-]+\.js)";$""", re.MULTILINE)
_DTYPES = ("float16", "float32", "float64", "int8", "int16", "int32", "uint8", "uint16", "uint32")


class Outdated(Exception):
    """Raised inside :meth:`Figure.answer` by `report` when the reader has meanwhile asked for something else."""


@cache
def bundle(name: str) -> str:
    """One module that holds a module of this folder and all that it imports, and fetches nothing.

    Each source stays a module of its own; the bundle makes an address of each in the browser's memory.

    Args:
        name: file name, such as ``"clustering.js"``; its imports read ``from "./figure.js"``.

    Raises:
        FileNotFoundError: if a module does not exist.
    """
    sources: dict[str, str] = {}

    def add(file: str) -> None:
        if file in sources:
            return
        source = (_FOLDER / file).read_text(encoding="utf-8")
        for imported in _IMPORT.findall(source):
            add(imported)
        sources[file] = source  # after what it imports

    add(name)
    return _BUNDLE.replace("NAME", json.dumps(name)).replace("SOURCES", json.dumps(sources, ensure_ascii=False))


def encode(data: Any, binary: Callable[[bytes], Any] = memoryview) -> Any:
    """Nested data as JSON can carry it: each array becomes its dtype, shape and bytes (little-endian, in C order).

    Args:
        data: dictionaries with string keys, lists, tuples, texts, numbers, None, and NumPy arrays.
        binary: turns the bytes of an array into what is sent: a buffer, or base64 text.

    Raises:
        TypeError: if something is none of these, or an array's dtype is not one that a browser can read.

    Example:
        >>> encode({"codes": np.zeros((2, 1), np.float16)}, len)
        {'codes': {'dtype': 'float16', 'shape': [2, 1], 'buffer': 4}}
    """
    if isinstance(data, Mapping):
        return {str(key): encode(value, binary) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [encode(value, binary) for value in data]
    if isinstance(data, np.ndarray):
        if data.dtype.name not in _DTYPES:
            raise TypeError(f"An array has dtype {data.dtype}, but a figure takes {', '.join(_DTYPES)}: convert it.")
        little = np.ascontiguousarray(data.astype(data.dtype.newbyteorder("<"), copy=False))
        return {"dtype": data.dtype.name, "shape": list(data.shape), "buffer": binary(little.tobytes())}
    if isinstance(data, np.generic):
        return data.item()
    if data is None or isinstance(data, str | bool | int | float):
        return data
    raise TypeError(f"{type(data).__name__} cannot be sent to a figure: give texts, numbers, lists, dicts or arrays.")


class Figure(anywidget.AnyWidget):
    """The base of an interactive figure; see the module's docstring.

    Attributes:
        module: file name of the ES module in this folder.
        data: what was sent to the module.
        fields: name -> the kind of value that the state has under this name.
        state: name -> value. Assign a dict to move the figure; names that it lacks keep their values.
        remembered: what the learner predicted and which tasks are done, as stored on disk (see ``memory``).
    """

    module: ClassVar[str]

    _esm = traitlets.Unicode().tag(sync=True)
    _data = traitlets.Dict().tag(sync=True, to_json=lambda value, _: encode(value))
    _fields = traitlets.Dict().tag(sync=True)
    _code = traitlets.Unicode().tag(sync=True)
    _start = traitlets.Dict().tag(sync=True)
    state = traitlets.Dict().tag(sync=True)
    remembered = traitlets.Dict().tag(sync=True)

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
        self.data, self.fields, self._fallback = dict(data), dict(fields), fallback
        self._view: tuple[str, Mapping[str, Any]] | None = None
        self._requests, self._newest = threading.Lock(), 0
        start = {name: kind.default for name, kind in self.fields.items()} | dict(state or {})
        super().__init__(
            _esm=bundle(self.module),
            _data=self.data,
            _fields={name: kind.describe() for name, kind in self.fields.items()},
            _code=code,
            state=start,
            remembered=memory.load(),
        )
        self._start = self.state
        self.on_msg(self._on_message)

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
        given = proposal["value"]
        unknown = [name for name in given if name not in self.fields]
        if unknown:
            raise ValueError(
                f"The figure's state has no {', '.join(map(repr, unknown))}: its fields are {', '.join(self.fields)}."
            )
        state = {**self.state, **{name: self.fields[name].check(name, value) for name, value in given.items()}}
        self.check(state)
        return state

    def _on_message(self, _: Any, content: Mapping[str, Any], __: Any) -> None:
        kind = content.get("kind")
        if kind == "remember":
            memory.save(str(content["key"]), content["value"])
            self.remembered = memory.load()
        elif kind == "forget":
            memory.clear(str(content["prefix"]))
            self.remembered = memory.load()
        elif kind == "ask":
            with self._requests:
                self._newest = max(self._newest, int(content["id"]))
            threading.Thread(target=self._answer, args=(int(content["id"]), content["request"]), daemon=True).start()
        elif kind == "cancel":
            with self._requests:
                self._newest += 1

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

    def to_html(self) -> str:
        """The figure in its present state as HTML that moves by itself: module and data inlined, nothing fetched."""

        def text(content: bytes) -> str:
            return base64.b64encode(content).decode("ascii")

        payload = {
            "module": bundle(self.module),
            "data": encode(self.data, text),
            "fields": self._fields,
            "state": self.state,
            "start": self._start,
        }
        packed = text(gzip.compress(json.dumps(payload, ensure_ascii=False).encode(), mtime=0))
        return _PAGE.format(id=f"figure-{uuid.uuid4().hex}", fallback=html.escape(self._fallback), packed=packed)

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        bundles = super()._repr_mimebundle_(**kwargs)
        if bundles is None:
            return None
        content, metadata = bundles
        content["text/plain"] = f"{type(self).__name__}: {self._fallback}"
        content["text/html"] = self.to_html()
        return content, metadata


_BUNDLE = """const sources = SOURCES;
const addresses = {};
const imports = /^((?:import|export)\\b[^;"']*\\bfrom\\s+)"\\.\\/([\\w-]+\\.js)";$/gm;
for (const [name, source] of Object.entries(sources)) {
  const text = source.replace(imports, (_, head, file) => `${head}"${addresses[file]}";`);
  addresses[name] = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
}
const { default: module } = await import(addresses[NAME]);
export default module;
"""

_PAGE = """<div class="which-is-better-figure" id="{id}"><p><em>{fallback} (This figure moves where scripts run: \
run the cell, or trust the notebook.)</em></p></div>
<script type="module">
const host = document.getElementById("{id}");
const bytes = Uint8Array.from(atob("{packed}"), (c) => c.charCodeAt(0));
const plain = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
const payload = JSON.parse(await new Response(plain).text());
const address = URL.createObjectURL(new Blob([payload.module], {{ type: "text/javascript" }}));
(await import(address)).default.mount(host, payload);
</script>
"""
