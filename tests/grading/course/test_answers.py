"""A bank of wrong answers: its files are read and never run."""

from pathlib import Path

from utils.grading.course.answers import WrongAnswer, read_answers

BANK = '''
raise SystemExit("this file was run")

EXERCISE = Exercise(assignment="ps1", notebook="numbers", title="1 averages", read="chapter 2")
right, wrong = EXERCISE.right("mean"), EXERCISE.wrong("mean")


@right
def adds_and_divides(values):
    """Adds, and divides."""
    return sum(values) / len(values)


@wrong
def takes_the_largest(values):
    """Takes the largest
    value.

    A remark for the instructor.
    """
    return max(values)


@EXERCISE.wrong("double", body=True)
def defines_two_functions():
    """Adds one."""

    def double(x):
        return one_more(x)

    def one_more(x):
        return x + 1


@EXERCISE.wrong("mean")
def says_nothing(values):
    return 0


@unknown.wrong("mean")
def belongs_to_nothing(values):
    """Belongs to nothing."""
'''


def test_wrong_answers_are_read_from_the_files_of_a_folder(tmp_path: Path) -> None:
    (tmp_path / "averages").mkdir()
    (tmp_path / "averages" / "mean.py").write_text(BANK)
    (tmp_path / "broken.py").write_text("def f(:")
    (tmp_path / "binary.py").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "notes.txt").write_text(BANK)
    assert read_answers(tmp_path) == [
        WrongAnswer(
            "ps1",
            "numbers",
            "mean",
            "takes_the_largest",
            "Takes the largest value.",
            'def mean(values):\n    """Takes the largest\n    value.\n\n    A remark for the instructor.\n    """\n'
            "    return max(values)",
            "chapter 2",
        ),
        WrongAnswer(
            "ps1",
            "numbers",
            "double",
            "defines_two_functions",
            "Adds one.",
            "def double(x):\n    return one_more(x)\n\ndef one_more(x):\n    return x + 1",
            "chapter 2",
        ),
    ]


def test_a_folder_without_a_bank_is_an_empty_bank(tmp_path: Path) -> None:
    (tmp_path / "tests.py").write_text("def test_that():\n    assert True\n")
    assert read_answers(tmp_path) == []
