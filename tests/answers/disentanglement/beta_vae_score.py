"""Answers to exercise 2, the β-VAE score."""

import numpy as np
from sklearn.linear_model import LogisticRegression

from tests.answers.bank import Exercise

EXERCISE = Exercise(
    assignment="03_disentanglement",
    notebook="disentanglement",
    title="2 the β-VAE score",
    read="03_disentanglement: The β-VAE score: guess the factor that was held fixed",
    solutions=("beta_vae_score",),
    checks=("beta_vae_score-known_codes", "beta_vae_score-theory", "beta_vae_score-blind"),
)


@EXERCISE.right("beta_vae_score")
def asks_once_a_factor(draw_pairs, n_factors, n_train=100, n_test=50, n_pairs=64):
    """Draws all pairs of a factor at once, and cuts them into points afterwards."""
    n_points = n_train + n_test
    train, test = [], []
    for factor in range(n_factors):
        first, second = draw_pairs(factor, n_points * n_pairs)
        points = np.abs(first - second).reshape(n_points, n_pairs, -1).mean(axis=1)
        train.append(points[:n_train])
        test.append(points[n_train:])
    model = LogisticRegression().fit(np.concatenate(train), np.arange(n_factors).repeat(n_train))
    return np.mean(model.predict(np.concatenate(test)) == np.arange(n_factors).repeat(n_test))


@EXERCISE.right("beta_vae_score")
def loops_over_points(draw_pairs, n_factors, n_train=100, n_test=50, n_pairs=64):
    """Appends a point after the other, factors in turn, and averages with a sum."""
    points, labels = [], []
    for _ in range(n_train + n_test):
        for factor in range(n_factors):
            first, second = draw_pairs(factor, n_pairs)
            points.append(sum(abs(a - b) for a, b in zip(first, second, strict=True)) / n_pairs)
            labels.append(factor)
    cut = n_train * n_factors
    classifier = LogisticRegression(max_iter=500)
    classifier.fit(points[:cut], labels[:cut])
    return float(classifier.score(points[cut:], labels[cut:]))


@EXERCISE.right("beta_vae_score")
def standardises_the_points(draw_pairs, n_factors, n_train=100, n_test=50, n_pairs=64):
    """Puts a scaler before the classifier, so that the unit of a latent does not matter; counts hits by hand."""
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    def points(n):
        made = []
        for factor in range(n_factors):
            for _ in range(n):
                first, second = map(np.asarray, draw_pairs(factor, n_pairs))
                made.append((np.sqrt((first - second) ** 2).mean(0), factor))
        return made

    train = points(n_train)
    classifier = make_pipeline(StandardScaler(), LogisticRegression())
    classifier.fit([x for x, _ in train], [factor for _, factor in train])
    test = points(n_test)
    guesses = classifier.predict([x for x, _ in test])
    return sum(guess == factor for guess, (_, factor) in zip(guesses, test, strict=True)) / len(test)


@EXERCISE.wrong("beta_vae_score")
def scores_the_training_points(draw_pairs, n_factors, n_train=100, n_test=50, n_pairs=64):
    """Tests on the points that the classifier was trained on, which it may know by heart."""
    labels = np.repeat(np.arange(n_factors), n_train + n_test)
    pairs = [draw_pairs(label, n_pairs) for label in labels]
    points = [np.mean(np.abs(first - second), axis=0) for first, second in pairs]
    return LogisticRegression().fit(points, labels).score(points, labels)


@EXERCISE.wrong("beta_vae_score")
def forgets_the_absolute_value(draw_pairs, n_factors, n_train=100, n_test=50, n_pairs=64):
    """Averages signed differences, which cancel whichever factor is shared."""

    def points(each):
        labels = np.repeat(np.arange(n_factors), each)
        pairs = [draw_pairs(label, n_pairs) for label in labels]
        return [np.mean(first - second, axis=0) for first, second in pairs], labels

    return LogisticRegression().fit(*points(n_train)).score(*points(n_test))


@EXERCISE.wrong("beta_vae_score")
def takes_one_pair_a_point(draw_pairs, n_factors, n_train=100, n_test=50, n_pairs=64):
    """Makes each pair a point of its own: two values may be equal by chance."""

    def points(each):
        points, labels = [], []
        for factor in range(n_factors):
            first, second = draw_pairs(factor, each * n_pairs)
            points.extend(np.abs(first - second))
            labels.extend([factor] * len(first))
        return points, labels

    return LogisticRegression().fit(*points(n_train)).score(*points(n_test))


@EXERCISE.wrong("beta_vae_score")
def classifies_the_codes(draw_pairs, n_factors, n_train=100, n_test=50, n_pairs=64):
    """Averages the codes themselves: their differences are what tells the factor."""

    def points(each):
        labels = np.repeat(np.arange(n_factors), each)
        pairs = [draw_pairs(label, n_pairs) for label in labels]
        return [np.mean(np.concatenate(pair), axis=0) for pair in pairs], labels

    return LogisticRegression().fit(*points(n_train)).score(*points(n_test))


@EXERCISE.wrong("beta_vae_score")
def returns_the_error(draw_pairs, n_factors, n_train=100, n_test=50, n_pairs=64):
    """Returns the share that the classifier gets wrong."""

    def points(each):
        labels = np.repeat(np.arange(n_factors), each)
        pairs = [draw_pairs(label, n_pairs) for label in labels]
        return [np.mean(np.abs(first - second), axis=0) for first, second in pairs], labels

    return 1 - LogisticRegression().fit(*points(n_train)).score(*points(n_test))


@EXERCISE.wrong("beta_vae_score")
def votes_for_the_stillest_latent(draw_pairs, n_factors, n_train=100, n_test=50, n_pairs=64):
    """Lets the latent that moves least vote for the factor: the FactorVAE score, which does see a lost factor."""

    def points(each):
        labels = np.repeat(np.arange(n_factors), each)
        pairs = [draw_pairs(label, n_pairs) for label in labels]
        return np.array([np.argmin(np.mean(np.abs(first - second), axis=0)) for first, second in pairs]), labels

    stillest, labels = points(n_train)
    vote = {latent: np.bincount(labels[stillest == latent]).argmax() for latent in np.unique(stillest)}
    stillest, labels = points(n_test)
    return np.mean([vote.get(latent, 0) == label for latent, label in zip(stillest, labels, strict=True)])


@EXERCISE.wrong("beta_vae_score")
def averages_over_the_latents(draw_pairs, n_factors, n_train=100, n_test=50, n_pairs=64):
    """Averages along the wrong axis: one number per pair remains, which no longer says which latent was constant."""

    def points(each):
        labels = np.repeat(np.arange(n_factors), each)
        pairs = [draw_pairs(label, n_pairs) for label in labels]
        return [np.mean(np.abs(first - second), axis=1) for first, second in pairs], labels

    return LogisticRegression().fit(*points(n_train)).score(*points(n_test))


@EXERCISE.wrong("beta_vae_score")
def shares_the_points_between_factors(draw_pairs, n_factors, n_train=100, n_test=50, n_pairs=64):
    """Draws n_train points in all, not for every factor."""

    def points(n):
        labels = np.arange(n) % n_factors
        pairs = [draw_pairs(label, n_pairs) for label in labels]
        return [np.mean(np.abs(first - second), axis=0) for first, second in pairs], labels

    return LogisticRegression().fit(*points(n_train)).score(*points(n_test))


@EXERCISE.wrong("beta_vae_score")
def counts_factors_from_one(draw_pairs, n_factors, n_train=100, n_test=50, n_pairs=64):
    """Numbers the factors from 1, and asks for one that is not there."""

    def points(each):
        labels = np.repeat(np.arange(1, n_factors + 1), each)
        pairs = [draw_pairs(label, n_pairs) for label in labels]
        return [np.mean(np.abs(first - second), axis=0) for first, second in pairs], labels

    return LogisticRegression().fit(*points(n_train)).score(*points(n_test))


@EXERCISE.wrong("beta_vae_score")
def compares_neighbours_in_the_batch(draw_pairs, n_factors, n_train=100, n_test=50, n_pairs=64):
    """Takes differences between successive pictures of a batch, which share nothing."""

    def points(each):
        labels = np.repeat(np.arange(n_factors), each)
        batches = [draw_pairs(label, n_pairs)[0] for label in labels]
        return [np.mean(np.abs(np.diff(batch, axis=0)), axis=0) for batch in batches], labels

    return LogisticRegression().fit(*points(n_train)).score(*points(n_test))


@EXERCISE.wrong("beta_vae_score")
def squares_the_differences(draw_pairs, n_factors, n_train=100, n_test=50, n_pairs=64):
    """Averages squared differences, where the text says absolute ones."""

    def points(each):
        labels = np.repeat(np.arange(n_factors), each)
        pairs = [draw_pairs(label, n_pairs) for label in labels]
        return [np.mean((first - second) ** 2, axis=0) for first, second in pairs], labels

    return LogisticRegression().fit(*points(n_train)).score(*points(n_test))


@EXERCISE.wrong("beta_vae_score")
def takes_the_root_mean_square(draw_pairs, n_factors, n_train=100, n_test=50, n_pairs=64):
    """Averages squared differences and takes the root, which is not the mean absolute difference."""

    def points(each):
        labels = np.repeat(np.arange(n_factors), each)
        pairs = [draw_pairs(label, n_pairs) for label in labels]
        return [np.sqrt(np.mean((first - second) ** 2, axis=0)) for first, second in pairs], labels

    return LogisticRegression().fit(*points(n_train)).score(*points(n_test))


@EXERCISE.wrong("beta_vae_score")
def takes_the_median_of_the_pairs(draw_pairs, n_factors, n_train=100, n_test=50, n_pairs=64):
    """Takes the median over the pairs, where the text says the mean."""

    def points(each):
        labels = np.repeat(np.arange(n_factors), each)
        pairs = [draw_pairs(label, n_pairs) for label in labels]
        return [np.median(np.abs(first - second), axis=0) for first, second in pairs], labels

    return LogisticRegression().fit(*points(n_train)).score(*points(n_test))


@EXERCISE.wrong("beta_vae_score")
def exchanges_training_and_test(draw_pairs, n_factors, n_train=100, n_test=50, n_pairs=64):
    """Trains on n_test points for every factor and tests on n_train."""

    def points(each):
        labels = np.repeat(np.arange(n_factors), each)
        pairs = [draw_pairs(label, n_pairs) for label in labels]
        return [np.mean(np.abs(first - second), axis=0) for first, second in pairs], labels

    return LogisticRegression().fit(*points(n_test)).score(*points(n_train))


@EXERCISE.wrong("beta_vae_score")
def asks_the_nearest_neighbour(draw_pairs, n_factors, n_train=100, n_test=50, n_pairs=64):
    """Lets the nearest training point decide, which is no linear classifier."""
    from sklearn.neighbors import KNeighborsClassifier

    def points(each):
        labels = np.repeat(np.arange(n_factors), each)
        pairs = [draw_pairs(label, n_pairs) for label in labels]
        return [np.mean(np.abs(first - second), axis=0) for first, second in pairs], labels

    return KNeighborsClassifier(1).fit(*points(n_train)).score(*points(n_test))


@EXERCISE.wrong("beta_vae_score")
def asks_a_forest(draw_pairs, n_factors, n_train=100, n_test=50, n_pairs=64):
    """Trains a random forest, which is no linear classifier."""
    from sklearn.ensemble import RandomForestClassifier

    def points(each):
        labels = np.repeat(np.arange(n_factors), each)
        pairs = [draw_pairs(label, n_pairs) for label in labels]
        return [np.mean(np.abs(first - second), axis=0) for first, second in pairs], labels

    return RandomForestClassifier(20, random_state=0).fit(*points(n_train)).score(*points(n_test))


@EXERCISE.wrong("beta_vae_score")
def splits_n_test_points_off_in_all(draw_pairs, n_factors, n_train=100, n_test=50, n_pairs=64):
    """Splits one pool at random and keeps n_test points for the test, not n_test for every factor."""
    from sklearn.model_selection import train_test_split

    points, labels = [], []
    for factor in range(n_factors):
        for _ in range(n_train + n_test):
            first, second = draw_pairs(factor, n_pairs)
            points.append(np.mean(np.abs(first - second), axis=0))
            labels.append(factor)
    train, test, names, tests = train_test_split(points, labels, test_size=n_test, random_state=0)
    return LogisticRegression().fit(train, names).score(test, tests)


@EXERCISE.wrong("beta_vae_score")
def takes_the_largest_difference(draw_pairs, n_factors, n_train=100, n_test=50, n_pairs=64):
    """Takes the largest difference over the pairs, where the text says the mean."""

    def points(n):
        drawn = [[draw_pairs(j, n_pairs) for _ in range(n)] for j in range(n_factors)]
        return np.array([np.abs(a - b).max(axis=0) for row in drawn for a, b in row])

    classifier = LogisticRegression().fit(points(n_train), np.repeat(np.arange(n_factors), n_train))
    return classifier.score(points(n_test), np.repeat(np.arange(n_factors), n_test))
