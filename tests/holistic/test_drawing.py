"""The table as a figure."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from utils.holistic.drawing import draw_table


def test_values_at_chance_are_in_italics_and_empty_cells_are_hatched():
    table = pd.DataFrame({"x": [0.9, 0.5], "y": [np.nan, 0.25]}, ["A", "B"])
    fig, ax = plt.subplots()
    draw_table(ax, table, {"x": 0.5, "y": 0.2})
    assert [(text.get_text(), text.get_fontstyle()) for text in ax.texts] == [
        (".90", "normal"),
        (".50", "italic"),
        (".25", "normal"),
    ]
    assert [patch.get_hatch() for patch in ax.patches] == ["///"]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["A", "B"]
    plt.close(fig)
