"""What `nbgrader_config.py` names: settings that configure the command too, and a reader of anything."""

import io
from dataclasses import fields

import pytest
from traitlets.config import Config

from tests.support import ROOT
from tests.support.course import AUTOGRADE
from utils.grading import Delimiters, Limits
from utils.grading.nbgrader import GradeSubmission, SubmissionExporter


def configured(**sections: dict[str, object]) -> GradeSubmission:
    """The preprocessor under a configuration."""
    return GradeSubmission(config=Config(sections))


def test_without_configuration_the_settings_are_the_defaults() -> None:
    job = configured().settings()
    assert (job.limits, job.sandboxed, job.seed, job.delimiters) == (Limits(), True, 0, Delimiters())
    assert (job.submission, job.solution, dict(job.files)) == (b"", b"", {})


@pytest.mark.parametrize("name", [limit.name for limit in fields(Limits)])
def test_every_limit_is_a_setting(name: str) -> None:
    assert getattr(configured(GradeSubmission={name: 7}).settings().limits, name) == 7
    assert GradeSubmission.class_traits(config=True)[name].help


def test_other_settings() -> None:
    job = configured(
        GradeSubmission={"sandboxed": False, "seed": 3},
        ClearHiddenTests={"begin_test_delimeter": "BEGIN SECRET"},
        ClearSolutions={"text_stub": "Write here"},
    ).settings()
    assert (job.sandboxed, job.seed) == (False, 3)
    assert (job.delimiters.begin_hidden, job.delimiters.text_stub) == ("BEGIN SECRET", "Write here")


def test_nbgraders_own_timeout_is_the_default_for_a_cell() -> None:
    assert configured(Execute={"timeout": 9}).settings().limits.cell_seconds == 9
    assert configured(ExecutePreprocessor={"timeout": 8}).settings().limits.cell_seconds == 8
    assert configured(Execute={"timeout": -1}).settings().limits.cell_seconds == Limits.cell_seconds
    both = configured(Execute={"timeout": 9}, GradeSubmission={"cell_seconds": 5.0})
    assert both.settings().limits.cell_seconds == 5


def test_a_limit_that_is_not_positive_is_an_error() -> None:
    with pytest.raises(ValueError, match="must be a positive number"):
        configured(GradeSubmission={"memory_mb": 0}).settings()


def test_a_limit_under_the_former_name_is_not_silently_ignored() -> None:
    with pytest.raises(ValueError, match=r"sets c\.Judge\.cell_seconds, but this section is called GradeSubmission"):
        configured(Judge={"cell_seconds": 5.0}).settings()


def test_whatever_was_handed_in_is_read() -> None:
    notebook, _ = SubmissionExporter().from_file(io.StringIO("no notebook"))
    assert '"cells": []' in notebook


def test_the_course_and_the_tests_name_the_same_classes() -> None:
    lines = [line for line in AUTOGRADE.splitlines() if line]
    configuration = (ROOT / "nbgrader_config.py").read_text()
    assert [line for line in lines if line not in configuration] == []
