"""IPython without a kernel's sockets: cells run as in a notebook, and their outputs are collected up to a limit.

Magics, rich output, the display of a last expression, `In` and `Out`, top-level `await` and `%matplotlib inline` behave
as in ipykernel, because they use the same `InteractiveShell`. Text that is written to the process's standard output
directly (by a C library, or by `subprocess.run` without capture) is not shown.
"""

import base64
import builtins
import io
import os
import sys
import tempfile
from typing import Any

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.error import StdinNotImplementedError
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config


class Outputs:
    """The outputs of one cell in nbformat's form, cut when they exceed `limit` bytes."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.items: list[dict[str, Any]] = []
        self.size = 0
        self.cut = False
        self._clear_next = False

    def stream(self, name: str, text: str) -> None:
        """Add printed text."""
        self._before()
        if not (text := self._fit(text)):
            return
        if self.items and self.items[-1].get("name") == name:
            self.items[-1]["parts"].append(text)
        else:
            self.items.append({"output_type": "stream", "name": name, "parts": [text]})

    def data(self, output_type: str, data: dict[str, Any], metadata: dict[str, Any], **more: object) -> None:
        """Add something displayed."""
        self._before()
        encodings = {kind: encoded for kind, value in data.items() if (encoded := _encoded(value)) is not None}
        size = sum(len(value) for value in encodings.values())
        if self.size + size > self.limit:
            self._mark_cut()
            return
        self.size += size
        self.items.append({"output_type": output_type, "data": encodings, "metadata": {}, **more})

    def error(self, name: str, value: str, traceback: list[str]) -> None:
        """Add a traceback; it does not count against the limit, so that a flood before it cannot hide it."""
        self._before()
        lines = [line[:4000] for line in traceback[:40]]
        self.items.append({"output_type": "error", "ename": name, "evalue": value[:4000], "traceback": lines})

    def clear(self, wait: bool = False) -> None:
        """Remove the outputs so far, at once or with the next output, as `clear_output` does."""
        if wait:
            self._clear_next = True
        else:
            self.items.clear()

    def finished(self) -> list[dict[str, Any]]:
        """The outputs, with pieces of text joined."""
        return [
            {**{k: v for k, v in item.items() if k != "parts"}, "text": "".join(item["parts"])}
            if "parts" in item
            else item
            for item in self.items
        ]

    def _before(self) -> None:
        if self._clear_next:
            self._clear_next = False
            self.items.clear()

    def _fit(self, text: str) -> str:
        room = self.limit - self.size
        self.size += len(text)
        if len(text) > room:
            text = text[: max(room, 0)]
            self._mark_cut()
        return text

    def _mark_cut(self) -> None:
        self.size = max(self.size, self.limit)
        if not self.cut:
            self.cut = True
            note = f"\n[The output of this cell was cut at {self.limit >> 10} KiB.]\n"
            self.items.append({"output_type": "stream", "name": "stderr", "parts": [note]})


def _encoded(value: object) -> str | None:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    return value if isinstance(value, str) else None


class _Stream(io.TextIOBase):
    encoding = "utf-8"

    def __init__(self, shell: "Shell", name: str) -> None:
        self._shell = shell
        self._name = name

    @property
    def name(self) -> str:
        return f"<{self._name}>"

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        self._shell.outputs.stream(self._name, text)
        return len(text)


class _Display(DisplayPublisher):
    shell: Any

    def publish(self, data: Any, metadata: Any = None, source: Any = None, **kwargs: Any) -> None:
        self.shell.outputs.data("display_data", data, metadata or {})

    def clear_output(self, wait: bool = False) -> None:
        self.shell.outputs.clear(wait)


class _Results(DisplayHook):
    shell: Any

    def start_displayhook(self) -> None:
        pass

    def write_output_prompt(self) -> None:
        pass

    def write_format_data(self, format_dict: Any, md_dict: Any = None) -> None:
        self.shell.outputs.data("execute_result", format_dict, md_dict or {}, execution_count=self.prompt_count)

    def finish_displayhook(self) -> None:
        pass


class Shell(InteractiveShell):
    """An interactive shell whose cells leave their outputs in `outputs`."""

    displayhook_class = _Results
    display_pub_class = _Display
    outputs = Outputs(2**20)

    def enable_gui(self, gui: Any = None) -> None:
        """No window is opened here; figures are shown inline."""

    def _showtraceback(self, etype: Any, evalue: Any, stb: Any) -> None:
        try:
            text = str(evalue)
        except Exception:
            text = ""
        self.outputs.error(getattr(etype, "__name__", "Error"), text, list(stb))

    def ask_exit(self) -> None:
        """`exit` ends a cell, not the grading of the notebook."""

    def watch(self, limit: int) -> None:
        """Collect what is printed and displayed from now on, at most `limit` bytes of it."""
        self.outputs = Outputs(limit)
        sys.stdout, sys.stderr = _Stream(self, "stdout"), _Stream(self, "stderr")

    def run(self, source: str, limit: int) -> tuple[Any, list[dict[str, Any]]]:
        """Run one cell; return IPython's result and the outputs, at most `limit` bytes of them."""
        self.watch(limit)
        result = self.run_cell(source, store_history=True)  # type: ignore[no-untyped-call]
        return result, self.outputs.finished()


def _no_input(prompt: object = "") -> str:
    raise StdinNotImplementedError(
        "input() was called, but a notebook that is being graded has no keyboard; put the value into the cell."
    )


def make_shell() -> Shell:
    """The one shell of this process, with an empty notebook's names."""
    os.environ.setdefault("MPLBACKEND", "module://matplotlib_inline.backend_inline")
    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "nocolor"
    config.InteractiveShell.cache_size = 1000
    shell: Shell = Shell.instance(config=config, ipython_dir=tempfile.mkdtemp(prefix="ipython-"))
    builtins.input = _no_input
    # The first traceback imports many modules; forks of this process should find them imported.
    shell.run("1 / 0", 2**16)
    shell.reset()  # type: ignore[no-untyped-call]
    shell.execution_count = 1
    return shell
