"""Widgets that also move in a page without a kernel: one module, inlined with what it needs.

A cell's output has two forms. JupyterLab with a kernel takes the widget. Everything else takes the HTML: the module,
what it imports, and its data, compressed, in one script that loads nothing from elsewhere. nbconvert and Sphinx prefer
the widget whenever the notebook stores the states of its widgets, and would then fetch code from another host, so pages
are made with ``--ExecutePreprocessor.store_widget_state=False``. A notebook that is opened again before its cells were
run shows "model not found" in place of the widget, as for every Jupyter widget: run the cell.
"""

from __future__ import annotations

import base64
import gzip
import html
import json
import re
import uuid
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

import anywidget
import numpy as np
import traitlets

from utils.widgets import memory

_FOLDER = Path(__file__).parent
_IMPORT = re.compile(r"""^(?:import|export)\b[^;"']*\bfrom\s+"\./([\w-]+\.js)";$""", re.MULTILINE)
_DTYPES = ("float16", "float32", "float64", "int8", "int16", "int32", "uint8", "uint16", "uint32")


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


class PageWidget(anywidget.AnyWidget):
    """A widget whose module runs in JupyterLab and in a page.

    Attributes:
        module: file name of the ES module in this folder; its default export has ``render({model, el})`` for JupyterLab
            and ``mount(host, payload)`` for a page.
        remembered: what the learner answered and finished, as stored on disk (see ``memory``).
    """

    module: ClassVar[str]

    _esm = traitlets.Unicode().tag(sync=True)
    remembered = traitlets.Dict().tag(sync=True)

    def __init__(self, fallback: str, **traits: Any) -> None:
        """Build the widget.

        Args:
            fallback: what stands in the page where scripts do not run.
            **traits: values of the subclass's traits.
        """
        self._fallback = fallback
        super().__init__(_esm=bundle(self.module), remembered=memory.load(), **traits)
        self.on_msg(self._on_message)

    def payload(self) -> dict[str, Any]:
        """What the module's ``mount`` gets in a page, as JSON."""
        raise NotImplementedError

    def to_html(self) -> str:
        """The widget in its present state as HTML that moves by itself: everything inlined, nothing fetched."""
        content = {"module": bundle(self.module), **self.payload()}
        packed = base64_text(gzip.compress(json.dumps(content, ensure_ascii=False).encode(), mtime=0))
        return _PAGE.format(id=f"figure-{uuid.uuid4().hex}", fallback=html.escape(self._fallback), packed=packed)

    def _on_message(self, _: Any, content: Mapping[str, Any], __: Any) -> None:
        if content.get("kind") == "remember":
            memory.save(str(content["key"]), content["value"])
            self.remembered = memory.load()
        elif content.get("kind") == "forget":
            memory.clear(str(content["prefix"]))
            self.remembered = memory.load()

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        bundles = super()._repr_mimebundle_(**kwargs)
        if bundles is None:
            return None
        content, metadata = bundles
        content["text/plain"] = f"{type(self).__name__}: {self._fallback}"
        content["text/html"] = self.to_html()
        return content, metadata


def base64_text(content: bytes) -> str:
    """Bytes as base64 text."""
    return base64.b64encode(content).decode("ascii")


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
