"""Installs the course into the Python environment that runs this file, and fetches its data: ``python install.py``.

``make`` runs it in ``.venv`` and Binder in its image, so that both install the same. Every package is installed at the
version in ``constraints.txt``, the versions that were tested together. Where one of them is not available (withdrawn
from the index, or not made for this Python), a sentence says so, and the ranges of ``pyproject.toml`` decide for that
package. Only the standard library is used: nothing is installed yet.
"""

from __future__ import annotations

import argparse
import io
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent
LARGE = 20e6  # bytes; a download of this size takes long enough to be mentioned
UNITS = {"B": 1, "kB": 1e3, "MB": 1e6, "GB": 1e9, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}

PIP = [sys.executable, "-m", "pip"]
PIP_INSTALL = [*PIP, "install", "--no-input", "--disable-pip-version-check", "--root-user-action", "ignore"]
ADVICE = (
    "Set-up could not install the packages, for the reason above: free disk space (8 GB with CUDA, 3 GB with "
    "TORCH_BACKEND=cpu) or connect to a package index, then run the command again; finished steps are kept."
)


class InstallError(Exception):
    """pip or uv ended with an error; the message is what it printed."""


def main() -> None:
    """Install, fetch, prepare; the process ends with a sentence if a step fails."""
    options = _options()
    pins = {} if options.newest else read_pins(ROOT / "constraints.txt")
    backend = options.torch_backend
    print(f"Setting up {sys.prefix}, once. This takes some minutes, most of them for the download of PyTorch.")
    if sys.platform == "linux" and not backend:
        print("On Linux it includes CUDA (5 GB); without a GPU, TORCH_BACKEND=cpu reduces it to 0.2 GB.")
    package = f"{ROOT}[{','.join(options.extras)}]" if options.extras else str(ROOT)
    try:
        # An older pip has no progress to report.
        install([*PIP_INSTALL, "--quiet", "pip", *(["uv"] if backend else [])], pins)
        if backend:
            uv = [sys.executable, "-m", "uv", "pip", "install", "--python", sys.executable]
            install([*uv, "--torch-backend", backend, "torch", "torchvision"], pins)
        install([*PIP_INSTALL, "--no-warn-script-location", "--progress-bar", "raw", "--editable", package], pins)
    except InstallError as error:
        sys.exit(f"{reason(str(error))}\n{ADVICE}")
    _say("Fetching the digits, the reviews and the language model (180 MB)")
    _run_module("utils.data")
    _say("Converting the language model for quick loading (0.5 GB of disk)")
    _run_module("utils.prompting")
    print("Set-up is complete: the next commands start at once, and work offline.")
    if "MAKELEVEL" not in os.environ:
        print("To open the course: python -m jupyterlab --LabApp.default_url=/lab/tree/lectures/00_start.ipynb")


def read_pins(path: Path) -> dict[str, str]:
    """Versions by package name, from the lines ``name==version`` of a constraints file."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return dict(line.strip().split("==") for line in lines if "==" in line and not line.startswith("#"))


def install(command: list[str], pins: dict[str, str]) -> None:
    """Run an installing command of pip or uv under constraints, without those that turn out not to be available.

    Args:
        command: without its option ``--constraint``.
        pins: versions by package name. Pins that are not available are removed from it.

    Raises:
        InstallError: the command fails for another reason.
    """
    withdrawn: list[str] = []
    while True:
        try:
            return _run(command, pins)
        except InstallError as error:
            names = unavailable_pins(str(error), pins)
            if not names and not withdrawn:
                raise
        for name in names:
            print(
                f"{name} {pins.pop(name)} is not available (withdrawn, or not made for this Python): another version "
                "that pyproject.toml admits is installed."
            )
        withdrawn += names
        if not names:
            print(
                f"The tested versions of the other packages need this version of {', '.join(withdrawn)}: all packages "
                "are installed by the ranges of pyproject.toml alone."
            )
            pins.clear()
            withdrawn.clear()


def unavailable_pins(output: str, pins: dict[str, str]) -> list[str]:
    """Names of the pins that an installer's error mentions, and that its index does not offer.

    An index that cannot be reached offers nothing at all; then no pin counts as unavailable.
    """
    missing = []
    for name, version in pins.items():
        spelling = re.sub(r"[-_.]+", "[-_.]", name)
        if re.search(rf"(?i)(?<![\w.-]){spelling}=={re.escape(version)}(?![.+]?\w)", output):
            # uv may have asked another index than pip's, and names what that index lacks.
            denied = re.search(rf"(?i)no version of {spelling}==", output) is not None
            if denied or _is_withdrawn(name, version):
                missing.append(name)
    return missing


def reason(output: str) -> str:
    """What an installer gave as the reason of its failure: the end of its output, without warnings and progress."""
    lines = [line for line in output.splitlines() if line.strip() and not re.match(r"\s*(WARNING|Progress)\b", line)]
    first = next((i for i, line in enumerate(lines) if re.match(r"(?i)error", line)), max(0, len(lines) - 10))
    return "\n".join(lines[first:][:12])


def _is_withdrawn(name: str, version: str) -> bool:
    listing = subprocess.run([*PIP, "index", "versions", "--pre", name], capture_output=True, text=True)
    match = re.search(r"^Available versions: (.*)$", listing.stdout, flags=re.MULTILINE)
    return match is not None and version not in match[1].split(", ")


def _run(command: list[str], pins: dict[str, str]) -> None:
    """Run a command and report the large downloads that it announces."""
    with tempfile.TemporaryDirectory() as folder:
        constraints = Path(folder, "constraints.txt")
        constraints.write_text("".join(f"{name}=={version}\n" for name, version in pins.items()), encoding="utf-8")
        with subprocess.Popen(
            [*command, "--constraint", str(constraints)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            env=os.environ | {"PYTHONUNBUFFERED": "1"},
        ) as process:
            assert process.stdout is not None
            report = Report()
            lines = [line for line in process.stdout if report.line(line)]
            report.close()
    if process.returncode:
        raise InstallError("".join(lines))


class Report:
    """Turns the installers' output into one line per large download, with a running count on a terminal."""

    def __init__(self) -> None:
        self._download = ""
        self._collected = 0
        self._is_terminal = sys.stdout.isatty()

    def line(self, line: str) -> bool:
        """Report a line; false if it is only about progress."""
        if line.startswith("Collecting ") and self._is_terminal and not self._download:
            self._collected += 1
            print(f"\r  {self._collected} packages found ", end="", flush=True)
        if progress := re.match(r"Progress (\d+) of (\d+)", line):
            if self._download and self._is_terminal:
                megabytes = " of ".join(f"{int(count) / 1e6:.0f}" for count in progress.groups())
                print(f"\r  {self._download}: {megabytes} MB ", end="", flush=True)
            return False
        if size := re.match(r"\s*Downloading (\S+) \(([\d.]+) ?([kKMG]?i?B)\)", line):
            self.close()
            if float(size[2]) * UNITS[size[3]] >= LARGE:
                name = " ".join(size[1].rpartition("/")[2].split("-")[:2])
                self._download = f"Downloading {name}"
                _say(f"{self._download} ({size[2]} {size[3]})", end="" if self._is_terminal else "\n")
        elif packages := re.match(r"Installing collected packages: (.*)", line):
            self.close()
            count = packages[1].count(",") + 1
            _say(f"Installing {count} packages" if count > 1 else f"Installing {packages[1]}")
        return True

    def close(self) -> None:
        """End the line of a running count."""
        if (self._download or self._collected) and self._is_terminal:
            print()
        self._download = ""
        self._collected = 0


def _run_module(name: str) -> None:
    bars = {} if sys.stderr.isatty() else {"TQDM_DISABLE": "1"}
    if code := subprocess.run([sys.executable, "-m", name], cwd=ROOT, env=os.environ | bars).returncode:
        sys.exit(code)


def _say(step: str, end: str = "\n") -> None:
    print(f"  {step}", end=end, flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python install.py", description="Install the course into this environment.")
    parser.add_argument("extras", nargs="*", metavar="extra", help="of pyproject.toml: site, dev, bench")
    parser.add_argument("--torch-backend", metavar="NAME", help="cpu: PyTorch without CUDA, 0.2 GB instead of 5 GB")
    parser.add_argument("--newest", action="store_true", help="the newest versions, instead of those that were tested")
    return parser.parse_args()


if __name__ == "__main__":
    assert isinstance(sys.stdout, io.TextIOWrapper)
    sys.stdout.reconfigure(line_buffering=True)  # in order with what the subprocesses print, also in a log
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("\nSet-up was interrupted: run the command again; finished steps are kept.")
