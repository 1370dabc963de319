"""Compression: ratios of all codecs at equal PSNR on test digits, and their speed relative to JPEG.

Each ratio is that of the coarsest setting whose decoded pictures reach the PSNR; bytes and pictures are those of a
`compress` and its `decompress`. The first two tables exclude the bytes of the decoder; the third amortises them.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from tqdm import tqdm

from utils.arrays import Float32Array
from utils.compression import Codec, FileCodec, LatentCodec, RateDistortion, cached_encoder, coarsest
from utils.compression.files import Format
from utils.data import load_mnist
from utils.intervals import mean_interval
from utils.models import PCA, Autoencoder, LatentModel, available, invert, load_pretrained, seeds

TARGETS = (15.0, 18.0, 20.0, 22.0)
AMORTISED_AT = 18.0
AMORTISED_OVER = (1_000, 60_000, 1_000_000)
MOSAIC = 200
STEPS = tuple(np.geomspace(8, 0.05, 80))
# A search takes a tenth of a second per image, so the frequencies of searched codes come from few training images.
N_SEARCHED = 300
LEARNED = ("vae-conv-", "gan-", "vae-16d", "aae-16d")

Setting = float | None
Points = list[RateDistortion | None]


@dataclass(frozen=True)
class Family:
    """A codec at all its settings.

    Attributes:
        name: label of the row.
        settings: from coarse to fine.
        usual: the setting whose speed is measured.
        seeds: of training; one seed where nothing was trained.
        codecs: maps a seed, and whether codes may be cached, to a function from settings to codecs.
        quick: whether it is fast enough for all digits from every seed, and for the table of speeds.
    """

    name: str
    settings: Sequence[Setting]
    usual: Setting
    seeds: tuple[int, ...]
    codecs: Callable[[int, bool], Callable[[Setting], Codec]]
    quick: bool = True


def main() -> None:
    """Print the tables."""
    images, _ = load_mnist("test")
    parts = [images[start : start + MOSAIC] for start in range(0, len(images), MOSAIC)]
    families = [*files(), *map(principal_components, (16, 32, 64, 128)), *learned()]
    few: dict[str, list[Points]] = {}
    many: dict[str, list[Points]] = {}
    for family in tqdm(families, desc="measuring", unit="codec"):
        codecs = {seed: family.codecs(seed, True) for seed in family.seeds}
        # Each set of digits is compressed by a model from another seed, where there are several.
        pairs = [(family.seeds[number % len(family.seeds)], part) for number, part in enumerate(parts)]
        few[family.name] = [points_at_targets(family, codecs[seed], part) for seed, part in pairs]
        if family.quick:
            many[family.name] = [points_at_targets(family, codecs[seed], images) for seed in family.seeds]
    ratios(
        f"{MOSAIC} digits: mean ratio and 95 % interval over {len(parts)} disjoint sets of digits; the set changes "
        "together with the training seed of a learned model",
        few,
    )
    ratios(f"all {len(images):,} digits: mean ratio and, over training seeds, 95 % interval", many)
    amortised(f"all {len(images):,} digits at {AMORTISED_AT:g} dB, decoder included", many)
    speed([family for family in families if family.quick], images)


def files() -> list[Family]:
    """Image formats, each at all its qualities."""
    percent, decibels = tuple(range(1, 101)), tuple(np.linspace(5, 50, 91))
    formats: list[tuple[Format, Sequence[Setting], Setting, bool]] = [
        ("JPEG", percent, 10, False),
        ("JPEG", percent, 10, True),
        ("JPEG 2000", decibels, 20, True),
        ("WebP", (0, *percent, None), 0, True),
        ("PNG", (None,), None, True),
    ]
    return [
        Family(
            f"{form}, {'mosaic' if mosaic else 'one file per image'}",
            settings,
            usual,
            (0,),
            partial(_files, form, mosaic),
        )
        for form, settings, usual, mosaic in formats
    ]


def _files(form: Format, mosaic: bool, seed: int, cached: bool) -> Callable[[Setting], Codec]:
    return lambda quality: FileCodec(form, quality, mosaic)


def principal_components(latent_dim: int) -> Family:
    """PCA, which has no seeds."""
    return Family(f"pca-{latent_dim}d", STEPS, 1.0, (0,), partial(_latents, partial(PCA, latent_dim)))


def learned() -> list[Family]:
    """The shipped autoencoders and GANs of digits with more than two latent dimensions, in all their seeds.

    A GAN has a second row, in which its codes are searched for, image by image, instead of encoded.
    """
    names = [name for name in available() if name.startswith(LEARNED)]
    families = [
        Family(name, STEPS, 1.0, seeds(name), partial(_latents, partial(load_pretrained, name))) for name in names
    ]
    return families + [
        Family(f"{name}, codes searched", STEPS, 1.0, seeds(name), partial(_searched, name), quick=False)
        for name in names
        if name.startswith("gan-")
    ]


def _latents(load: Callable[[int], LatentModel], seed: int, cached: bool) -> Callable[[Setting], Codec]:
    model = load(seed)
    training_codes = model.encode(load_mnist("train")[0])
    encode = cached_encoder(model.encode) if cached else None
    return lambda step: LatentCodec(model, np.asarray(step), training_codes, encode=encode)


def _searched(name: str, seed: int, cached: bool) -> Callable[[Setting], Codec]:
    model = load_pretrained(name, seed)
    assert isinstance(model, Autoencoder)
    training_codes = invert(model, load_mnist("train")[0][:N_SEARCHED])
    encode = cached_encoder(partial(invert, model))
    return lambda step: LatentCodec(model, np.asarray(step), training_codes, encode=encode)


def points_at_targets(family: Family, codec: Callable[[Setting], Codec], images: Float32Array) -> Points:
    """The coarsest setting's point at each PSNR of `TARGETS`."""
    return [coarsest(codec, family.settings, images, psnr=target) for target in TARGETS]


def ratios(title: str, runs: dict[str, list[Points]]) -> None:
    """One row per codec, one column per PSNR."""
    print(f"\n{title}\n{'':<26}" + "".join(f"{f'{target:g} dB':>22}" for target in TARGETS))
    for name, points in runs.items():
        cells = [_ratio([run[column] for run in points]) for column in range(len(TARGETS))]
        print(f"{name:<26}" + "".join(f"{cell:>22}" for cell in cells))


def _ratio(points: Points) -> str:
    values = [point.ratio for point in points if point is not None]
    if len(values) < len(points):
        return f"{len(values)} of {len(points)} reach it" if values else "out of reach"
    return f"{mean_interval(values):.1f}" if len(values) > 1 else f"{values[0]:.1f}"


def amortised(title: str, runs: dict[str, list[Points]]) -> None:
    """One row per codec: its ratio if the decoder is sent too, for several numbers of digits, and its SSIM."""
    heads = ["decoder", "not counted", *(f"{over:,}" for over in AMORTISED_OVER), "SSIM"]
    print(
        f"\n{title}, amortised over this many digits: mean ratio\n{'':<26}" + "".join(f"{head:>13}" for head in heads)
    )
    for name, seed_runs in runs.items():
        points = [point for run in seed_runs if (point := run[TARGETS.index(AMORTISED_AT)]) is not None]
        if len(points) == len(seed_runs):
            cells = [f"{_mean(point.decoder_bytes for point in points) / 1000:.0f} kB"]
            cells += [f"{_mean(point.ratio for point in points):.1f}"]
            cells += [f"{_mean(p.ratio_with_decoder(over) for p in points):.1f}" for over in AMORTISED_OVER]
            cells += [f"{_mean(point.ssim for point in points):.3f}"]
            print(f"{name:<26}" + "".join(f"{cell:>13}" for cell in cells))


def _mean(values: Iterable[float]) -> float:
    return float(np.mean(list(values)))


def speed(families: Sequence[Family], images: Float32Array) -> None:
    """Images per second, encoded and decoded, and the ratio to JPEG's speed in the same run."""
    print(f"\nspeed on all {len(images):,} digits, best of three; ratio to that of JPEG, mosaic")
    print(f"{'':<26}{'encode':>12}{'decode':>12}{'ratios':>16}")
    jpeg: tuple[float, float] | None = None
    for family in sorted(families, key=lambda family: family.name != "JPEG, mosaic"):
        codec = family.codecs(family.seeds[0], False)(family.usual)
        data = codec.compress(images)
        encode = len(images) / _best(partial(codec.compress, images))
        decode = len(images) / _best(partial(codec.decompress, data))
        jpeg = jpeg or (encode, decode)
        rates = f"{encode:>10,.0f}/s{decode:>10,.0f}/s{encode / jpeg[0]:>8.2f}{decode / jpeg[1]:>8.2f}"
        print(f"{family.name:<26}{rates}  ({codec.name})", flush=True)


def _best(call: Callable[[], object]) -> float:
    seconds = []
    for _ in range(3):
        begin = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - begin)
    return min(seconds)


if __name__ == "__main__":
    main()
