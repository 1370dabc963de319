"""A real JupyterLab and a real Chromium for tests, both alone in a folder of their own.

    with jupyterlab(tmp_path) as lab, chromium() as browser, open_notebook(browser, lab, "lecture.ipynb") as notebook:
        cell = notebook.run_cell("ClusteringExplorer")
        cell.get_by_role("slider").first.press("ArrowRight")
        notebook.page.screenshot(path=artefact("lecture.png"))
        assert notebook.errors == []

`tmp_path` is the folder that JupyterLab serves: put a copy of the notebook there, since JupyterLab saves by itself.
"""

import json
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import psutil
import pytest
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from tests.support import ARTEFACTS

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium; apt install chromium")

_FINISHED = re.compile(r"\[\d+\]")
_SETTINGS = {
    "@jupyterlab/apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    # A cell that is scrolled away stays in the page, where a locator finds it.
    "@jupyterlab/notebook-extension/tracker": {"windowingMode": "none"},
}


@dataclass(frozen=True)
class Lab:
    """A running JupyterLab: its address, which ends in a slash, its token, and the folder it serves."""

    url: str
    token: str
    root: Path


@dataclass
class Notebook:
    """A notebook open in JupyterLab, its kernel idle; `errors` is what the page reported as errors so far."""

    page: Page
    errors: list[str] = field(default_factory=list)

    def cell(self, containing: str) -> Locator:
        """The one code cell whose source contains this text."""
        source = self.page.locator(".jp-InputArea-editor").filter(has_text=containing)
        cell = self.page.locator(".jp-CodeCell").filter(has=source)
        expect(cell).to_have_count(1)
        return cell

    def run_cell(self, containing: str, timeout: float = 120) -> Locator:
        """Run the code cell whose source contains this text; return it when it has finished without an error."""
        cell = self.cell(containing)
        prompt = cell.locator(".jp-InputPrompt").first
        before = prompt.inner_text()
        # JupyterLab drops an order to run, silently, while the connection to the kernel is still being made.
        for _ in range(15):
            cell.locator(".cm-content").click()
            self.page.keyboard.press("Control+Enter")
            with suppress(AssertionError):
                expect(prompt).not_to_have_text(before, timeout=2_000)
                break
        expect(prompt).to_have_text(_FINISHED, timeout=1000 * timeout)
        failure = cell.locator('[data-mime-type="application/vnd.jupyter.error"]')
        if failure.count():
            pytest.fail(f"The cell with {containing!r} ended in an error:\n{failure.first.inner_text()}")
        return cell


@contextmanager
def jupyterlab(
    root: Path, arguments: Sequence[str] = (), environment: Mapping[str, str] | None = None, theme: str = "light"
) -> Iterator[Lab]:
    """Serve `root` from a JupyterLab on a free loopback port, with settings, data and runtime files of its own.

    `arguments` go to the command line (`--ServerApp.jpserver_extensions=...`), `environment` adds variables; `theme` is
    "light" or "dark".
    Raises RuntimeError with the end of the server's log if it does not answer within a minute.
    """
    token = secrets.token_hex(16)
    with tempfile.TemporaryDirectory(prefix="jupyter-", ignore_cleanup_errors=True) as private:
        home = Path(private)
        themes = {"@jupyterlab/apputils-extension/themes": {"theme": f"JupyterLab {theme.title()}"}}
        for name, settings in {**_SETTINGS, **themes}.items():
            path = home / "settings" / f"{name}.jupyterlab-settings"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(settings))
        command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--ip=127.0.0.1", f"--port={_free_port()}"]
        command += ["--ServerApp.allow_root=True", f"--ServerApp.root_dir={root}", f"--IdentityProvider.token={token}"]
        folders = {"JUPYTERLAB_SETTINGS_DIR": "settings", "JUPYTERLAB_WORKSPACES_DIR": "workspaces"}
        folders |= {f"JUPYTER_{kind.upper()}_DIR": kind for kind in ("config", "data", "runtime")}
        folders["IPYTHONDIR"] = "ipython"
        variables = {**os.environ, **{name: str(home / folder) for name, folder in folders.items()}}
        log = home / "server.log"
        with log.open("wb") as output:
            server = subprocess.Popen(
                [*command, *arguments],
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=root,
                env={**variables, **(environment or {})},
            )
        try:
            yield Lab(_wait_for_server(server, home / "runtime", log), token, root)
        finally:
            _stop(server.pid)
            server.wait()


@contextmanager
def chromium() -> Iterator[Browser]:
    """A headless Chromium, the system's own, that calls nobody but the pages it is sent to."""
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def open_page(browser: Browser, url: str, width: int = 1280, height: int = 1000) -> Iterator[tuple[Page, list[str]]]:
    """A fresh page at this address, and the list that its errors (console and uncaught) are added to."""
    context = browser.new_context(viewport={"width": width, "height": height})
    page, errors = context.new_page(), []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    try:
        page.goto(url, wait_until="domcontentloaded", timeout=60_000)
        yield page, errors
    finally:
        context.close()


@contextmanager
def open_notebook(
    browser: Browser, lab: Lab, path: str, width: int = 1280, height: int = 1000, accept_dialogs: bool = True
) -> Iterator[Notebook]:
    """Open the notebook at `path` below the served folder, in a fresh page, and wait until its kernel is idle.

    `accept_dialogs`: close JupyterLab's dialogs whenever they open; without it, they are the test's to answer.
    """
    url = f"{lab.url}doc/tree/{quote(path)}?token={lab.token}"
    with open_page(browser, url, width, height) as (page, errors):
        if accept_dialogs:
            page.add_locator_handler(page.locator(".jp-Dialog"), _accept)
        expect(page.locator(".jp-Notebook-ExecutionIndicator")).to_have_attribute("data-status", "idle", timeout=90_000)
        yield Notebook(page, errors)


def _accept(dialog: Locator) -> None:
    """Close a dialog of JupyterLab's own, which on a busy machine opens now and then and covers the page."""
    print(f"JupyterLab asked: {dialog.inner_text()}")
    dialog.locator("button.jp-mod-accept").last.click()


def artefact(name: str) -> Path:
    """Where a test leaves a file for a person to look at: tests/artefacts/, which git ignores."""
    ARTEFACTS.mkdir(exist_ok=True)
    return ARTEFACTS / name


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for_server(server: "subprocess.Popen[bytes]", runtime: Path, log: Path, timeout: float = 60) -> str:
    # If another process took the port meanwhile, JupyterLab moves on to the next one: only its own file knows which.
    record = runtime / f"jpserver-{server.pid}.json"
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline and server.poll() is None:
        try:
            url = json.loads(record.read_text())["url"]
            with urllib.request.urlopen(f"{url}api", timeout=5):
                return str(url)
        except (OSError, ValueError, urllib.error.URLError):
            time.sleep(0.1)
    raise RuntimeError(f"JupyterLab did not answer within {timeout:.0f} s:\n{log.read_text()[-3000:]}")


def _stop(pid: int) -> None:
    """End the server, and the kernels that outlive it: they lead process groups of their own."""
    try:
        server = psutil.Process(pid)
        processes = [server, *server.children(recursive=True)]
        server.terminate()
    except psutil.NoSuchProcess:
        return
    for process in psutil.wait_procs(processes, timeout=10)[1]:
        process.kill()
