"""Photographs for image codecs: eight of those in scikit-image's wheel, at sizes that codecs are made for.

Only photographs that the wheel stores without loss are offered, because former JPEG files would favour JPEG. Sources
and licences, as scikit-image states them:

| name | size | shows | source and licence |
|---|---|---|---|
| astronaut | 512 × 512, colour | Eileen Collins | NASA Great Images; public domain |
| brick | 512 × 512, grey | a wall | CC0Textures, Bricks25; CC0 |
| camera | 512 × 512, grey | a photographer | Lav Varshney; CC0 |
| chelsea | 300 × 451, colour | a cat | Stéfan van der Walt; CC0 |
| coffee | 400 × 600, colour | a cup | Rachel Michetti, Pikolo Espresso Bar; CC0 |
| coins | 303 × 384, grey | Greek coins from Pompeii | Brooklyn Museum; no known copyright restrictions |
| grass | 512 × 512, grey | a lawn | DeviantArt, Grass-01 by linolafett; CC0 |
| gravel | 512 × 512, grey | stones | CC0Textures, Gravel04; CC0 |
"""

import numpy as np
from numpy.typing import NDArray

PHOTOGRAPHS = ("astronaut", "brick", "camera", "chelsea", "coffee", "coins", "grass", "gravel")


def load_photograph(name: str, grey: bool = False) -> NDArray[np.uint8]:
    """One of the photographs above; nothing is downloaded.

    Args:
        name: one of `PHOTOGRAPHS`.
        grey: convert colour to luminance (the weights of ITU-R BT.709), rounded; grey photographs are not changed.

    Returns:
        uint8 (h, w), or (h, w, 3) in colour: red, green, blue.

    Raises:
        ValueError: there is no photograph of this name.

    Example:
        >>> load_photograph("coffee").shape, load_photograph("coffee", grey=True).shape
        ((400, 600, 3), (400, 600))
    """
    if name not in PHOTOGRAPHS:
        raise ValueError(f"There is no photograph {name!r}: choose one of {', '.join(PHOTOGRAPHS)}.")
    import skimage

    picture = np.asarray(getattr(skimage.data, name)(), dtype=np.uint8)
    if grey and picture.ndim == 3:
        picture = np.rint(255 * skimage.color.rgb2gray(picture)).astype(np.uint8)
    return picture
