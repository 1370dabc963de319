"""The course's language models: converted once from their published files, and stored for quick loading.

The asset is a GGUF file: weights in blocks of four bits, which transformers reads slowly (about twenty seconds). It is
therefore converted once, into a folder that ``transformers`` loads in a second or two: the weights as float32, with
exactly the values of their blocks, the configuration and the tokeniser. ``python -m utils.prompting`` does it ahead of
time; otherwise it is done when a model is first loaded.

The conversion runs in a process of its own, so that the nearly 2 GB that it needs for a moment are returned at its end.
"""

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tqdm.auto import tqdm

from utils.data.assets import ASSETS, AssetError, asset_path
from utils.store import cache_dir, remove_abandoned

#: Names of the models that come as assets: the course's own, and an optional one that is only pretrained.
LANGUAGE_MODELS = ("smollm2-135m", "gemma3-270m")

_MANIFEST = "conversion.json"
_FORMAT = 1


def language_model_path(name: str = "smollm2-135m") -> Path:
    """The folder of a model's weights (safetensors, float32), configuration and tokeniser, converted if necessary.

    An incomplete conversion, such as a killed one, is never used: the next call starts afresh.

    Raises:
        KeyError: no model of this name comes as an asset.
        AssetError: the model's file cannot be fetched, or the converted one not stored.
    """
    if name not in LANGUAGE_MODELS:
        raise KeyError(f"There is no model {name!r} among the assets; choose one of {', '.join(LANGUAGE_MODELS)}.")
    folder = cache_dir() / f"{name}-float32"
    if not _is_complete(folder, name):
        _convert(name, asset_path(name), folder)
    return folder


def _is_complete(folder: Path, name: str) -> bool:
    try:
        manifest = json.loads((folder / _MANIFEST).read_text(encoding="utf-8"))
        return bool(
            manifest["format"] == _FORMAT
            and manifest["sha256"] == ASSETS[name].sha256
            and all((folder / file).stat().st_size == size for file, size in manifest["files"].items())
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False


def _convert(name: str, source: Path, folder: Path) -> None:
    try:
        remove_abandoned(source.parent)
        with tempfile.TemporaryDirectory(prefix=".partial-", dir=source.parent) as partial:
            target = Path(partial) / folder.name
            _run_conversion(name, source, target)
            files = {path.name: path.stat().st_size for path in target.iterdir()}
            manifest = {"format": _FORMAT, "sha256": ASSETS[name].sha256, "files": files}
            (target / _MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
            shutil.rmtree(folder, ignore_errors=True)
            # Another process may have been quicker; its result is equivalent.
            with contextlib.suppress(FileExistsError):
                os.replace(target, folder)
    except OSError as error:
        raise AssetError(_sentence(name, error.strerror or str(error))) from error
    if not _is_complete(folder, name):
        raise AssetError(_sentence(name, "files are missing at the end"))


def _run_conversion(name: str, source: Path, target: Path) -> None:
    environment = os.environ | {"HF_HUB_OFFLINE": "1", "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-c", "from utils.prompting.conversion import _main; _main()", str(source), str(target)]
    lines: list[str] = []
    with (
        subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            env=environment,
            cwd=Path(__file__).parents[2],
        ) as child,
        tqdm(desc=f"Converting {name}, once", unit="tensor", leave=False) as bar,
    ):
        assert child.stdout is not None
        try:
            for line in child.stdout:
                lines.append(line.strip())
                if progress := re.search(r"quantizing.* (\d+)/(\d+) ", line):
                    bar.total = int(progress[2])
                    bar.update(int(progress[1]) - bar.n)
        except BaseException:
            child.kill()
            raise
    if child.returncode != 0:
        reason = next((line for line in reversed(lines) if line), f"exit status {child.returncode}")
        raise AssetError(_sentence(name, reason))


def _sentence(name: str, reason: str) -> str:
    size = ASSETS[name].size / 1e9
    return (
        f"{name} could not be converted into {cache_dir()} ({reason}): make sure that {7 * size:.1f} GB of disk and "
        f"{20 * size:.0f} GB of memory are free, then run the same command again."
    )


def _main() -> None:
    """The entry point of the converting process; its arguments are ``SOURCE TARGET``."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

    source, target = (Path(argument) for argument in sys.argv[1:3])
    torch.set_num_threads(1)  # unpacking is not parallel: leave the other cores to the user
    model = AutoModelForCausalLM.from_pretrained(
        source.parent,
        gguf_file=source.name,
        dtype=torch.float32,
        quantization_config=GgufConfig(dequantize=True),
    )
    model.config._name_or_path = ""
    model.save_pretrained(target)
    del model
    AutoTokenizer.from_pretrained(source.parent, gguf_file=source.name).save_pretrained(target)
