"""Importing the package is cheap: grading, for one, needs no data."""

import subprocess
import sys


def test_importing_the_data_imports_no_heavy_library() -> None:
    code = "import sys, utils.data; print([name for name in ('torch', 'pandas', 'skimage') if name in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
