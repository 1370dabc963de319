"""Models that turn digits into codes and back: PCA, variational and adversarial autoencoders, with trained weights."""

from utils.models.aae import AAE
from utils.models.autoencoder import Autoencoder
from utils.models.convolutional import ConvolutionalVAE
from utils.models.diffusion import NO_CAPTION, DiffusionModel
from utils.models.families import SETTINGS
from utils.models.gan import GAN, invert
from utils.models.interface import LatentModel
from utils.models.pca import PCA
from utils.models.pretrained import available, load_pretrained, provenance, seeds
from utils.models.priors import Gaussian, PetalMixture, Prior
from utils.models.recipe import NetworkModel, Recipe
from utils.models.settings import Settings
from utils.models.training import fit
from utils.models.vae import VAE

__all__ = [
    "AAE",
    "GAN",
    "NO_CAPTION",
    "PCA",
    "SETTINGS",
    "VAE",
    "Autoencoder",
    "ConvolutionalVAE",
    "DiffusionModel",
    "Gaussian",
    "LatentModel",
    "NetworkModel",
    "PetalMixture",
    "Prior",
    "Recipe",
    "Settings",
    "available",
    "fit",
    "invert",
    "load_pretrained",
    "provenance",
    "seeds",
]
