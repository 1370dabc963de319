"""Modules that a student wrote, in the judge: an import in a check gives a module whose attributes are proxies."""

import importlib.machinery
import sys
import types
from collections.abc import Callable, Sequence
from typing import Any

from utils.grading.judge.proxy_access import ask


class StudentModules:
    """Finds a module that the judge does not have, but that lies in the student's working folder.

    Nothing of it is run here. Add it to the end of `sys.meta_path`.

    Args:
        ask: asks the student's process for a module of its working folder by name; raises where there is none.
        may_ask: whether the name occurs in the assignment as students receive it.
    """

    def __init__(self, ask: Callable[[str], Any], may_ask: Callable[[str], bool]) -> None:
        self.ask = ask
        self.may_ask = may_ask

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """As in `importlib.abc.MetaPathFinder`."""
        if path is not None or not self.may_ask(name) or name in sys.stdlib_module_names:
            return None
        try:
            proxy = self.ask(name)
        except Exception:
            return None
        return importlib.machinery.ModuleSpec(name, _Loader(proxy), is_package=False)  # type: ignore[arg-type]


class _Loader:
    def __init__(self, proxy: Any) -> None:
        self.proxy = proxy

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType:
        return _StudentModule(spec.name, self.proxy)

    def exec_module(self, module: types.ModuleType) -> None:
        pass


class _StudentModule(types.ModuleType):
    def __init__(self, name: str, proxy: Any) -> None:
        text = getattr(proxy, "__doc__", None)
        super().__init__(name, text if type(text) is str else None)
        self.__dict__["_proxy"] = proxy

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        # The check itself imported the module, so its functions may have any name.
        return ask(self.__dict__["_proxy"], "get", name)
