"""What a check arranges around its calls, so that the student's process can be given the same.

A check of a notebook may take a function away (`np.linalg.inv = None`), watch one (`patch("builtins.print")`), set an
environment variable, record warnings or log records, and write files. Its text says which of these it may do; only then
is the state looked at before a request, so that other checks pay nothing.
"""

import ast
import builtins
import importlib
import io
import os
import re
import sys
import tempfile
import types
import warnings
from collections.abc import Mapping
from typing import Any, Final

from utils.grading.judge.pickling import ByReference
from utils.grading.judge.proxies import is_proxy
from utils.grading.judge.unpickling import guard
from utils.grading.notebook.names import syntax_tree
from utils.grading.protocol.folder import Folder, may_copy
from utils.grading.protocol.references import MISSING

_PATCHING: Final = re.compile(r"patch|setattr|delattr|builtins|\bdel\b|\w\.\w+\s*=[^=]")
_ENVIRONMENT: Final = re.compile(r"environ|setenv|delenv|putenv")
_LOGGING: Final = re.compile(r"\blogging\b|assertLogs|caplog|getLogger")
_FILES: Final = re.compile(
    r"\bopen\(|\bPath\(|\bos\.|read_\w+\(|to_\w+\(|savefig|savetxt|loadtxt|genfromtxt|np\.(load|save)|tempfile|glob|shutil"
    r"|tmp_path|write_text|read_text|write_bytes|read_bytes|json\.(load|dump)|pickle\.|sqlite3|zipfile|joblib|torch\.(load|save)"
    r"|(exists|is_file|is_dir|isfile|isdir|getsize|stat|unlink|remove|rename|touch|mkdir|iterdir|listdir)\("
    r"|imread|imsave|imwrite|wavfile|h5py|tarfile|filecmp|fileinput|linecache|runpy|etree|ElementTree|configparser"
    # programs, also as IPython writes `!program` and `%%bash`
    r"|subprocess|get_ipython|\bsystem\(|popen|^\s*[!%]|=\s*[!%]",
    re.MULTILINE,
)
_TEMPORARY: Final = re.compile(r"tempfile|TemporaryDirectory|NamedTemporaryFile|mkdtemp|mkstemp|tmp_path")
_DOTTED: Final = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)+")
# Only these attributes of modules that both processes need as they are.
_ALLOWED: Final = {"sys": frozenset({"argv", "stdin"}), "__main__": frozenset[str]()}
_FORBIDDEN: Final = frozenset({"warnings", "logging", "importlib", "unittest", "utils", "pytest", "_pytest", "IPython"})
_IGNORED: Final = frozenset({"__warningregistry__", "__builtins__", "_", "__doc__"})


class Surroundings:
    """Compares the judge's state with what it was before a check.

    Args:
        names: names of the judge's notebook.
    """

    def __init__(self, names: Mapping[str, Any]) -> None:
        self.names = names
        self.folder: Folder | None = None
        # Files that no answer replaces: those of the assignment, and what the folder holds at first.
        self.files: frozenset[str] = frozenset()
        self._files = False
        self._logging = False
        self._owners: dict[tuple[str, tuple[str, ...]], tuple[Any, dict[str, Any]]] = {}
        self._environ: dict[str, str] | None = None
        self._filters = warnings.filters
        self._files_in_functions = False
        self._patches_in_functions = False
        self.patching = False

    def prepare(self, source: str, is_check: bool) -> None:
        """Look at the text of a cell that is about to run, and note the state before it.

        Args:
            source: the cell.
            is_check: whether only the judge runs it; what another cell arranges, it arranges in both processes.
        """
        self._filters = warnings.filters
        if not is_check:
            self._owners.clear()
            self._environ = None
        has_function = "def " in source or "lambda" in source
        self.patching = self._patches_in_functions or bool(_PATCHING.search(source))
        self._files = self._files_in_functions or bool(_FILES.search(source))
        self._logging = bool(_LOGGING.search(source))
        if self.patching:
            self._patches_in_functions |= has_function and is_check
            self._add_owners(source)
        if self._files:
            self._files_in_functions |= has_function and is_check
        if _ENVIRONMENT.search(source) and self._environ is None:
            self._environ = dict(os.environ)
        if self.folder is None:
            self.folder = Folder(os.getcwd())
            self.folder.look()
            self.files |= frozenset(self.folder.state)
        if _TEMPORARY.search(source) and tempfile.tempdir != f"{self.folder.path}/.tmp":
            # The student's process can be given files in the working folder only.
            os.makedirs(f"{self.folder.path}/.tmp", exist_ok=True)
            tempfile.tempdir = f"{self.folder.path}/.tmp"

    @property
    def uses_files(self) -> bool:
        """Whether the present cell may read or write files."""
        return self._files

    def context(self) -> dict[str, Any]:
        """What the student's process needs to know for a request."""
        context: dict[str, Any] = {}
        if warnings.filters is not self._filters:
            context["warnings"] = True
        if self._logging:
            context["logging"] = True
        if self.patching and (patches := self._patches()):
            context["patches"] = patches
        if self._environ is not None and os.environ != self._environ:
            names = self._environ.keys() | os.environ.keys()
            new = {name: os.environ.get(name) for name in names}
            context["environ"] = {name: text for name, text in new.items() if text != self._environ.get(name)}
        if self._files and self.folder is not None:
            context["folder"] = self.folder.path
            if files := self.folder.changes():
                context["files"] = files
        return context

    def write(self, name: object, content: object) -> None:
        """Copy a file that the student's code has written or deleted; the instructor's files stay as they are."""
        if self.folder is None or type(name) is not str or not may_copy(name) or name in self.files:
            return
        guard()
        if content is None or type(content) is bytes:
            self.folder.write({name: content})

    def _patches(self) -> list[tuple[str, list[str], str, object]]:
        patches: list[tuple[str, list[str], str, object]] = []
        for (module, path), (owner, before) in self._owners.items():
            now = vars(owner)
            names = [name for name, value in now.items() if before.get(name, MISSING) is not value]
            names += [name for name in before if name not in now]
            for name in names:
                if name in _IGNORED or (module in _ALLOWED and name not in _ALLOWED[module]):
                    continue
                value = now.get(name, MISSING)
                if _can_send(value):
                    reference = value is not None and isinstance(value, io.IOBase)
                    patches.append((module, list(path), name, ByReference(value) if reference else value))
        return patches

    def _add_owners(self, source: str) -> None:
        """Note the attributes of the modules and classes that a cell may change."""
        tree = syntax_tree(source)
        # A module must be known as it was before the cell changes it, though the cell itself imports it.
        imported: dict[str, Any] = {"builtins": builtins}
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    module = _module(alias.name)
                    imported[alias.asname or alias.name.partition(".")[0]] = (
                        module if alias.asname else sys.modules.get(alias.name.partition(".")[0])
                    )
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                module = _module(node.module)
                for alias in node.names:
                    imported[alias.asname or alias.name] = getattr(module, alias.name, None)
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load):
                self._add_owner(_resolved(node.value, imported, self.names))
            elif isinstance(node, ast.Call):
                for argument in node.args[:1]:
                    text = argument.value if isinstance(argument, ast.Constant) else None
                    if type(text) is str and _DOTTED.fullmatch(text):
                        self._add_owner(_of_text(text))
                    else:
                        self._add_owner(_resolved(argument, imported, self.names))

    def _add_owner(self, owner: Any) -> None:
        if is_proxy(owner):
            return
        if isinstance(owner, types.ModuleType):
            key: tuple[str, tuple[str, ...]] = (owner.__name__, ())
        elif isinstance(owner, type) and "." not in owner.__qualname__:
            key = (owner.__module__, (owner.__qualname__,))
        else:
            return
        if key[0].partition(".")[0] in _FORBIDDEN or key[0] == "__main__" or key[0] not in sys.modules:
            return
        if key not in self._owners:
            self._owners[key] = (owner, dict(vars(owner)))


def _module(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except Exception:
        return None


def _resolved(node: ast.expr, imported: Mapping[str, Any], names: Mapping[str, Any]) -> Any:
    if isinstance(node, ast.Name):
        value = imported.get(node.id)
        return names.get(node.id) if value is None else value
    if isinstance(node, ast.Attribute):
        owner = _resolved(node.value, imported, names)
        if isinstance(owner, types.ModuleType):
            return vars(owner).get(node.attr)
    return None


def _of_text(text: str) -> Any:
    """The module or class that holds the attribute which a dotted text names."""
    parts = text.split(".")[:-1]
    for count in range(len(parts), 0, -1):
        name = ".".join(parts[:count])
        if name.partition(".")[0] in _FORBIDDEN or name == "__main__":
            return None
        owner = sys.modules.get(name) or (_module(name) if count == 1 or parts[0] in sys.modules else None)
        if owner is not None:
            for part in parts[count:]:
                owner = getattr(owner, part, None)
            return owner
    return None


def _can_send(value: Any) -> bool:
    if value is MISSING or value is None or callable(value) or isinstance(value, io.IOBase):
        return True
    if isinstance(value, (list, tuple)):
        return all(type(part) in (str, int, float, bool) for part in value)
    return type(value) in (str, int, float, bool, dict)
