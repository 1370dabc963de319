"""The table as a figure: one shaded cell per value; empty cells are hatched."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle


def draw_table(ax: Axes, table: pd.DataFrame, chance: Mapping[str, float] | None = None) -> None:
    """Draw a table of shares: one row per system, one column per scenario; empty cells are hatched.

    Args:
        ax: to draw into.
        table: values in [0, 1], NaN where a cell is empty; columns named by one level.
        chance: by column; values at or below chance are in italics, and the shade starts at chance. By default it
            starts at 0.
    """
    values = table.to_numpy(dtype=np.float64)
    low = np.array([(chance or {}).get(str(name), 0.0) for name in table.columns])
    above = np.clip((values - low) / (1 - low), 0, 1)
    ax.imshow(np.where(np.isfinite(above), above, 0), cmap="Blues", vmin=0, vmax=1.3, aspect="auto")
    for row, column in np.ndindex(values.shape):
        value = values[row, column]
        if np.isfinite(value):
            style = "italic" if chance and value <= low[column] else "normal"
            ax.text(column, row, f"{value:.2f}".lstrip("0"), ha="center", va="center", fontsize=10, fontstyle=style)
        else:
            corner = (column - 0.5, row - 0.5)
            ax.add_patch(Rectangle(corner, 1, 1, facecolor="#f2f2f2", edgecolor="#b5b5b5", hatch="///", linewidth=0))
    ax.set_xticks(range(len(table.columns)), [str(name) for name in table.columns], rotation=30, ha="right")
    ax.set_yticks(range(len(table.index)), [str(name) for name in table.index])
    ax.grid(visible=False)
    ax.tick_params(length=0)
