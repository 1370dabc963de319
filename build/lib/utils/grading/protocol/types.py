"""The types of plain data, one registration each. To add a type, add one entry to the list of its module.

MessagePack itself carries None, truth values, integers of up to 64 bits, floats, text, bytes, lists and dictionaries.
Every other type is a numbered extension of it. Its encoder runs in the student's process, which is not trusted. Its
decoder runs in the judge. It checks everything that it receives, executes nothing of the student's, and bounds what it
computes.
"""

from typing import Final

from utils.grading.protocol.array_types import ARRAY_TYPES
from utils.grading.protocol.class_types import CLASS_TYPES
from utils.grading.protocol.collection_types import COLLECTION_TYPES
from utils.grading.protocol.library_types import LIBRARY_TYPES, Row
from utils.grading.protocol.plain_type import NotPlainData, PlainType, check_hashes, checked_text
from utils.grading.protocol.python_types import PYTHON_TYPES
from utils.grading.protocol.table_types import TABLE_TYPES

__all__ = ["HANDLE", "REFUSAL", "TYPES", "NotPlainData", "PlainType", "Row", "check_hashes", "checked_text"]

TYPES: Final = (*ARRAY_TYPES, *TABLE_TYPES, *COLLECTION_TYPES, *CLASS_TYPES, *PYTHON_TYPES, *LIBRARY_TYPES)
"""Every type of plain data. Where several fit a value by its class's bases, the first one is taken."""

HANDLE: Final = 11
REFUSAL: Final = 14
"""Numbers of the extensions for an object that stays in its process, and for a value that cannot be transferred."""
