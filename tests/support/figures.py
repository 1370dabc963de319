"""Figures in a page without a kernel, for tests that drive them and hold their arithmetic against Python.

with chromium() as browser, figure_page(browser, explorer, tmp_path) as (page, errors):
    assert_agreement(page, explorer, [{"k": 12}, {"k": 30}], numbers)
    page.get_by_role("slider", name="k").press("ArrowRight")
    assert state_of(page)["k"] == 11
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Browser, Page, expect

from utils.widgets.figure import Figure
from utils.widgets.page import PageWidget

HOST = ".which-is-better-figure"

_DOCUMENT = """<!doctype html>
<html lang="en" data-theme="{theme}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>A figure</title></head>
<body style="margin: 8px; background: {background}"><main><h1 style="color: {ink}">A figure</h1>
{figures}
</main></body></html>
"""


def write_page(folder: Path, *figures: PageWidget, theme: str = "light", name: str = "figure.html") -> Path:
    """A page that holds figures as a cell's HTML output, and nothing else."""
    background, ink = ("#ffffff", "#000000") if theme == "light" else ("#121212", "#ffffff")
    markup = "\n".join(figure.to_html() for figure in figures)
    path = folder / name
    path.write_text(_DOCUMENT.format(theme=theme, background=background, ink=ink, figures=markup), encoding="utf-8")
    return path


@contextmanager
def figure_page(
    browser: Browser,
    figure: Figure,
    folder: Path,
    *,
    width: int = 1200,
    theme: str = "light",
    touch: bool = False,
    fragment: str = "",
) -> Iterator[tuple[Page, list[str]]]:
    """A page with one figure, ready to move, without any network; and the list that its errors are added to."""
    path = write_page(folder, figure, theme=theme)
    context = browser.new_context(viewport={"width": width, "height": 1000}, has_touch=touch, offline=True)
    page, errors = context.new_page(), []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    try:
        page.goto(path.as_uri() + fragment)
        expect(page.locator(f"{HOST} .words")).not_to_be_empty(timeout=30_000)
        yield page, errors
    finally:
        context.close()


def state_of(page: Page) -> dict[str, Any]:
    """The state of the figure in a page."""
    state: dict[str, Any] = page.locator(HOST).evaluate("host => host.figure.state")
    return state


def view_of(page: Page) -> dict[str, Any]:
    """The view of the figure in a page."""
    view: dict[str, Any] = page.locator(HOST).evaluate("host => host.figure.view")
    return view


def unfold(page: Page) -> None:
    """Open all that is folded in the figures of a page, and wait until the answers stand there."""
    script = f"""async () => {{
        for (const host of document.querySelectorAll({HOST!r})) {{
            for (const details of host.shadowRoot.querySelectorAll("details")) details.open = true;
        }}
        await new Promise((done) => setTimeout(done, 100));
    }}"""
    page.evaluate(script)


def compute_in_page(page: Page, figure: Figure, states: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What the module computes for some states; fields that they lack have the figure's present values."""
    complete = [{**figure.state, **state} for state in states]
    plain = """value => JSON.parse(JSON.stringify(value, (_, v) => ArrayBuffer.isView(v) ? Array.from(v) :
        typeof v === "number" && !Number.isFinite(v) ? String(v) : v))"""
    script = f"""(host, states) => {{
        const plain = {plain};
        return states.map((state) => plain(host.figure.spec.compute(host.figure.data, state)));
    }}"""
    views: list[dict[str, Any]] = page.locator(HOST).evaluate(script, complete)
    return views


def numbers(value: Any) -> Any:
    """A view or a part of it as arrays, however it was sent: NaN and infinities are numbers again."""
    if isinstance(value, Mapping):
        return {key: numbers(item) for key, item in value.items()}
    if value is None:
        return None
    if isinstance(value, str):
        return {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}.get(value, value)
    if isinstance(value, list | tuple):
        return np.array([numbers(item) for item in value])
    return value


def assert_agreement(
    page: Page,
    figure: Figure,
    states: Sequence[Mapping[str, Any]],
    names: Sequence[str],
    tolerance: float = 1e-9,
) -> None:
    """The module and Python compute the same: these entries of the view differ by at most the tolerance."""
    for state, view in zip(states, compute_in_page(page, figure, states), strict=True):
        expected = figure.compute({**figure.state, **state})
        for name in names:
            _assert_close(numbers(view[name]), expected[name], tolerance, f"{name} in {state}")


def _assert_close(actual: Any, expected: Any, tolerance: float, where: str) -> None:
    if isinstance(expected, Mapping):
        assert set(actual) == set(expected), where
        for name in expected:
            _assert_close(actual[name], expected[name], tolerance, f"{name}: {where}")
    elif expected is None or isinstance(expected, str):
        assert actual == expected, where
    else:
        np.testing.assert_allclose(
            np.asarray(actual, float), np.asarray(expected, float), rtol=0, atol=tolerance, err_msg=where
        )
