"""``python -m utils.data`` fetches every asset that the cache does not hold yet, and converts the language model."""

import sys

from utils.data.assets import AssetError, fetch_all
from utils.data.language_models import LANGUAGE_MODELS, language_model_path

try:
    fetch_all()
    for name in LANGUAGE_MODELS:
        language_model_path(name)
except AssetError as problem:
    sys.exit(str(problem))
