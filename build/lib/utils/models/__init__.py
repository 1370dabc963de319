"""Models that turn images into codes and codes into images, with trained weights.

All models share `interface`. Each family is one file, to be read from top to bottom: its networks, its settings and how
these were chosen, its training.

- `vae_aae`: variational and adversarial autoencoders of digits (topic 01)
- `convolutional`: convolutional variational autoencoders of digits (02)
- `gan`: a generative adversarial network of digits, and the search for codes (02)
- `sprites`: variational autoencoders of sprites, with their penalties (03)
- `diffusion`: a latent diffusion model of digits with captions (06)
- `pca`: principal component analysis, the linear baseline

Common parts:

- `interface`: the methods that all models share; the checks of images and codes
- `priors`: distributions over codes
- `reproducibility`: training that is determined by its seed
- `scores`: scores of the shipped models on held-out digits
- `weights`: the files of trained weights
- `registry`: every model by its name
- `train`: the command that trains the shipped weights
"""

from utils.models.convolutional import ConvolutionalVAE
from utils.models.diffusion import NO_CAPTION, DiffusionModel
from utils.models.gan import GAN, invert
from utils.models.interface import Autoencoder, LatentModel, NetworkModel
from utils.models.pca import PCA
from utils.models.priors import Gaussian, PetalMixture, Prior
from utils.models.registry import SETTINGS, Recipe, available, load_pretrained, provenance, seeds
from utils.models.vae_aae import AAE, VAE, AutoencoderSettings, fit

__all__ = [
    "AAE",
    "GAN",
    "NO_CAPTION",
    "PCA",
    "SETTINGS",
    "VAE",
    "Autoencoder",
    "AutoencoderSettings",
    "ConvolutionalVAE",
    "DiffusionModel",
    "Gaussian",
    "LatentModel",
    "NetworkModel",
    "PetalMixture",
    "Prior",
    "Recipe",
    "available",
    "fit",
    "invert",
    "load_pretrained",
    "provenance",
    "seeds",
]
