"""The modules beside a notebook: on both sides, `import` looks into the working folder, as in Jupyter.

The grader itself is the package `utils`, a name that many courses use for a module of their own. In a process of such
a course the grader's modules are therefore taken out of `sys.modules` before the first cell runs; the grader goes on
with the references that it holds, and imports nothing afterwards.
"""

import contextlib
import importlib
import importlib.machinery
import os
import sys
import types
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Final

# What the grader uses in the same process; a module of the course with such a name is found by no import.
_KEPT: Final = frozenset({"numpy", "IPython", "traitlets", "msgpack", "matplotlib_inline", *sys.stdlib_module_names})
_GRADER: Final = "utils"
_LIBRARY: Final = str(Path(os.__file__).parent)
_DYNAMIC: Final = str(Path(_LIBRARY, "lib-dynload"))
_ZIPPED: Final = f"python{sys.version_info.major}{sys.version_info.minor}.zip"

_hidden: dict[str, types.ModuleType] = {}
_folders: set[Path] = set()


def use_working_folder(files: Iterable[str], folder: str = "") -> None:
    """Let imports look into the working folder before anything installed, in this process.

    Args:
        folder: another folder, in which imports look instead.
        files: the paths of its files; a module among them takes the place of an installed one of the same name, which
            the fork server may have imported already.
    """
    if folder:
        _folders.add(Path(folder))
    places = [place for place in sys.path if place not in ("", "/")]
    # As in Jupyter: after the standard library, before everything installed.
    library = [place for place in places if place in (_LIBRARY, _DYNAMIC) or place.endswith(_ZIPPED)]
    sys.path[:] = [*library, folder, *(place for place in places if place not in library)]
    paths = [PurePosixPath(name) for name in files if name.endswith(".py")]
    names = {path.stem if len(path.parts) == 1 else path.parts[0] for path in paths} - _KEPT - {_GRADER}
    for name in list(sys.modules):
        if name.partition(".")[0] in names:
            del sys.modules[name]
    if any(path.stem == _GRADER or _GRADER in path.parts[:-1] for path in paths):
        hide_grader()
    importlib.invalidate_caches()


def refresh() -> None:
    """Before a cell: find modules that the notebook itself has written, a module `utils` among them."""
    importlib.invalidate_caches()
    if not _hidden and (os.path.exists(f"{_GRADER}.py") or os.path.isdir(_GRADER)):
        hide_grader()


def hide_grader() -> None:
    """Take the grader's package out of this process's modules, so that `import utils` finds the course's."""
    _hidden.update({name: module for name, module in sys.modules.items() if name.partition(".")[0] == _GRADER})
    for name in _hidden:
        sys.modules.pop(name, None)
    sys.meta_path.insert(0, _CourseFirst())


@contextlib.contextmanager
def grader_visible() -> Iterator[None]:
    """Put the grader's modules back for a moment, in which no code of a course runs."""
    others = {name: sys.modules.pop(name) for name in list(sys.modules) if name.partition(".")[0] == _GRADER}
    sys.modules.update(_hidden or others)
    try:
        yield
    finally:
        for name in _hidden:
            sys.modules.pop(name, None)
        sys.modules.update(others)


class _CourseFirst:
    """Finds the course's `utils` wherever its folders are on the path, before the installed package."""

    @staticmethod
    def find_spec(
        name: str, path: Sequence[str] | None = None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """As in `importlib.abc.MetaPathFinder`."""
        if name != _GRADER:
            return None
        homes = {Path.cwd(), *_folders}
        inside = [place for place in sys.path if homes & {(folder := Path(place).absolute()), *folder.parents}]
        return importlib.machinery.PathFinder.find_spec(name, inside)
