"""Features of digits, against drawings whose features are known."""

import numpy as np
import pytest

from utils import preferences
from utils.data import load_mnist


def bar(width, lean=0.0):
    rows = np.arange(28)[:, None]
    columns = np.arange(28)[None, :] - 14 + lean * (rows - 14)
    return ((np.abs(columns) < width / 2) & (rows >= 4) & (rows < 24)).astype(np.float32)[None, None]


def test_stroke_weight_is_the_width_of_a_stroke():
    for width in (2, 3, 4):
        image = bar(width)
        true = image[0, 0, 10].sum()
        # Ends of the stroke count as edges too, and so a short stroke measures a little thin.
        assert 0.75 * true < preferences.stroke_weight(image)[0] <= true
    assert preferences.stroke_weight(np.zeros((1, 1, 28, 28), np.float32)) == 0


def test_slant_is_the_angle_of_a_leaning_bar():
    for lean in (-0.5, 0.0, 0.5):
        assert preferences.slant(bar(4, lean))[0] == pytest.approx(np.degrees(np.arctan(lean)), abs=3)
    assert preferences.slant(np.zeros((1, 1, 28, 28), np.float32)) == 0


def test_classifiers_read_held_out_digits_and_not_wrong_captions(digits):
    images, labels = digits
    assert preferences.readable(images, labels).mean() > 0.93
    assert preferences.readable(images, (labels + 1) % 10).mean() < 0.05
    right, wrong = (preferences.legibility(images, captions).mean() for captions in (labels, (labels + 1) % 10))
    assert wrong < -3 < -0.5 < right <= 0


def test_features_are_in_units_of_the_training_digits(digits):
    images, labels = load_mnist("train")
    features = preferences.describe(images, labels)
    for digit in (0, 1, 8):
        np.testing.assert_allclose(features[labels == digit, :2].mean(axis=0), 0, atol=1e-9)
        np.testing.assert_allclose(features[labels == digit, :2].std(axis=0), 1)


def test_wrong_captions_are_explained(digits):
    images, labels = digits
    with pytest.raises(ValueError, match="one caption per image"):
        preferences.describe(images[:3], labels[:2])
    with pytest.raises(ValueError, match="0 to 9"):
        preferences.readable(images[:2], [3, 10])


def test_diversity_is_the_mean_distance_within_a_caption():
    images = np.zeros((4, 1, 28, 28), np.float32)
    images[1, 0, 0, 0] = 1
    images[2:, 0, :3, 0] = 1
    assert preferences.diversity(images, [3, 3, 5, 5]) == pytest.approx(0.5)
    with pytest.raises(ValueError, match="two images of the same caption"):
        preferences.diversity(images[:1], [3])


def test_components_tell_images_apart(digits):
    images, _ = digits
    components = preferences.Components(images, 20)
    coordinates = components(images[:50])
    assert coordinates.shape == (50, 20)
    assert len(np.unique(coordinates.round(6), axis=0)) == 50
