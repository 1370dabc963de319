"""Comparisons, the scores behind them, rewards, the tilt, and judges whose taste is known."""

import json

import numpy as np
import pytest
from scipy.optimize import approx_fprime
from scipy.special import expit

from utils import preferences
from utils.data import load_mnist
from utils.preferences import Comparisons, Judge


def answers(scores, n, rng):
    """n answers of somebody whose scores are known, each about a random pair."""
    k = len(scores)
    first = rng.integers(k, size=n)
    second = (first + rng.integers(1, k, size=n)) % k
    return Comparisons(first, second, (rng.random(n) < expit(scores[first] - scores[second])).astype(float), k)


@pytest.fixture(scope="module")
def digits():
    return load_mnist("test")


@pytest.fixture(scope="module")
def described(digits):
    return preferences.describe(*digits)


# Comparisons


def test_answers_survive_the_file(tmp_path):
    told = Comparisons.none(3, {"caption": 7, "seeds": [1, 2, 3]}).with_answer(0, 1, 1).with_answer(2, 1, 0.5)
    told.save(tmp_path / "answers.json")
    read = Comparisons.load(tmp_path / "answers.json")
    assert (len(read), read.n_items, read.about) == (2, 3, {"caption": 7, "seeds": [1, 2, 3]})
    np.testing.assert_array_equal(read.first, [0, 2])
    np.testing.assert_array_equal(read.second, [1, 1])
    np.testing.assert_array_equal(read.outcome, [1, 0.5])
    assert [path.name for path in tmp_path.iterdir()] == ["answers.json"]


@pytest.mark.parametrize(
    "content",
    [
        "",
        '{"format": "which-is-better/answers", "n_items": 2, "answers": [[Infinity, 1, 1]]}',
        "[]",
        '"text"',
        "{}",
        '{"format": "other", "n_items": 2, "answers": []}',
        '{"format": "which-is-better/answers", "n_items": 2, "answers": [[0]]}',
        '{"format": "which-is-better/answers", "n_items": 2, "answers": [[0, "x", 1]]}',
        "[" * 100_000,
    ],
)
def test_a_file_of_something_else_is_explained(tmp_path, content):
    (tmp_path / "other.json").write_text(content)
    with pytest.raises(ValueError, match=r"other\.json holds no answers") as caught:
        Comparisons.load(tmp_path / "other.json")
    assert "\n" not in str(caught.value)


def test_wins_count_a_tie_as_half():
    told = Comparisons([0, 1, 0], [1, 0, 2], [1, 0, 0.5], 3)
    np.testing.assert_array_equal(told.wins(), [[0, 2, 0.5], [0, 0, 0], [0.5, 0, 0]])
    np.testing.assert_array_equal(told.take([2]).wins().sum(), 1)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (([0], [1, 0], [1], 2), "same length"),
        (([0], [2], [1], 2), "from 0 to 1"),
        (([1], [1], [1], 2), "with itself"),
        (([0], [1], [0.3], 2), r"0\.5 \(tie\)"),
        (([0.5], [1], [1], 2), "integers"),
        (([], [], [], 1), "at least 2"),
    ],
)
def test_impossible_comparisons_are_explained(wrong, says):
    with pytest.raises(ValueError, match=says):
        Comparisons(*wrong)


# Bradley–Terry


def test_scores_are_recovered_better_from_more_answers():
    rng = np.random.default_rng(0)
    scores = np.array([1.0, 0.4, 0.0, -0.4, -1.0])
    few, many = (np.abs(preferences.fit(answers(scores, n, rng)).scores - scores).max() for n in (200, 20_000))
    assert many < 0.08
    assert many < few


def test_the_fit_is_the_maximum_and_sums_to_zero():
    told = answers(np.array([0.8, 0.1, -0.3, -0.6]), 300, np.random.default_rng(1))
    ranking = preferences.fit(told)
    assert ranking.scores.sum() == pytest.approx(0, abs=1e-9)
    slope = approx_fprime(ranking.scores, lambda s: preferences.log_likelihood(s, told), 1e-6)
    np.testing.assert_allclose(slope, 0, atol=1e-3)
    best = preferences.log_likelihood(ranking.scores, told)
    assert preferences.log_likelihood(ranking.scores + 3, told) == pytest.approx(best)
    assert ranking.order() == np.argsort(-ranking.scores).tolist()


def test_two_items_have_the_log_odds_and_its_textbook_error():
    ranking = preferences.fit(Comparisons([0] * 40, [1] * 40, [1] * 30 + [0] * 10, 2))
    gap = ranking.difference(0, 1)
    assert gap.mean == pytest.approx(np.log(3), abs=1e-6)
    assert (gap.high - gap.mean) / 1.959964 == pytest.approx(np.sqrt(1 / 30 + 1 / 10), rel=1e-4)
    assert ranking.probability(0, 1) == pytest.approx(0.75, abs=1e-6)


def test_a_tie_pulls_together():
    won = Comparisons([0, 0, 1], [1, 1, 0], [1, 1, 1], 2)
    assert preferences.fit(won.with_answer(0, 1, 0.5)).probability(0, 1) == pytest.approx(2.5 / 4, abs=1e-6)
    assert preferences.fit(Comparisons([0], [1], [0.5], 2)).scores == pytest.approx([0, 0])


def test_intervals_hold_the_truth_as_often_as_they_say():
    rng = np.random.default_rng(2)
    scores = np.array([0.6, 0.1, -0.2, -0.5])
    held = []
    for _ in range(150):
        gap = preferences.fit(answers(scores, 300, rng)).difference(0, 2)
        held.append(gap.low < scores[0] - scores[2] < gap.high)
    assert 0.89 < np.mean(held) < 0.99


@pytest.mark.parametrize(
    ("told", "says"),
    [
        (Comparisons([0, 1], [1, 2], [1, 1], 3), r"Item 0 never lost or tied,.*prior_sd"),
        (Comparisons([0, 1, 2, 3, 0], [1, 0, 3, 2, 2], [1, 1, 1, 1, 1], 4), r"Item 0, 1 never lost.*the others"),
        (Comparisons([0, 1, 2, 3], [1, 0, 3, 2], [1, 1, 1, 1], 4), r"2 groups that were never compared"),
        (Comparisons.none(2), r"2 groups"),
    ],
)
def test_without_a_finite_answer_it_is_said_and_a_prior_gives_one(told, says):
    with pytest.raises(preferences.NoFiniteRanking, match=says) as caught:
        preferences.fit(told)
    assert "\n" not in str(caught.value)
    ranking = preferences.fit(told, prior_sd=1.0)
    assert np.isfinite(ranking.scores).all()
    if len(told):
        assert ranking.order()[0] in (0, 1)


def test_a_wide_prior_changes_nothing():
    told = answers(np.array([0.5, 0.0, -0.5]), 200, np.random.default_rng(3))
    np.testing.assert_allclose(preferences.fit(told, prior_sd=1e3).scores, preferences.fit(told).scores, atol=1e-4)


def test_names_do_not_matter():
    told = answers(np.array([0.9, 0.2, -1.1]), 150, np.random.default_rng(4))
    renamed = np.array([2, 0, 1])
    other = Comparisons(renamed[told.first], renamed[told.second], told.outcome, 3)
    np.testing.assert_allclose(preferences.fit(other).scores[renamed], preferences.fit(told).scores, atol=1e-6)
    turned = Comparisons(told.second, told.first, 1 - told.outcome, 3)
    np.testing.assert_allclose(preferences.fit(turned).scores, preferences.fit(told).scores, atol=1e-6)


# Rewards


def test_a_reward_model_finds_the_taste_behind_the_answers():
    rng = np.random.default_rng(5)
    taste = np.array([1.5, -0.5, 0.0])
    first, second = rng.normal(size=(2, 4000, 3)) * [1, 4, 0.1] + 7
    per_unit = taste / [1, 4, 0.1]
    chosen = (rng.random(4000) < expit((first - second) @ per_unit)).astype(float)
    model = preferences.fit_reward(first, second, chosen, prior_sd=3.0)
    for feature, worth in enumerate(taste):
        interval = model.weight(feature, confidence=0.999)
        assert interval.low < worth < interval.high
        assert interval.high - interval.low < 0.6
    expected = expit((first - second) @ per_unit)
    assert np.abs(model.probability(first, second) - expected).mean() < 0.03


def test_certainty_grows_with_answers_and_falls_with_distance():
    rng = np.random.default_rng(6)
    first, second = rng.normal(size=(2, 500, 2))
    chosen = (first[:, 0] > second[:, 0]).astype(float)
    few, many = (preferences.fit_reward(first[:n], second[:n], chosen[:n]) for n in (20, 500))
    assert many.reward_sd(first).mean() < few.reward_sd(first).mean()
    near, far = np.zeros((1, 2)), np.full((1, 2), 10.0)
    assert many.reward_sd(far) > many.reward_sd(near)


def test_no_answer_leaves_the_prior_and_unanimous_ones_stay_finite():
    nothing = preferences.fit_reward(np.zeros((0, 3)), np.zeros((0, 3)), np.zeros(0), prior_sd=2.0)
    np.testing.assert_array_equal(nothing.weights, 0)
    np.testing.assert_allclose(np.sqrt(np.diag(nothing.covariance)), 2)
    one = preferences.fit_reward([[1.0]], [[0.0]], [1.0])
    assert 0 < one.weights[0] < np.inf
    assert preferences.fit_reward([[1.0]], [[0.0]], [0.5]).weights[0] == pytest.approx(0, abs=1e-6)


def test_wrong_features_are_explained():
    model = preferences.fit_reward(np.ones((2, 3)), np.zeros((2, 3)), [1, 0])
    with pytest.raises(ValueError, match=r"\(n, 3\) is needed"):
        model.reward(np.ones((2, 2)))
    with pytest.raises(ValueError, match=r"\(n, d\), \(n, d\) and \(n,\)"):
        preferences.fit_reward(np.ones((2, 3)), np.zeros((3, 3)), [1, 0])


# The tilt


def test_the_tilt_of_a_gaussian_agrees_with_its_closed_form():
    rng = np.random.default_rng(7)
    mean, covariance, slope = np.array([1.0, -1.0]), np.array([[1.0, 0.6], [0.6, 2.0]]), np.array([0.5, 0.2])
    sample = rng.multivariate_normal(mean, covariance, 200_000)
    weights = preferences.tilt_weights(sample @ slope, beta=0.8)
    expected = preferences.gaussian_tilt(mean, covariance, slope, beta=0.8)
    np.testing.assert_allclose(expected, mean + covariance @ slope / 0.8)
    np.testing.assert_allclose(weights @ sample, expected, atol=0.03)
    moved = sample - weights @ sample
    np.testing.assert_allclose((weights[:, None] * moved).T @ moved, covariance, atol=0.06)
    # KL of two Gaussians of one covariance: half the squared Mahalanobis distance of their means.
    shift = expected - mean
    assert preferences.tilt_kl(weights) == pytest.approx(shift @ np.linalg.solve(covariance, shift) / 2, abs=0.02)


def test_the_price_beta_rules_the_weights():
    rewards = np.array([0.0, 1.0, 3.0])
    np.testing.assert_allclose(preferences.tilt_weights(rewards, 1e9), 1 / 3)
    np.testing.assert_allclose(preferences.tilt_weights(rewards, 1e-3), [0, 0, 1], atol=1e-9)
    np.testing.assert_allclose(preferences.tilt_weights(rewards + 1e6, 0.5), preferences.tilt_weights(rewards, 0.5))
    assert preferences.effective_sample_size(np.full(7, 0.1)) == pytest.approx(7)
    assert preferences.effective_sample_size([0, 5, 0]) == pytest.approx(1)
    assert preferences.tilt_kl([0, 1, 0]) == pytest.approx(np.log(3))
    for wrong in (0, -1, np.nan):
        with pytest.raises(ValueError, match="positive"):
            preferences.tilt_weights(rewards, wrong)


def test_best_of_n_needs_no_draws():
    rng = np.random.default_rng(8)
    rewards, values = rng.normal(size=(2, 12))
    values += rewards
    for n in (1, 3, 12):
        drawn = np.array([rng.choice(12, n, replace=False) for _ in range(20_000)])
        chosen = drawn[np.arange(len(drawn)), preferences.best_of_n(rewards[drawn])]
        assert preferences.best_of_n_mean(rewards, values, n) == pytest.approx(values[chosen].mean(), abs=0.04)
    assert preferences.best_of_n_mean(rewards, values, 1) == pytest.approx(values.mean())
    assert preferences.best_of_n_mean(rewards, rewards, 12) == pytest.approx(rewards.max())


def test_what_best_of_n_costs():
    assert preferences.best_of_n_kl(1) == 0
    # The density of the best of n uniform draws is n u^(n−1); its KL to the uniform one, by quadrature.
    u = (np.arange(100_000) + 0.5) / 100_000
    density = 4 * u**3
    assert preferences.best_of_n_kl(4) == pytest.approx(np.mean(density * np.log(density)), abs=1e-6)


def test_a_win_rate_stays_a_share_and_holds_the_truth():
    assert preferences.win_rate([1, 0.5, 0, 0]).mean == pytest.approx(0.375)
    everything = preferences.win_rate(np.ones(10))
    assert everything.mean == 1
    assert 0.6 < everything.low < 0.8  # Wilson's lower end for 10 of 10 is 0.722.
    assert everything.high == 1
    rng = np.random.default_rng(9)
    held = [
        interval.low < 0.7 < interval.high
        for interval in (preferences.win_rate((rng.random(60) < 0.7).astype(float)) for _ in range(800))
    ]
    assert 0.92 < np.mean(held) < 0.98
    with pytest.raises(ValueError, match="none of"):
        preferences.win_rate([0.7])
    with pytest.raises(ValueError, match=r"\(n,\)"):
        preferences.win_rate([])


# What judges see


def bar(width, lean=0.0):
    rows = np.arange(28)[:, None]
    columns = np.arange(28)[None, :] - 14 + lean * (rows - 14)
    return ((np.abs(columns) < width / 2) & (rows >= 4) & (rows < 24)).astype(np.float32)[None, None]


def test_stroke_weight_is_the_width_of_a_stroke():
    for width in (2, 3, 4):
        drawn = bar(width)
        true = drawn[0, 0, 10].sum()
        # Ends of the stroke count as edges too, and so a short stroke measures a little thin.
        assert 0.75 * true < preferences.stroke_weight(drawn)[0] <= true
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
    described = preferences.describe(images, labels)
    for digit in (0, 1, 8):
        np.testing.assert_allclose(described[labels == digit, :2].mean(axis=0), 0, atol=1e-9)
        np.testing.assert_allclose(described[labels == digit, :2].std(axis=0), 1)


def test_wrong_captions_are_explained(digits):
    images, labels = digits
    with pytest.raises(ValueError, match="one caption an image"):
        preferences.describe(images[:3], labels[:2])
    with pytest.raises(ValueError, match="0 to 9"):
        preferences.readable(images[:2], [3, 10])


def test_diversity_is_the_mean_distance_within_a_caption():
    images = np.zeros((4, 1, 28, 28), np.float32)
    images[1, 0, 0, 0] = 1
    images[2:, 0, :3, 0] = 1
    assert preferences.diversity(images, [3, 3, 5, 5]) == pytest.approx(0.5)
    with pytest.raises(ValueError, match="two of the same"):
        preferences.diversity(images[:1], [3])


def test_components_tell_images_apart(digits):
    images, _ = digits
    components = preferences.Components(images, 20)
    coordinates = components(images[:50])
    assert coordinates.shape == (50, 20)
    assert len(np.unique(coordinates.round(6), axis=0)) == 50


# Judges


def test_a_judge_s_answers_follow_the_utility_and_the_temperature(described):
    judge = Judge("test", stroke_weight=1.0, temperature=0.0)
    first, second = described[:500], described[500:]
    told, who = preferences.ask(judge, first, second, np.random.default_rng(0))
    np.testing.assert_array_equal(told, (first[:, 0] > second[:, 0]).astype(float))
    assert set(who) == {0}
    np.testing.assert_array_equal(preferences.ask(judge, first, first, np.random.default_rng(0))[0], 0.5)
    careless = Judge("test", stroke_weight=1.0, temperature=2.0)
    bolder, usual = np.tile([1.0, 0.0, 0.0], (4000, 1)), np.zeros((4000, 3))
    assert careless.prefers(bolder, usual, np.random.default_rng(1)).mean() == pytest.approx(expit(0.5), abs=0.03)
    assert careless.chance(bolder, usual)[0] == pytest.approx(expit(0.5))


def test_who_has_enough_minds_more():
    weights = np.column_stack([[0.0, 1.0, 2.0, 3.0, 5.0], np.zeros(5), np.zeros(5)])
    np.testing.assert_allclose(preferences.MODERATE.utility_of(weights), [0, 1, 2, 1, -1])
    np.testing.assert_allclose(preferences.BOLD.utility_of(weights), [0, 1, 2, 3, 5])


def test_a_crowd_answers_in_its_shares(described):
    first, second = np.repeat(described[:1], 3000, axis=0), np.repeat(described[1:2], 3000, axis=0)
    crowd = (preferences.BOLD, preferences.FINE)
    told, who = preferences.ask(crowd, first, second, np.random.default_rng(0), shares=[3, 1])
    assert np.mean(who == 0) == pytest.approx(0.75, abs=0.03)
    for position, judge in enumerate(crowd):
        gap = judge.utility_of(described[:1]) - judge.utility_of(described[1:2])
        assert told[who == position].mean() == pytest.approx(expit(gap[0] / judge.temperature), abs=0.05)


def test_a_reward_model_recovers_a_judge_s_taste(described):
    rng = np.random.default_rng(0)
    pairs = rng.permutation(1000).reshape(2, 500)
    first, second = described[pairs[0]], described[pairs[1]]
    told, _ = preferences.ask(preferences.SLANTED, first, second, rng)
    weights = preferences.fit_reward(first, second, told, prior_sd=3.0).weights
    assert np.argmax(weights) == preferences.FEATURES.index("slant")


def test_what_a_judge_cannot_be_is_explained(described):
    with pytest.raises(ValueError, match="noise is 0 or more"):
        Judge("test", temperature=-1)
    with pytest.raises(ValueError, match=r"features\.describe"):
        preferences.ask(preferences.BOLD, described[:3], described[:2], np.random.default_rng(0))
    with pytest.raises(ValueError, match="give each judge a share"):
        preferences.ask([preferences.BOLD], described[:3], described[3:6], np.random.default_rng(0), shares=[0.5, 0.5])


def test_the_file_is_plain_json(tmp_path):
    Comparisons([0], [1], [1], 2).save(tmp_path / "answers.json")
    assert json.loads((tmp_path / "answers.json").read_text())["answers"] == [[0, 1, 1.0]]
