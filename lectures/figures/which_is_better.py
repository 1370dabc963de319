"""Draws the picture of the README beside this file: ``python lectures/figures/which_is_better.py``.

Held-out digits, each where the model puts it, in the colour of its class; one that would cover another is left out.
"""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from PIL import Image

from utils import plotting
from utils.data import load_mnist
from utils.models import load_pretrained

MODELS = {"B": "aae-mixture-2d", "D": "vae-mixture-2d"}
HALF = 0.15  # side of a drawn digit / 2, in units of the plane
EXTENT = 3.75


def draw_plane(ax: Axes, codes: np.ndarray, images: np.ndarray, digits: np.ndarray) -> None:
    """Draw every digit image at its code (n, 2), as far as there is room."""
    taken: list[np.ndarray] = []
    for code, image, digit in zip(codes, images[:, 0], digits, strict=True):
        if any(np.abs(code - other).max() < 1.3 * HALF for other in taken):
            continue
        taken.append(code)
        ink = np.empty((28, 28, 4))
        ink[..., :3], ink[..., 3] = to_rgb(plotting.CLASS_COLOURS[digit]), image**0.6  # bolder strokes
        x, y = code
        ax.imshow(ink, extent=(x - HALF, x + HALF, y - HALF, y + HALF), interpolation="antialiased")
    ax.set(xlim=(-EXTENT, EXTENT), ylim=(-EXTENT, EXTENT), xticks=[], yticks=[])
    for spine in ax.spines.values():
        spine.set(visible=True, color="#b0b0b0")


plotting.use_style()
images, digits = load_mnist("test")
figure, axes = plt.subplots(1, 2, figsize=(9.6, 5.2))
for ax, (letter, name) in zip(axes, MODELS.items(), strict=True):
    draw_plane(ax, load_pretrained(name).encode(images), images, digits)
    ax.set_title(letter, fontsize=20, fontweight="bold", loc="left")
figure.suptitle("Which is better?", fontsize=24, fontweight="bold")
path = Path(__file__).with_name("which-is-better.png")
figure.savefig(path, dpi=110)
Image.open(path).convert("RGB").quantize(128).save(path, optimize=True)  # a third of the size
