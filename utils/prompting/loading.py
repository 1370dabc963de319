"""How a causal model of ``transformers`` gets into memory, in which precision, and how its weights are named."""

import hashlib
import time
from pathlib import Path
from typing import Any

import torch

from utils.prompting.conversion import LANGUAGE_MODELS


def from_folder_or_hub(source: str | Path, dtype: torch.dtype, *, local: bool) -> tuple[Any, Any]:
    """A model of ``transformers`` and its tokeniser; ``local`` looks at this machine only.

    Raises ConnectionError if a model of the hub can be had neither from the network nor from the hub's cache.
    """
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from transformers.utils import logging as its_logging

    logging: Any = its_logging
    shown = logging.is_progress_bar_enabled()
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
            f"{source} could not be loaded ({reason}): see that the id is right and the hub can be reached, or take "
            f"{LANGUAGE_MODELS[0]!r}, which is already here."
        ) from error
    finally:
        if shown:
            logging.enable_progress_bar()


def fastest_dtype() -> torch.dtype:
    """bfloat16 is three times as fast as float32 on processors with units for it, and eight times slower on others."""
    seconds = {}
    for dtype in (torch.float32, torch.bfloat16):
        left, right = torch.ones(128, 512, dtype=dtype), torch.ones(512, 512, dtype=dtype)
        torch.nn.functional.linear(left, right)
        trials = []
        for _ in range(3):
            started = time.perf_counter()
            torch.nn.functional.linear(left, right)
            trials.append(time.perf_counter() - started)
        seconds[dtype] = min(trials)
    return torch.bfloat16 if seconds[torch.bfloat16] * 1.5 < seconds[torch.float32] else torch.float32


def weights_digest(model: Any) -> str:
    """Names the content of a model's weights, and their names."""
    digest = hashlib.blake2b(digest_size=16)
    for name, weight in sorted(model.state_dict().items()):
        digest.update(name.encode())
        digest.update(weight.detach().contiguous().reshape(-1).view(torch.uint8).numpy())
    return digest.hexdigest()
