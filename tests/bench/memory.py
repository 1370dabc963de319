"""Memory of every lecture's kernel at its peak, with one thread, in this environment or in others.

``python -m tests.bench.memory PYTHON ...`` names the interpreters; two rows of interest are PyTorch's default build for
Linux, whose CUDA libraries count as memory of every process that imports it, and its CPU build, which Binder has. An
interpreter needs the course's dependencies; the course itself is taken from this repository.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from unittest import mock

from tests.support import ROOT
from tests.support.lectures import execute

BINDER_MEGABYTES = 1000  # two kernels and JupyterLab must fit in Binder's 2 GiB


def main(interpreters: tuple[str, ...] = (sys.executable,)) -> None:
    """Print a table: one row per lecture, one column per interpreter."""
    lectures = sorted((ROOT / "lectures").glob("*.ipynb"))
    print(f"Peak memory of the kernel in MB. With CPU builds the limit is {BINDER_MEGABYTES}.")
    for number, python in enumerate(interpreters, start=1):
        print(f"  ({number}) {python}: torch {torch_version(python)}")
    print("  " + " " * 22 + "".join(f"{f'({number})':>8}" for number in range(1, len(interpreters) + 1)), flush=True)
    for lecture in lectures:
        peaks = [peak(lecture, python) for python in interpreters]
        print(f"  {lecture.stem:22}" + "".join(f"{megabytes:8.0f}" for megabytes in peaks), flush=True)


def peak(lecture: Path, python: str) -> float:
    """Megabytes of the kernel and its children at the most, while a lecture runs.

    Raises:
        RuntimeError: a cell of the lecture fails.
    """
    with tempfile.TemporaryDirectory() as folder, mock.patch.dict(os.environ, {"PYTHONPATH": str(ROOT)}):
        run = execute(lecture, Path(folder), python)
    if run.error:
        raise RuntimeError(f"{lecture.name} does not run in {python}: {run.error}")
    return run.megabytes


def torch_version(python: str) -> str:
    """The installed version; ``+cpu`` at its end says that it is a CPU build."""
    code = "from importlib.metadata import version; print(version('torch'))"
    return subprocess.run([python, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


if __name__ == "__main__":
    main(tuple(sys.argv[1:]) or (sys.executable,))
