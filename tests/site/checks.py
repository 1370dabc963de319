"""What every page of the site must hold: nothing from another host, no errors, no broken link, accessible, keyboard.

with serve(folder) as address, chromium() as browser:
    assert broken_links(folder) == []
    for page in pages(folder):
        assert_page_works(browser, f"{address}/{page}", theme="dark")
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urldefrag, urlsplit

from playwright.sync_api import Browser, Page, Route

from tests.support.accessibility import assert_accessible

FOCUSABLE = """() => {
    const inside = (e) => (e.shadowRoot ? [e, ...all(e.shadowRoot)] : [e]);
    const all = (root) => [...root.querySelectorAll('*')].flatMap(inside);
    const groups = new Set();
    window.candidates = all(document).filter((e) => {
        const natural = e.matches('a[href], button, input:not([type=hidden]), select, textarea, summary');
        if (!natural && e.getAttribute('tabindex') !== '0') return false;
        if (e.disabled || e.getAttribute('tabindex') === '-1' || e.closest('[inert]')) return false;
        if (!e.checkVisibility({ visibilityProperty: true, contentVisibilityAuto: true })) return false;
        if (e.type === 'radio') {  // one of a group is a stop of the Tab key; arrows lead to the others
            const group = [e.getRootNode(), e.name];
            const known = [...groups].find(([root, name]) => root === group[0] && name === group[1]);
            if (known) return false;
            groups.add(group);
        }
        return true;
    });
    window.reached = new Set();
    document.activeElement?.blur();
    return window.candidates.length;
}"""
FOCUSED = """() => {
    let e = document.activeElement;
    while (e?.shadowRoot?.activeElement) e = e.shadowRoot.activeElement;
    const sameGroup = (other) => other.name === e.name && other.getRootNode() === e.getRootNode();
    const same = (other) => other === e || (e?.type === 'radio' && other.type === 'radio' && sameGroup(other));
    window.candidates.forEach((other, i) => { if (same(other)) window.reached.add(i); });
    return window.reached.size;
}"""
MISSED = """() => window.candidates.filter((_, i) => !window.reached.has(i)).map((e) => e.outerHTML.slice(0, 200))"""


@contextmanager
def serve(folder: Path) -> Iterator[str]:
    """Serve a folder on a free loopback port; the address has no final slash."""
    handler = functools.partial(_Quiet, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def pages(folder: Path) -> list[str]:
    """The addresses of all pages, relative to the folder. What the theme leaves in ``_static`` are fragments."""
    found = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.html"))
    return [page for page in found if not page.startswith("_static/")]


@contextmanager
def open_offline(
    browser: Browser, url: str, *, theme: str = "light", width: int = 1400, height: int = 900
) -> Iterator[tuple[Page, list[str]]]:
    """A page with every other host blocked; and the list of what went wrong: requests that left, failures, errors."""
    # Colours in the middle of a fade are not those that a reader sees.
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme=theme,  # type: ignore[arg-type]
        reduced_motion="reduce",
    )
    page, faults = context.new_page(), []
    origin = "{0.scheme}://{0.netloc}/".format(urlsplit(url))

    def answer(route: Route) -> None:
        if route.request.url.startswith((origin, "data:", "blob:")):
            route.continue_()
        else:
            faults.append(f"a request left for {route.request.url}")
            route.abort()

    context.route("**/*", answer)
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on(
        "response",
        lambda response: faults.append(f"{response.status} {response.url}") if response.status >= 400 else None,
    )
    try:
        page.goto(url, wait_until="load", timeout=60_000)
        page.wait_for_function(
            "() => [...document.querySelectorAll('.which-is-better-figure, .which-is-better-question')]"
            ".every((host) => host.shadowRoot)",
            timeout=60_000,
        )
        yield page, faults
    finally:
        context.close()


def assert_page_works(browser: Browser, url: str, *, theme: str = "light", width: int = 1400) -> None:
    """A page loads without faults, is accessible folded and unfolded, and is not wider than the window."""
    with open_offline(browser, url, theme=theme, width=width) as (page, faults):
        assert page.evaluate("document.documentElement.dataset.theme") == theme
        assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{url} is wider than the window"
        page.evaluate("scrollTo(0, document.body.scrollHeight)")
        page.wait_for_load_state("networkidle")
        assert not faults, f"{url}: {faults}"
        assert_accessible(page)  # asks for style sheets itself, so that later faults are not the page's
        page.evaluate("document.querySelectorAll('main details').forEach((details) => { details.open = true; })")
        assert_accessible(page)


def keyboard_misses(page: Page) -> list[str]:
    """What could have the focus in a page, but never gets it by the Tab key, as the beginning of its HTML."""
    count = page.evaluate(FOCUSABLE)
    assert count > 3, "a page has links"
    for _ in range(count + 30):
        page.keyboard.press("Tab")
        if page.evaluate(FOCUSED) == count:
            break
    missed: list[str] = page.evaluate(MISSED)
    return missed


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in ("id", "name") and value:
                self.ids.add(value)
            elif name in ("href", "src") and value:
                self.links.append(value)


def broken_links(folder: Path) -> list[str]:
    """Links and images of the site that lead nowhere inside it: "page: link"."""
    folder = folder.resolve()
    parsed: dict[Path, _Links] = {}
    for page in pages(folder):
        parser = _Links()
        parser.feed((folder / page).read_text("utf-8"))
        parsed[folder / page] = parser
    broken = []
    for page, parser in parsed.items():
        for link in parser.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            address, fragment = urldefrag(link)
            target = (page.parent / unquote(address.partition("?")[0])).resolve() if address else page
            exists = target.is_file() and target.is_relative_to(folder)
            known = target not in parsed or not fragment or unquote(fragment) in parsed[target].ids
            # "#" is the theme's link to the beginning of the page.
            if not exists or not (known or link == "#"):
                broken.append(f"{page.relative_to(folder).as_posix()}: {link}")
    return broken
