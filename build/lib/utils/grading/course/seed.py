"""The secret of a course from which all random numbers of grading are derived.

It is drawn once and kept beside the gradebook, readable for its owner only: a regrade draws the same numbers, and no
submission can predict those of a hidden test.
"""

import contextlib
import os
import secrets
import tempfile
from pathlib import Path

from sqlalchemy.engine import make_url

FILE = "gradebook.seed"


def stored_seed(folder: Path) -> int:
    """The secret in a folder; a new one is drawn where there is none.

    Raises:
        ValueError: the file exists and holds no number.
    """
    path = folder / FILE
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        # A link appears at once and whole, and fails where another process was faster.
        descriptor, draft = tempfile.mkstemp(dir=folder, prefix=f".{FILE}-")
        with open(descriptor, "w") as file:
            file.write(f"{secrets.randbits(62)}\n")
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
        os.unlink(draft)
    text = path.read_text().strip()
    if not text.isdecimal():
        raise ValueError(f"{path} holds no number: delete it, and a new secret is drawn.")
    return int(text)


def seed_folder(db_url: str, root: str) -> Path:
    """The folder of the gradebook, or the course's where the gradebook is on a server."""
    url = make_url(db_url)
    if url.get_backend_name() == "sqlite" and url.database and url.database != ":memory:":
        return Path(root, url.database).parent
    return Path(root)
