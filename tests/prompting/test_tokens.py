"""What prompts share: common prefixes, and groups of contexts."""

from utils.prompting.tokens import common_length, shared_prefixes


def test_contexts_are_divided_where_that_saves_work():
    head, other = tuple(range(50)), tuple(range(60, 110))
    contexts = [(*head, 1, 2), (*other, 3), (*head, 4), (*other, 5, 6)]
    groups = shared_prefixes(contexts)
    assert sorted((group.shared, sorted(group.members)) for group in groups) == [(50, [0, 2]), (50, [1, 3])]
    assert common_length([(1, 2, 3), (1, 2), (1, 2, 4)]) == 2
    assert shared_prefixes([(1, 2), (1, 2, 3)])[0].shared == 1, "each context keeps a token of its own to run"
