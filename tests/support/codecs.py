"""Random images, and a codec of every kind."""

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from utils.compression import FileCodec, LatentCodec
from utils.models import PCA, load_pretrained

batches = st.tuples(st.integers(1, 3), st.sampled_from([1, 3]), st.integers(11, 20), st.integers(11, 20)).flatmap(
    lambda shape: hnp.arrays(np.float32, shape, elements=st.floats(0, 1, width=32))
)

FILES = [
    FileCodec(form, quality, mosaic)
    for mosaic in (False, True)
    for form, quality in [
        ("JPEG", 1),
        ("JPEG", 90),
        ("JPEG 2000", 25),
        ("JPEG 2000", None),
        ("WebP", 0),
        ("WebP", 90),
        ("WebP", None),
        ("PNG", None),
    ]
]
LATENTS = [("pca", 2.0), ("pca", 0.1), ("vae-16d", 0.5), ("aae-16d", 0.01), ("vae-2d", 1.0)]


def latent_codec(name, step, training_digits):
    model = PCA(12) if name == "pca" else load_pretrained(name)
    return LatentCodec(model, step, model.encode(training_digits[:1000]))
