"""Sprites: the factors are dSprites', the pictures do what the factors say."""

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader

from utils.data import Sprites

SHAPE, SCALE, ORIENTATION, X, Y = range(5)
MIDDLE = [0, 5, 0, 15, 15]


def factors(**changes: int) -> list[list[int]]:
    row = list(MIDDLE)
    for name, value in changes.items():
        row[Sprites.factor_names.index(name)] = value
    return [row]


def centroid(image: np.ndarray) -> np.ndarray:
    """Row and column of the ink's centre of mass, in pixels."""
    grid = np.indices(image.shape)
    return (grid * image).sum(axis=(1, 2)) / image.sum()


def test_the_factors_are_those_of_dsprites() -> None:
    sprites = Sprites()
    assert sprites.factor_names == ("shape", "scale", "orientation", "x", "y")
    assert sprites.factor_sizes == (3, 6, 40, 32, 32)
    assert len(sprites) == 737_280
    assert sprites.factor_values["scale"] == pytest.approx([0.5, 0.6, 0.7, 0.8, 0.9, 1.0])
    assert sprites.factor_values["orientation"][[0, 1, -1]] == pytest.approx([0, 0.16110732, 2 * np.pi])


@pytest.mark.parametrize("resolution", [8, 17, 64])
@pytest.mark.parametrize("antialias", [True, False])
def test_images_have_the_promised_form(resolution: int, antialias: bool) -> None:
    sprites = Sprites(resolution, antialias)
    images = sprites.render(sprites.sample_factors(200, np.random.default_rng(0)))
    assert images.shape == (200, 1, resolution, resolution)
    assert images.dtype == np.float32
    assert images.min() == 0
    assert 0 < images.max() <= 1
    assert (images.sum(axis=(1, 2, 3)) > 0).all()
    assert np.isin(images, [0, 1]).all() != antialias


def test_no_images_for_no_factors() -> None:
    assert Sprites(16).render(np.empty((0, 5), dtype=np.int64)).shape == (0, 1, 16, 16)


def test_an_image_does_not_depend_on_its_batch() -> None:
    sprites = Sprites(32)
    rows = sprites.sample_factors(500, np.random.default_rng(1))
    together = sprites.render(rows)
    alone = np.concatenate([sprites.render(rows[i : i + 1]) for i in range(len(rows))])
    np.testing.assert_array_equal(together, alone)


def test_antialiasing_is_the_area_that_a_sprite_covers() -> None:
    rows = Sprites().sample_factors(120, np.random.default_rng(2))
    shaded = Sprites(32).render(rows)[:, 0]
    counted = Sprites(32 * 8, antialias=False).render(rows).reshape(-1, 32, 8, 32, 8).mean(axis=(2, 4))
    assert np.abs(shaded - counted).mean(axis=(1, 2)).max() < 0.005
    assert shaded.sum(axis=(1, 2)) == pytest.approx(counted.sum(axis=(1, 2)), rel=0.04)


@pytest.mark.parametrize("shape", range(3))
def test_position_moves_a_sprite_and_changes_nothing_else(shape: int) -> None:
    sprites = Sprites(64)
    first = sprites.render(factors(shape=shape, x=0, y=0))[0, 0]
    for x, y in ((1, 0), (0, 1), (31, 31), (7, 20)):
        moved = sprites.render(factors(shape=shape, x=x, y=y))[0, 0]
        np.testing.assert_allclose(moved, np.roll(first, (y, x), axis=(0, 1)), atol=1e-4)


@pytest.mark.parametrize("shape", range(3))
def test_scale_is_proportional(shape: int) -> None:
    areas = np.array([Sprites(256).render(factors(shape=shape, scale=i))[0].sum() for i in range(6)])
    assert np.sqrt(areas / areas[-1]) == pytest.approx(np.linspace(0.5, 1, 6), abs=0.005)


@pytest.mark.parametrize("shape", range(3))
def test_orientation_turns_a_sprite_counter_clockwise(shape: int) -> None:
    # 39 steps are three times 13: a third of a turn, after which the centre of mass has turned by as much.
    sprites = Sprites(256)
    turned = [sprites.render(factors(shape=shape, orientation=i, x=15, y=15))[0, 0] for i in (0, 13, 26, 39)]
    np.testing.assert_allclose(turned[3], turned[0], atol=1e-3)
    assert [image.sum() for image in turned] == pytest.approx([turned[0].sum()] * 4, rel=0.01)
    assert np.abs(turned[1] - turned[0]).max() > 0.9
    if shape == 2:
        centre = np.mean([centroid(image) for image in turned[:3]], axis=0)
        upright, later = (centroid(turned[i]) - centre for i in (0, 1))
        turn = np.arctan2(-later[0], later[1]) - np.arctan2(-upright[0], upright[1])
        assert np.mod(turn, 2 * np.pi) == pytest.approx(2 * np.pi / 3, abs=0.02)
        assert upright == pytest.approx([-np.hypot(*upright), 0], abs=0.1)  # more ink above than below


def test_every_other_change_of_a_factor_changes_the_picture() -> None:
    sprites = Sprites(64)
    for shape in range(3):
        for column, size in enumerate(sprites.factor_sizes[1:], start=1):
            rows = np.repeat(factors(shape=shape, orientation=3), size, axis=0)
            rows[:, column] = np.arange(size)
            images = sprites.render(rows[:39] if column == ORIENTATION else rows)
            gaps = np.abs(images[:, None] - images[None]).max(axis=(2, 3, 4)) + np.eye(len(images))
            assert gaps.min() > 0.05


def test_no_sprite_is_cut_off() -> None:
    sprites = Sprites(64)
    for shape in range(3):
        for x, y in ((0, 0), (31, 31), (0, 31)):
            rows = np.repeat(factors(shape=shape, x=x, y=y), 40, axis=0)
            rows[:, ORIENTATION] = np.arange(40)
            images = sprites.render(rows)
            assert max(images[..., 0, :].max(), images[..., -1, :].max()) == 0
            assert max(images[..., 0].max(), images[..., -1].max()) == 0


def test_sampled_factors_are_uniform_and_seeded() -> None:
    sprites = Sprites()
    rows = sprites.sample_factors(60_000, np.random.default_rng(3))
    assert rows.shape == (60_000, 5)
    assert rows.dtype == np.int64
    np.testing.assert_array_equal(rows, sprites.sample_factors(60_000, np.random.default_rng(3)))
    for column, size in enumerate(sprites.factor_sizes):
        shares = np.bincount(rows[:, column], minlength=size) / len(rows)
        assert shares == pytest.approx(np.full(size, 1 / size), abs=0.01)


def test_it_can_be_indexed_and_torch_loads_it_as_a_data_set() -> None:
    sprites = Sprites(16)
    image, row = sprites[737_279]
    assert (image.dtype, row.dtype) == (np.float32, np.int64)
    assert row.tolist() == [2, 5, 39, 31, 31]
    assert sprites[33][1].tolist() == [0, 0, 0, 1, 1]
    np.testing.assert_array_equal(image, sprites.render(row[None])[0])
    images, rows = next(iter(DataLoader(sprites, batch_size=7, shuffle=True)))
    assert (images.dtype, rows.dtype) == (torch.float32, torch.int64)
    np.testing.assert_array_equal(images.numpy(), sprites.render(rows.numpy()))


def test_wrong_factors_are_refused_in_one_sentence() -> None:
    sprites = Sprites(16)
    with pytest.raises(ValueError, match=r"shape \(5,\)"):
        sprites.render(MIDDLE)
    with pytest.raises(ValueError, match="orientation runs from 40 to 40, but it has the values 0 to 39"):
        sprites.render(factors(orientation=40))
    with pytest.raises(ValueError, match="x runs from -1"):
        sprites.render(factors(x=-1))
    with pytest.raises(ValueError, match="whole numbers"):
        sprites.render(np.array([[0.5, 0, 0, 0, 0]]))
    with pytest.raises(IndexError, match="737280 sprites"):
        sprites[737_280]
    with pytest.raises(ValueError, match="resolution is 4"):
        Sprites(4)
