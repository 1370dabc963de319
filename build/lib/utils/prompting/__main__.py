"""``python -m utils.prompting`` converts the course's language model, once, so that the first lecture need not wait.

The model's file comes from the assets (``python -m utils.data``). ``python -m utils.prompting gemma3-270m`` converts
the optional one.
"""

import argparse
import sys

from utils.data.assets import AssetError
from utils.prompting.conversion import LANGUAGE_MODELS, language_model_path

parser = argparse.ArgumentParser(
    "python -m utils.prompting", description="Convert language models for quick loading, once."
)
parser.add_argument(
    "names", nargs="*", metavar="name", help=f"of {', '.join(LANGUAGE_MODELS)}; default: {LANGUAGE_MODELS[0]}"
)
arguments = parser.parse_args()
if unknown := set(arguments.names) - set(LANGUAGE_MODELS):
    parser.error(f"there is no model {', '.join(sorted(unknown))}; choose from {', '.join(LANGUAGE_MODELS)}")
try:
    for name in arguments.names or LANGUAGE_MODELS[:1]:
        language_model_path(name)
except AssetError as error:
    sys.exit(str(error))
