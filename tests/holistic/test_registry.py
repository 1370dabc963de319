"""Registries: items by name."""

import pytest

from utils.holistic import PERTURBATIONS, SCENARIOS, Perturbation
from utils.holistic.registry import Registry


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(KeyError, match="choose from movies"):
        SCENARIOS["musicals"]


def test_items_are_found_in_their_order_and_replaced_by_name():
    registry = Registry("perturbation", PERTURBATIONS.values())
    assert list(registry) == list(PERTURBATIONS)
    shout = registry.add(Perturbation("case", lambda text, *_: f"{text.upper()}!"))
    assert registry["case"] is shout
    assert PERTURBATIONS["case"] is not shout
    assert (len(registry), list(registry)) == (len(PERTURBATIONS), list(PERTURBATIONS))


def test_an_item_needs_a_name():
    with pytest.raises(ValueError, match="without a name"):
        Registry("perturbation", [Perturbation(" ", lambda text, *_: text)])
