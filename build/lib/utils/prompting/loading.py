"""Reading a causal model of ``transformers`` into memory, and a digest of its weights."""

import hashlib
from pathlib import Path
from typing import Any

import torch

from utils.prompting.conversion import LANGUAGE_MODELS


def from_folder_or_hub(source: str | Path, dtype: torch.dtype, *, local: bool) -> tuple[Any, Any]:
    """A model of ``transformers`` and its tokeniser; with ``local``, only files on this machine are used.

    Raises:
        ConnectionError: if a model of the hub is neither on the network nor in the hub's cache.
    """
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from transformers.utils import logging as transformers_logging

    logging: Any = transformers_logging
    progress_bar = logging.is_progress_bar_enabled()
    if local:
        logging.disable_progress_bar()
    try:
        model = AutoModelForCausalLM.from_pretrained(source, dtype=dtype, local_files_only=local)
        return model, AutoTokenizer.from_pretrained(source, local_files_only=local)
    except (OSError, ValueError) as error:
        if local:
            raise
        reason = str(error).strip().splitlines()[0].rstrip(".:")
        raise ConnectionError(
            f"{source} could not be loaded ({reason}): check the id and the connection to the hub, or use "
            f"{LANGUAGE_MODELS[0]!r}, which is already on this machine."
        ) from error
    finally:
        if progress_bar:
            logging.enable_progress_bar()


def weights_digest(model: Any) -> str:
    """A digest of a model's weights and of their names."""
    digest = hashlib.blake2b(digest_size=16)
    for name, weight in sorted(model.state_dict().items()):
        digest.update(name.encode())
        digest.update(weight.detach().contiguous().reshape(-1).view(torch.uint8).numpy())
    return digest.hexdigest()
