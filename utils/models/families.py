"""Every model of the course by its name: one line for each family."""

from utils.models import convolutional, diffusion_training, gan_training, settings, sprite_settings
from utils.models.recipe import Recipe

SEEDS = (0, 1, 2, 3, 4)

SETTINGS: dict[str, Recipe] = {
    **settings.AUTOENCODERS,  # 01: two-dimensional and 16-dimensional codes of digits
    **convolutional.CONVOLUTIONAL,  # 02: codes of digits from 2 to 64 dimensions
    **gan_training.GANS,  # 02: 64-dimensional codes of digits, without reconstruction
    **sprite_settings.SPRITES,  # 03: codes of sprites, from single images and from pairs
    **diffusion_training.DIFFUSION,  # 06: digits for a caption, drawn as codes of 32 dimensions
}
