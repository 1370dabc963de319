"""The common base of the six interactive figures: message, image, layout, keyboard focus and style sheet.

A figure derives from `Explorer`, builds its controls and passes rows of them to `_lay_out`. The pure functions of its
view module compute its content; `cached` remembers their results.
"""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Callable
from functools import lru_cache
from typing import Any, ClassVar

import ipywidgets as widgets
from matplotlib.figure import Figure

cached = lru_cache(maxsize=256)
"""Decorator: remembers the last 256 results of a function, so that a return to an earlier position is instant."""


class Explorer(widgets.VBox):  # type: ignore[misc]
    """The base of an interactive figure.

    All controls are reached with Tab. Arrow keys move sliders, Space presses buttons, and the focus is outlined. No
    figure has drop-down lists: JupyterLab interprets arrow keys and letters typed in them as commands to the notebook.

    Attributes:
        css_class: class of the figure in the page.
        css: rules that only this figure needs, after the common ones; ``&`` stands for the figure, as in nested CSS.
    """

    css_class: ClassVar[str]
    css: ClassVar[str] = ""

    def __init__(self) -> None:
        super().__init__()
        self._message = widgets.HTML()
        self.add_class(self.css_class)

    def _lay_out(self, *rows: Any) -> None:
        """Fill the figure with rows of controls and results, from top to bottom."""
        rules = (_CSS + self.css).replace("&", f".{self.css_class}")
        self.children = [widgets.HTML(f"<style>{rules}</style>"), *rows]

    def _say(self, text: str) -> None:
        """Replace the message by a plain text."""
        self._message.value = f"<p>{html.escape(text)}</p>"

    def _complain(self, error: Exception | str) -> None:
        """Replace the message by an error, which a screen reader announces."""
        self._message.value = f'<p role="alert"><b>{html.escape(str(error))}</b></p>'

    def _attempt(self, action: Callable[[], object]) -> bool:
        """Run the action of a control, and return whether it succeeded; a ValueError becomes the message."""
        try:
            action()
        except ValueError as error:
            self._complain(error)
            return False
        return True


def button(text: str, action: Callable[[], object]) -> widgets.Button:
    """A button as wide as its text that calls ``action``."""
    control = widgets.Button(description=text, layout={"width": "auto"})
    control.on_click(lambda _: action())
    return control


def row(*parts: Any, **layout: str) -> widgets.HBox:
    """Widgets side by side, wrapped where the page is narrow; ``layout`` are further properties of the row."""
    return widgets.HBox(parts, layout=widgets.Layout(flex_flow="row wrap", **layout))


def figure_image(figure: Figure, alt: str) -> str:
    """A matplotlib figure as an HTML image with alternative text.

    `utils.plotting.figure_html` crops the figure and stores it for dense screens, which takes about three times as
    long and three times the bytes: too slow for an image that follows a slider.
    """
    stream = io.BytesIO()
    figure.savefig(stream, format="png", pil_kwargs={"compress_level": 1})
    return png_image(stream.getvalue(), alt)


def png_image(png: bytes, alt: str) -> str:
    """The bytes of a PNG file as an HTML image with alternative text."""
    return (
        f'<img alt="{html.escape(alt)}" style="max-width: 100%; height: auto" '
        f'src="data:image/png;base64,{base64.b64encode(png).decode("ascii")}">'
    )


# A bar is a <div class="bar"> with <b> as its length, <i> as a tick and <u> as an interval.
_CSS = """
& :is(.noUi-handle, button, input, .widget-readout):focus-visible { outline: 3px solid #d55e00; outline-offset: 1px; }
& .widget-toggle-buttons { display: flex; align-items: center; }
& .widget-toggle-buttons > label { flex: 0 0 7.5em; text-align: right; margin-right: 4px; }
& table { border-collapse: collapse; font-size: 12px; margin: 4px 16px 8px 0; line-height: 1.35; }
& caption { text-align: left; font-weight: 600; padding-bottom: 2px; }
& .bar { position: relative; width: 14em; height: 1em; background: rgb(128 128 128 / 0.15); }
& .bar b { display: block; height: 100%; background: #56b4e9; }
& .bar i {
  position: absolute; top: -1px; width: 3px; height: calc(100% + 2px); margin-left: -1px; background: currentcolor;
}
& .bar u { position: absolute; top: 45%; height: 2px; background: #d55e00; }
"""
