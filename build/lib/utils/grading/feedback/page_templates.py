"""Templates of pages that are one file each: they load nothing and run nothing."""

from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

_FOLDER: Final = Path(__file__).parent / "templates"


def environment() -> Environment:
    """A new environment of Jinja in which every value is escaped, and a name without a value is an error."""
    return Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def page_style() -> str:
    """The style sheet that all pages share."""
    return (_FOLDER / "feedback_page" / "style.css").read_text()
