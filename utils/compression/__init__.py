"""How few bytes keep how much of a picture: distances, bits, bytes and codecs.

Distances between pictures are in `distortion`, the way from numbers to bytes in `entropy`, image formats in `files`,
learned representations in `latents`, and what makes them comparable in `codec`.
"""

from utils.compression.codec import Codec, RateDistortion, coarsest, pareto_front, rate_distortion
from utils.compression.distortion import mse, psnr, ssim
from utils.compression.entropy import EntropyModel, dequantise, empirical_entropy, quantise
from utils.compression.files import FileCodec
from utils.compression.latents import ElboTerms, LatentCodec, elbo_terms, remembering, weight_bytes
from utils.compression.pictures import as_batch, mosaic, tiles

__all__ = [
    "Codec",
    "ElboTerms",
    "EntropyModel",
    "FileCodec",
    "LatentCodec",
    "RateDistortion",
    "as_batch",
    "coarsest",
    "dequantise",
    "elbo_terms",
    "empirical_entropy",
    "mosaic",
    "mse",
    "pareto_front",
    "psnr",
    "quantise",
    "rate_distortion",
    "remembering",
    "ssim",
    "tiles",
    "weight_bytes",
]
