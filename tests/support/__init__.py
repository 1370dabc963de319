"""What tests of several rooms share: paths, small courses and notebooks, a browser, a tiny language model."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
"""The repository."""

ARTEFACTS = ROOT / "tests" / "artefacts"
"""Screenshots and pages that tests leave for a person to look at; git ignores this folder."""
