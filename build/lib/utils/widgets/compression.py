"""Topic 02's interactive figure: a digit's code as symbols, bits and picture, and all codecs at a level of quality.

The module ``compression.js`` quantises codes, counts bits with the entropy model, runs the decoder of one VAE, and
reads every curve of the rate–distortion plane at a level of quality. What it cannot run (image formats, and decoders
that would make the figure too large) it takes from `utils.widgets.compression_curves`.
:meth:`CompressionExplorer.compute` does the same with `utils.compression`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from utils import compression, data, models
from utils.arrays import FloatArray
from utils.compression.distortion import decibels
from utils.compression.pictures import checked_batch
from utils.intervals import mean_interval
from utils.widgets import compression_curves
from utils.widgets.compression_curves import DIGITS, FILES, LIVE_SIZE, Curve
from utils.widgets.fields import Field, ListOf, OneOf, Real, Whole
from utils.widgets.figure import Figure

KINDS = ("VAE", "PCA", "JPEG", "JPEG 2000", "WebP", FILES)
NOT_COUNTED = "not counted"
SERVED = (1_000, 3_000, 10_000, 30_000, 100_000, 1_000_000, NOT_COUNTED)

# The fields of the state that hold a kind's setting and size.
SETTING = dict(zip(KINDS, ("step", "pca_step", "jpeg", "jpeg_2000", "webp", "jpeg_file"), strict=True))
SIZE = {"VAE": "latents", "PCA": "directions"}

_DEFAULTS = {"VAE": 0.5, "PCA": 1.0, "JPEG": 5, "JPEG 2000": 20, "WebP": 0, FILES: 10}
_LARGEST_SHIFT = 30


class CompressionExplorer(Figure):
    """One digit through a codec, and all codecs on the plane of rate and distortion.

    Fields of the state:

    - `digit`: which image, by its class. `codec`: which kind of codec.
    - `latents`, `step` of the VAE; `directions`, `pca_step` of PCA; `jpeg`, `jpeg_2000`, `webp`, `jpeg_file`: quality.
    - `shifts`: what was added by hand to each symbol of the VAE whose decoder is in the figure; zeros for all others.
      `chosen`: the symbol that the buttons change.
    - `measure`, ``"PSNR"`` or ``"SSIM"``, and its level, `psnr` or `ssim`, at which all codecs are compared.
    - `served`: number of images over which the bytes of the decoder are divided, or ``"not counted"``.

    Entries of the view:

    - `header`, `payload`, `decoder`: bytes per image; `rate`: their sum; `ratio`: raw bytes by `rate`; `mse`, `psnr`,
      `ssim`: all of the images that were compressed together.
    - `symbols` (d,), or None for image formats; `symbol_bits` (d,), or None without the decoder; `bits` of this digit,
      NaN in a file of all images; `picture` (h · w,) in [0, 1]; `digit`: its `mse`, `psnr` and `ssim`.
    - `levels`: kind -> `ratios`, one per training, NaN where its curves do not pass through the level; and `mean`,
      `low`, `high`: mean and 95 % interval over trainings, NaN unless all reach the level.
    """

    module = "compression.js"

    def __init__(
        self,
        curves: Sequence[Curve],
        originals: ArrayLike,
        names: Sequence[int],
        model: models.LatentModel,
        training_codes: ArrayLike,
        state: Mapping[str, Any] | None = None,
    ) -> None:
        """Build the figure.

        Args:
            curves: all that the figure compares, at least one of each of `KINDS`; those of seed 0 can be chosen.
            originals: floats (m, 1, 28, 28) in [0, 1]: the images that are shown, as in the curves.
            names: (m,) the class of each, all different.
            model: the convolutional VAE whose decoder the figure runs; it must be among the curves.
            training_codes: (n, d) codes of training images, which determine the frequencies of its symbols.
            state: where the figure opens.

        Raises:
            ValueError: if a kind has no curve, the images do not belong to the curves, or the model is not among them.
        """
        curves, images = list(curves), checked_batch(originals)
        missing = [kind for kind in KINDS if not any(c.kind == kind and c.seed == 0 for c in curves)]
        if missing:
            raise ValueError(f"There is no curve of {', '.join(missing)}: give one of each kind, with seed 0.")
        shown = {c.bits.shape[1] for c in curves}
        if shown != {len(images)} or len(set(names)) != len(images):
            raise ValueError(
                f"{len(images)} originals with the names {list(names)} were given, but the curves show "
                f"{sorted(shown)}: give the images that the curves show, each with a name of its own."
            )
        self._live = _find(curves, "VAE", model.latent_dim, model.seed)
        self._curves, self._images, self._model = curves, images, model
        self._entropy_models = {
            float(step): compression.EntropyModel.fit(compression.quantise(training_codes, step))
            for step in self._live.settings
        }
        names = tuple(int(name) for name in names)
        sizes = {kind: sorted({c.size for c in curves if c.kind == kind}) for kind in SIZE}
        settings = {kind: next(c for c in curves if c.kind == kind).settings.tolist() for kind in KINDS}
        fields: dict[str, Field] = {
            "digit": OneOf(names, preferred=5 if 5 in names else names[0]),
            "codec": OneOf(KINDS),
            **{SIZE[k]: OneOf(tuple(s), preferred=model.latent_dim if k == "VAE" else s[0]) for k, s in sizes.items()},
            **{SETTING[k]: OneOf(tuple(s), preferred=_nearest(s, _DEFAULTS[k])) for k, s in settings.items()},
            "shifts": ListOf(
                Whole(-_LARGEST_SHIFT, _LARGEST_SHIFT, default=0),
                longest=model.latent_dim,
                shortest=model.latent_dim,
                default=[0] * model.latent_dim,
            ),
            "chosen": Whole(0, model.latent_dim - 1, default=0),
            "measure": OneOf(("PSNR", "SSIM")),
            "psnr": Real(12, 28, default=19.0, step=0.1),
            "ssim": Real(0.3, 0.98, default=0.85, step=0.01),
            "served": OneOf(SERVED, preferred=NOT_COUNTED),
        }
        sent = {
            "kinds": list(KINDS),
            "fields": {kind: {"setting": SETTING[kind], "size": SIZE.get(kind)} for kind in KINDS},
            "names": list(names),
            "originals": np.rint(255 * images[:, 0]).astype(np.uint8),
            "live": self._curves.index(self._live),
            "decoder": [w.numpy().astype(np.float16) for w in model.decoder.state_dict().values()],  # type: ignore[attr-defined]
            "entropy": [
                {
                    "lowest": m.lowest.astype(np.int16),
                    "sizes": np.array([len(counts) for counts in m.counts], np.uint16),
                    "counts": np.concatenate(m.counts).astype(np.uint16),
                }
                for m in self._entropy_models.values()
            ],
            "curves": [_sent(curve, chosen=curve.seed == 0) for curve in curves],
        }
        super().__init__(
            sent,
            fields,
            state,
            fallback="Interactive figure: digits through image formats, PCA and VAEs, with their bytes and quality.",
            code="CompressionExplorer.from_shipped",
        )

    @classmethod
    def from_shipped(cls, state: Mapping[str, Any] | None = None) -> CompressionExplorer:
        """Build the figure for the lecture's codecs, measured on the 1,000 held-out digits.

        Args:
            state: where the figure opens; by default the VAE with 16 latents and a step of 0.5.
        """
        images, labels = data.load_mnist("test")
        shown = [int(np.flatnonzero(labels == digit)[0]) for digit in DIGITS]
        model = models.load_pretrained(f"vae-conv-{LIVE_SIZE}d")
        training_codes = model.encode(data.load_mnist("train")[0])
        return cls(compression_curves.load(), images[shown], DIGITS, model, training_codes, state)

    def compute(self, state: Mapping[str, Any]) -> dict[str, Any]:
        """Quantise, count, decode and compare with `utils.compression`; see the class for the entries."""
        kind = state["codec"]
        curve = _find(self._curves, kind, state[SIZE[kind]] if kind in SIZE else 0, 0)
        setting = float(state[SETTING[kind]])
        row = int(np.flatnonzero(curve.settings == setting)[0])
        number = self.fields["digit"].values.index(state["digit"])  # type: ignore[attr-defined]
        served = state["served"]
        parts = {
            "header": curve.header[row] / curve.n_images,
            "payload": curve.payload[row] / curve.n_images,
            "decoder": 0.0 if served == NOT_COUNTED else curve.decoder[row] / served,
        }
        rate = sum(parts.values())
        return {
            **parts,
            "rate": rate,
            "ratio": self._raw / rate,
            "mse": curve.mse[row],
            "psnr": decibels(float(curve.mse[row]), 1.0),
            "ssim": curve.ssim[row],
            **self._digit(curve, row, number, setting, state["shifts"]),
            "levels": {kind: self._level(kind, state) for kind in KINDS},
        }

    @property
    def _raw(self) -> int:
        return int(self._images[0].size)

    def _digit(self, curve: Curve, row: int, number: int, setting: float, shifts: Sequence[int]) -> dict[str, Any]:
        codes = curve.codes[number]
        symbols = compression.quantise(codes, setting) if len(codes) else None
        if curve is not self._live or symbols is None:
            error = float(curve.picture_mse[row, number])
            return {
                "symbols": symbols,
                "symbol_bits": None,
                "bits": curve.bits[row, number],
                "picture": curve.pictures[row, number].ravel() / 255,
                "digit": {"mse": error, "psnr": decibels(error, 1.0), "ssim": curve.picture_ssim[row, number]},
            }
        symbols = symbols + np.asarray(shifts)
        entropy_model = self._entropy_models[setting]
        columns = zip(entropy_model.lowest, entropy_model.counts, strict=True)
        by_column = [compression.EntropyModel(np.array([low]), (counts,)) for low, counts in columns]
        original = self._images[number]
        picture = self._model.decode(compression.dequantise(symbols[None], setting))[0]
        error = compression.mse(original, picture)
        return {
            "symbols": symbols,
            "symbol_bits": np.array([m.cross_entropy([s]) for m, s in zip(by_column, symbols, strict=True)]),
            "bits": entropy_model.cross_entropy(symbols[None]),
            "picture": picture.ravel(),
            "digit": {
                "mse": error,
                "psnr": decibels(error, 1.0),
                "ssim": compression.ssim(original, picture, data_range=1.0),
            },
        }

    def _level(self, kind: str, state: Mapping[str, Any]) -> dict[str, Any]:
        """Compression ratios of one kind at the state's level, each training with its best size."""
        by_psnr, served = state["measure"] == "PSNR", state["served"]
        level = state["psnr"] if by_psnr else state["ssim"]
        ratios = []
        for seed in sorted({c.seed for c in self._curves if c.kind == kind}):
            fewest = []
            for c in self._curves:
                if (c.kind, c.seed) == (kind, seed):
                    rates = (c.header + c.payload) / c.n_images
                    rates = rates if served == NOT_COUNTED else rates + c.decoder / served
                    fewest.append(compression.bytes_at(rates, decibels(c.mse, 1.0) if by_psnr else c.ssim, level))
            ratios.append(self._raw / np.nanmin(fewest) if np.isfinite(fewest).any() else np.nan)
        mean = low = high = float("nan")
        if np.isfinite(ratios).all():
            mean, low, high = mean_interval(ratios) if len(ratios) > 1 else [ratios[0]] * 3
        return {"ratios": np.array(ratios), "mean": mean, "low": low, "high": high}


def _find(curves: Sequence[Curve], kind: str, size: int, seed: int) -> Curve:
    for curve in curves:
        if (curve.kind, curve.size, curve.seed) == (kind, size, seed):
            return curve
    known = ", ".join(f"{c.kind} {c.size or ''} seed {c.seed}".replace("  ", " ") for c in curves)
    raise ValueError(f"There is no curve of {kind} {size or ''} with seed {seed}: choose one of {known}.")


def _nearest(settings: FloatArray, wish: float) -> float:
    return float(min(settings, key=lambda setting: abs(setting - wish)))


def _sent(curve: Curve, chosen: bool) -> dict[str, Any]:
    """A curve as the module gets it; pictures and codes only of those that can be chosen."""
    points = {
        "kind": curve.kind,
        "size": curve.size,
        "seed": curve.seed,
        "n": curve.n_images,
        "settings": curve.settings,
        "header": curve.header.astype(np.int32),
        "payload": curve.payload.astype(np.int32),
        "decoder": curve.decoder.astype(np.int32),
        "mse": curve.mse,
        "ssim": curve.ssim,
    }
    if not chosen:
        return points
    return points | {
        "codes": curve.codes,
        "bits": curve.bits,
        "pictures": curve.pictures,
        "picture_mse": curve.picture_mse,
        "picture_ssim": curve.picture_ssim,
    }
