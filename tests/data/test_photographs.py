"""The photographs: which there are, and what they look like as arrays."""

import socket

import numpy as np
import pytest
from skimage import color

from utils.data import PHOTOGRAPHS, load_photograph


@pytest.mark.parametrize("name", PHOTOGRAPHS)
def test_every_photograph_loads_without_a_network(name, monkeypatch):
    def refuse(*_):
        raise OSError("no network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    picture = load_photograph(name)
    assert picture.dtype == np.uint8
    assert picture.ndim == 2 or picture.shape[2:] == (3,)
    assert min(picture.shape[:2]) >= 300
    assert np.ptp(picture) > 100


def test_there_are_grey_and_colour_ones_and_no_two_are_the_same():
    pictures = [load_photograph(name) for name in PHOTOGRAPHS]
    assert {picture.ndim for picture in pictures} == {2, 3}
    assert len({picture.tobytes() for picture in pictures}) == len(PHOTOGRAPHS)


def test_grey_is_luminance_and_leaves_grey_alone():
    colour, grey = load_photograph("chelsea"), load_photograph("chelsea", grey=True)
    assert grey.shape == colour.shape[:2]
    assert grey.dtype == np.uint8
    np.testing.assert_allclose(grey / 255, color.rgb2gray(colour), atol=0.5 / 255)
    np.testing.assert_array_equal(load_photograph("camera", grey=True), load_photograph("camera"))


def test_each_call_gives_an_array_of_its_own():
    load_photograph("camera")[:] = 0
    assert load_photograph("camera").any()


def test_an_unknown_photograph_is_refused_in_one_sentence():
    with pytest.raises(ValueError, match="no photograph 'lena': choose one of astronaut, brick") as error:
        load_photograph("lena")
    assert str(error.value).endswith(".")
