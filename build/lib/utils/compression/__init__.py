"""Topic 02: rate and distortion of image codecs.

- ``distortion.py``: distances of a decoded image from the original: MSE, PSNR, SSIM.
- ``quantiser.py``: a uniform quantiser, from real numbers to integers and back.
- ``entropy.py``: the entropy of integers, and an entropy coder that turns them into bytes.
- ``codec.py``: the interface of all codecs, and how rate and distortion are measured and compared.
- ``files.py``: image formats (JPEG, JPEG 2000, WebP, PNG) as codecs.
- ``headers.py``: which bytes of an image file are header and which are coded pixels.
- ``latents.py``: learned representations as codecs.
- ``damage.py``: damages of exactly the same squared error.
- ``elbo.py``: the two terms of a variational autoencoder's bound as rate and distortion.
- ``study.py``: what a search of several lengths does for the codes of a VAE and of a GAN; makes the shipped table.
- ``pictures.py``: batches of images as one large image and back, and the check of a codec's input.
- ``drawing.py``: the figures of lecture 02; not imported here, because it imports pandas and matplotlib.
"""

from utils.compression.codec import Codec, RateDistortion, bytes_at, coarsest, pareto_front, rate_distortion
from utils.compression.damage import erased_from_below, weakened
from utils.compression.distortion import mse, psnr, ssim
from utils.compression.elbo import ElboTerms, elbo_terms
from utils.compression.entropy import EntropyModel, empirical_entropy
from utils.compression.files import FileCodec
from utils.compression.latents import LatentCodec, cached_encoder, weight_bytes
from utils.compression.pictures import as_batch, mosaic, tiles
from utils.compression.quantiser import dequantise, quantise

__all__ = [
    "Codec",
    "ElboTerms",
    "EntropyModel",
    "FileCodec",
    "LatentCodec",
    "RateDistortion",
    "as_batch",
    "bytes_at",
    "cached_encoder",
    "coarsest",
    "dequantise",
    "elbo_terms",
    "empirical_entropy",
    "erased_from_below",
    "mosaic",
    "mse",
    "pareto_front",
    "psnr",
    "quantise",
    "rate_distortion",
    "ssim",
    "tiles",
    "weakened",
    "weight_bytes",
]
