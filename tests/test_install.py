"""Set-up installs the tested versions; where one of them has been withdrawn it says so, and goes on without it."""

import zipfile
from pathlib import Path

import pytest

import install


@pytest.fixture
def index(tmp_path, monkeypatch):
    """A package index of two packages in two versions each, and nothing else within pip's reach."""
    folder = tmp_path / "index"
    folder.mkdir()
    for version in ("1.0", "2.0"):
        write_wheel(folder, "leaf_cover", version)
        write_wheel(folder, "tree", version, requires="leaf-cover>=1")
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


def write_wheel(folder: Path, name: str, version: str, requires: str = "") -> None:
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as wheel:
        info = f"{name}-{version}.dist-info"
        wheel.writestr(f"{info}/METADATA", metadata + (f"Requires-Dist: {requires}\n" if requires else ""))
        wheel.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr(f"{info}/RECORD", "")


def installed_versions(target: Path) -> dict[str, str]:
    return dict(path.name.removesuffix(".dist-info").split("-") for path in target.glob("*.dist-info"))


def install_tree(target: Path, pins: dict[str, str]) -> dict[str, str]:
    install.install([*install.PIP_INSTALL, "--target", str(target), "tree"], pins)
    return installed_versions(target)


def test_every_package_has_its_tested_version(index, tmp_path, capsys):
    pins = {"tree": "1.0", "leaf_cover": "1.0"}
    assert install_tree(tmp_path / "site", pins) == {"tree": "1.0", "leaf_cover": "1.0"}
    assert "available" not in capsys.readouterr().out


@pytest.mark.parametrize("name", ["leaf_cover", "Leaf-Cover"])
def test_a_withdrawn_dependency_is_named_and_the_others_keep_their_versions(index, tmp_path, capsys, name):
    pins = {"tree": "1.0", name: "1.5"}
    assert install_tree(tmp_path / "site", pins) == {"tree": "1.0", "leaf_cover": "2.0"}
    assert pins == {"tree": "1.0"}
    (sentence,) = [line for line in capsys.readouterr().out.splitlines() if "available" in line]
    assert sentence.startswith(f"{name} 1.5 is not available")


def test_several_withdrawn_versions_are_named_one_by_one(index, tmp_path, capsys):
    assert install_tree(tmp_path / "site", {"tree": "1.1", "leaf_cover": "1.5"}) == {"tree": "2.0", "leaf_cover": "2.0"}
    sentences = [line for line in capsys.readouterr().out.splitlines() if "not available" in line]
    assert {sentence.split()[0] for sentence in sentences} == {"tree", "leaf_cover"}


def test_a_version_that_another_tested_one_needs_leaves_the_ranges_alone(index, tmp_path, capsys):
    write_wheel(index, "tree", "1.2", requires="leaf-cover==1.5")
    pins = {"tree": "1.2", "leaf_cover": "1.5"}
    assert install_tree(tmp_path / "site", pins) == {"tree": "2.0", "leaf_cover": "2.0"}
    assert not pins
    assert "ranges of pyproject.toml alone" in capsys.readouterr().out


def test_an_index_out_of_reach_is_no_withdrawn_version(index, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "nowhere"))
    pins = {"tree": "1.0", "leaf_cover": "1.0"}
    with pytest.raises(install.InstallError) as failure:
        install_tree(tmp_path / "site", pins)
    assert len(pins) == 2
    assert install.reason(str(failure.value)).startswith("ERROR")
    assert "WARNING" not in install.reason(str(failure.value))
    assert "not available" not in capsys.readouterr().out


def test_what_uv_cannot_find_on_its_own_index_counts_without_asking_pip(index):
    output = (
        "error: No solution found when resolving dependencies\n  cause: Because there is no version of leaf-cover==2.0 "
        "and tree>=1 depends on leaf-cover==2.0, we can conclude that tree==2.0 cannot be used."
    )
    assert install.unavailable_pins(output, {"tree": "2.0", "leaf_cover": "2.0"}) == ["leaf_cover"]


def test_the_tested_versions_are_read_from_the_constraints():
    pins = install.read_pins(install.ROOT / "constraints.txt")
    assert len(pins) > 100
    assert all(version[0].isdigit() for version in pins.values())


def test_a_large_download_is_announced_once_and_small_ones_are_not(capsys):
    report = install.Report()
    output = [
        "  Downloading torch-2.15.0-cp311-cp311-manylinux_2_28_x86_64.whl.metadata (30 kB)",
        "  Downloading tqdm-4.70.1-py3-none-any.whl (78 kB)",
        "Downloading torch-2.15.0-cp311-cp311-manylinux_2_28_x86_64.whl (539.4 MB)",
        "Progress 0 of 539400000",
        "Progress 539400000 of 539400000",
        "Downloading torchvision (1.9MiB)",
        "Installing collected packages: torch, tqdm",
    ]
    kept = [report.line(line) for line in output]
    assert kept == [True, True, True, False, False, True, True]
    assert capsys.readouterr().out == "  Downloading torch 2.15.0 (539.4 MB)\n  Installing 2 packages\n"
