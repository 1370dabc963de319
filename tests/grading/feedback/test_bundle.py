"""Feedback for Moodle and Canvas: files under the names that they recognise, and no page for the wrong student.

The names are read back as the platforms' own code does: Moodle's `is_valid_filename_for_import`, and Canvas's
`infer_comment_context_from_filename`.
"""

import io
import re
import zipfile
from pathlib import Path

import pytest

from utils.grading.feedback.bundle import Download, DownloadError, Place, Student, bundle, digest_of, read_download

ANN, BOB = b'{"cells": ["ann"]}', b'{"cells": ["bob"]}'


def zipped(path: Path, files: dict[str, bytes]) -> Path:
    """A zip with these files."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def student(folder: Path, name: str, notebook: bytes = b"", **known: object) -> Student:
    """A student with a page of feedback."""
    page = folder / f"{abs(hash(name))}.html"
    page.write_text(f"feedback of {name}")
    digests = frozenset({digest_of(notebook)}) if notebook else frozenset()
    return Student(name, notebooks=digests, pages={"num_bers.html": page}, **known)  # type: ignore[arg-type]


def by_moodle(content: bytes) -> dict[int, list[str]]:
    """File names and contents by participant, as Moodle reads them."""
    read: dict[int, list[str]] = {}
    for name, text in unzipped(content).items():
        assert not name.startswith((".", "~"))
        _, number, kind, plugin, rest = name.split("_", 4)
        assert (kind, plugin) == ("assignfeedback", "file")
        read.setdefault(int(number), []).append(f"{rest}: {text}")
    return read


def by_canvas(content: bytes) -> dict[int, list[str]]:
    """Attachments and contents by user, as Canvas reads them."""
    read: dict[int, list[str]] = {}
    for name, text in unzipped(content).items():
        parts = name.split("_")
        user, attachment = [part for part in parts if re.fullmatch(r"\d+", part)][:2]
        assert not parts[-1].startswith("link")
        assert not name.startswith("._")
        read.setdefault(int(user), []).append(f"{attachment}: {text}")
    return read


def unzipped(content: bytes) -> dict[str, str]:
    """The files of a zip, none of which has a folder."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        assert len(names) == len(set(names))
        assert not any(re.search(r"[/\\:\x00-\x1f]|^\.", name) for name in names)
        return {name: archive.read(name).decode() for name in names}


@pytest.mark.parametrize("layout", ["{}_{}_assignsubmission_file/{}", "{}_{}_assignsubmission_file_/{}"])
def test_moodle_finds_the_student_of_each_page(tmp_path: Path, layout: str) -> None:
    files = {
        layout.format("Ann Ash", 41, "sub/numbers.ipynb"): ANN,
        layout.format("Ann Ash", 41, "data.csv"): b"1",
        layout.format("Bob", 42, "numbers.ipynb"): BOB,
    }
    download = read_download(zipped(tmp_path / "d.zip", files))
    made = bundle(download, [student(tmp_path, "x1", ANN), student(tmp_path, "x2", BOB)])
    assert made.system == "moodle"
    expected = {41: ["num_bers.html: feedback of x1"], 42: ["num_bers.html: feedback of x2"]}
    assert by_moodle(made.content) == expected
    assert made.students == ("x1", "x2")
    assert len(made.sentences) == 1


def test_moodle_s_older_flat_names_and_a_folder_around_all(tmp_path: Path) -> None:
    name = "submissions/Ann Ash_41_assignsubmission_file_numbers.ipynb"
    download = read_download(zipped(tmp_path / "d.zip", {name: ANN}))
    assert [place.number for place in download.places] == ["41"]


def test_canvas_finds_the_student_and_the_attachment_of_each_page(tmp_path: Path) -> None:
    files = {
        "ashann_7_100_essay.pdf": b"pdf",
        "ashann_7_101_num_bers-2.ipynb": ANN,
        "boatbob_LATE_8_102_x_9_9_mine.ipynb": BOB,
    }
    download = read_download(zipped(tmp_path / "d.zip", files))
    made = bundle(download, [student(tmp_path, "ann", number="7"), student(tmp_path, "bob", BOB)])
    assert made.system == "canvas"
    assert by_canvas(made.content) == {7: ["101: feedback of ann"], 8: ["102: feedback of bob"]}


@pytest.mark.parametrize("page", ["link.html", "02_linkage.html", "5_numbers.html"])
@pytest.mark.parametrize("person", ["123", "../../evil", "li nk", "", ".hidden"])
def test_no_name_of_a_person_or_a_page_misleads_canvas(tmp_path: Path, person: str, page: str) -> None:
    path = tmp_path / "page.html"
    path.write_text("feedback")
    place = Place(person, "7", {digest_of(ANN)}, {"numbers.ipynb": "101"})
    ann = Student("ann", notebooks=frozenset({digest_of(ANN)}), pages={page: path})
    assert by_canvas(bundle(Download("canvas", (place,)), [ann]).content) == {7: ["101: feedback"]}


@pytest.mark.parametrize("person", ["..\\..\\evil", "~x", "C:", "a\x1b[2Jb", "", "Ann/../.."])
def test_no_name_of_a_person_is_a_path_or_hidden_in_moodle(tmp_path: Path, person: str) -> None:
    place = Place(person, "41", {digest_of(ANN)})
    made = bundle(Download("moodle", (place,)), [student(tmp_path, "ann", ANN)])
    assert by_moodle(made.content) == {41: ["num_bers.html: feedback of ann"]}


def test_a_student_cannot_claim_another_number_with_the_name_of_a_folder(tmp_path: Path) -> None:
    files = {
        "Ann_41_assignsubmission_file/numbers.ipynb": ANN,
        "Eve_42_assignsubmission_file/Ann_43_assignsubmission_file_/numbers.ipynb": BOB,
    }
    assert {place.number for place in read_download(zipped(tmp_path / "d.zip", files)).places} == {"41", "42"}


def test_a_copy_of_another_s_notebook_gets_no_other_s_page(tmp_path: Path) -> None:
    """Eve hands in Ann's file after the grading; nobody's name is known."""
    places = (Place("A", "1", {digest_of(ANN)}), Place("E", "2", {digest_of(ANN)}))
    made = bundle(Download("moodle", places), [student(tmp_path, "x1", ANN), student(tmp_path, "x2", BOB)])
    assert by_moodle(made.content) == {}
    assert "Not in it" in made.sentences[1]
    assert "x1, x2" in made.sentences[1]
    assert "A, E" in made.sentences[2]


def test_where_content_and_name_disagree_nobody_gets_a_page(tmp_path: Path) -> None:
    places = (Place("Bob", "1", {digest_of(ANN)}),)
    made = bundle(Download("moodle", places), [student(tmp_path, "ann", ANN), student(tmp_path, "bob", BOB)])
    assert by_moodle(made.content) == {}


def test_equal_notebooks_are_told_apart_by_name_and_equal_names_by_notebook(tmp_path: Path) -> None:
    blank = Place("Ann Ash", "1", {digest_of(ANN)}), Place("Bob Boat", "2", {digest_of(ANN)})
    ann = student(tmp_path, "u1", ANN, names=("Ann Ash", "Ash Ann"))
    bob = student(tmp_path, "u2", ANN, names=("Bob Boat", "Boat Bob"))
    assert set(by_moodle(bundle(Download("moodle", blank), [ann, bob]).content)) == {1, 2}
    same = Place("Li Wei", "1", {digest_of(ANN)}), Place("Li Wei", "2", {digest_of(BOB)})
    first = student(tmp_path, "u1", ANN, names=("Li Wei", "Wei Li"))
    second = student(tmp_path, "u2", BOB, names=("Li Wei", "Wei Li"))
    read = by_moodle(bundle(Download("moodle", same), [second, first]).content)
    assert read == {1: ["num_bers.html: feedback of u1"], 2: ["num_bers.html: feedback of u2"]}
    alone = Place("Li Wei", "1"), Place("Li Wei", "2")
    assert by_moodle(bundle(Download("moodle", alone), [first]).content) == {}


def test_accents_and_order_of_names_do_not_matter(tmp_path: Path) -> None:
    place = Place("mullerjorg", "7", attachments={"numbers.ipynb": "9"})
    one = student(tmp_path, "u1", names=("Jörg Müller", "Müller Jörg"))
    assert by_canvas(bundle(Download("canvas", (place,)), [one]).content) == {7: ["9: feedback of u1"]}


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04broken", b"no zip"])
def test_what_is_no_zip_is_said(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "d.zip"
    path.write_bytes(content)
    with pytest.raises(DownloadError, match="cannot be read as a zip"):
        read_download(path)
    with pytest.raises(DownloadError, match="cannot be read as a zip"):
        read_download(tmp_path / "none.zip")


def test_another_zip_is_said(tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match="neither Moodle's"):
        read_download(zipped(tmp_path / "d.zip", {"ann/numbers.ipynb": ANN}))


def test_a_zip_bomb_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("utils.grading.feedback.bundle.MAX_NOTEBOOK", 1000)
    path = tmp_path / "d.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("Ann_41_assignsubmission_file/numbers.ipynb", b"0" * 10_000)
    (place,) = read_download(path).places
    assert place.notebooks == set()


def test_the_zip_depends_on_the_pages_alone(tmp_path: Path) -> None:
    download = Download("moodle", (Place("Ann", "41", {digest_of(ANN)}),))
    ann = student(tmp_path, "ann", ANN)
    assert bundle(download, [ann]).content == bundle(download, [ann]).content
