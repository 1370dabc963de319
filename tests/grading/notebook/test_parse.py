"""The steps that read a submitted file, one by one."""

import json
from typing import Any

import nbformat
import pytest

from utils.grading import Limits
from utils.grading.notebook.parse import (
    MAX_CELLS,
    SubmittedCell,
    Unreadable,
    convert_old_format,
    decode_text,
    keep_known_fields,
    list_cells,
    load_json,
    refuse_large_file,
    refuse_large_structure,
)

LIMITS = Limits(submission_mb=1)


def test_a_large_file_is_refused() -> None:
    assert refuse_large_file(b"a" * 2**20, LIMITS, []) == b"a" * 2**20
    with pytest.raises(Unreadable, match="at most 1 MiB"):
        refuse_large_file(b"a" * (2**20 + 1), LIMITS, [])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_text_in_common_encodings(encoding: str) -> None:
    remarks: list[str] = []
    assert decode_text("Zoë".encode(encoding), LIMITS, remarks) == "Zoë"
    assert bool(remarks) == (encoding == "utf-16")


def test_text_in_another_encoding_is_read_as_far_as_possible() -> None:
    remarks: list[str] = []
    assert decode_text("Zoë!".encode("latin-1"), LIMITS, remarks) == "Zo\ufffd!"
    assert "not encoded in UTF-8" in remarks[0]


@pytest.mark.parametrize(("text", "remarks"), [("{", ["The file is not JSON."]), ("[]", []), ("7", [])])
def test_only_a_json_object_is_a_notebook(text: str, remarks: list[str]) -> None:
    collected: list[str] = []
    with pytest.raises(Unreadable, match="not a notebook"):
        load_json(text, LIMITS, collected)
    assert collected == remarks


def test_an_old_format_is_converted() -> None:
    old = json.loads(nbformat.writes(nbformat.v3.new_notebook(worksheets=[]), version=3))
    remarks: list[str] = []
    assert convert_old_format(old, LIMITS, remarks)["nbformat"] == 4
    assert "old format 3" in remarks[0]
    with pytest.raises(Unreadable, match="could not be converted"):
        convert_old_format({"nbformat": 3, "worksheets": 5}, LIMITS, [])


@pytest.mark.parametrize("version", [None, "4", True, 5])
def test_any_other_version_is_read_as_format_4(version: Any) -> None:
    remarks: list[str] = []
    content = {"nbformat": version, "cells": []}
    assert convert_old_format(content, LIMITS, remarks) is content
    assert "read as format 4" in remarks[0]


def test_cells_are_listed_and_another_language_is_remarked_on() -> None:
    remarks: list[str] = []
    content = {"cells": [1], "metadata": {"language_info": {"name": "R"}}}
    assert list_cells(content, LIMITS, remarks) == [1]
    assert "'r'" in remarks[0]
    with pytest.raises(Unreadable, match="no list of cells"):
        list_cells({}, LIMITS, [])


def test_of_a_cell_only_known_fields_are_kept() -> None:
    cell = {
        "cell_type": "code",
        "source": ["a = 1\n", "b = '\ud800\x00'"],
        "outputs": ["anything"],
        "metadata": {"nbgrader": {"grade_id": "double", "points": 99}, "tags": ["a", 1], "other": 1},
        "attachments": {"a.png": {"image/png": "iVBORw0=", "text/html": "<script>"}, "b": 5},
    }
    remarks: list[str] = []
    assert keep_known_fields([cell, None, {"cell_type": "heading"}], LIMITS, remarks) == [
        SubmittedCell(
            "code",
            "a = 1\nb = '?'",
            "double",
            {"grade_id": "double", "points": 99},
            ["a"],
            {"a.png": {"image/png": "iVBORw0="}},
            ["anything"],
        )
    ]
    assert remarks == ["2 of its cells were malformed and were ignored."]


@pytest.mark.parametrize("value", ["[],", "{},", '"ab",', '{"a":[{}]},', "1,"])
@pytest.mark.sample(3)
def test_millions_of_small_values_are_refused_before_they_fill_the_memory(value: str) -> None:
    with pytest.raises(Unreadable, match="millions of small values"):
        refuse_large_structure("[" + value * (60 * 2**20 // len(value)) + "1]", LIMITS, [])


def test_long_texts_and_pictures_are_not() -> None:
    text = json.dumps({"cells": [{"source": '[1, 2, "a"],' * 3_000_000}]})
    assert refuse_large_structure(text, LIMITS, []) == text


def test_an_old_notebook_of_many_megabytes_is_not_converted() -> None:
    with pytest.raises(Unreadable, match="could not be converted"):
        convert_old_format({"nbformat": 3, "worksheets": [{"cells": ["a" * 17 * 2**20]}]}, LIMITS, [])


def test_thousands_of_cells_are_read_in_part() -> None:
    remarks: list[str] = []
    assert len(list_cells({"cells": [{}] * (MAX_CELLS + 1)}, LIMITS, remarks)) == MAX_CELLS
    assert "the first 3,000 were read" in remarks[0]
