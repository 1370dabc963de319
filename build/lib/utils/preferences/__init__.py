"""Topic 06: preferences. Comparisons, the scores behind them, and models that are tuned to them.

- ``comparisons.py``: answers to "which of these two is better?", and their file.
- ``bradley_terry.py``: scores of items from comparisons, by the Bradley–Terry model.
- ``reward.py``: a reward model: scores as a linear function of features.
- ``tilt.py``: moving a distribution towards a reward, by weights or by best-of-n, and the divergence that this costs.
- ``features.py``: features of a drawn digit (stroke weight, slant, legibility), and of a set (diversity).
- ``judges.py``: simulated judges whose utility is known.
- ``dpo.py``: fine-tuning a diffusion model by direct preference optimisation.
- ``rounds.py``: one round of preference optimisation: draw pairs, collect answers, fine-tune, assess.
- ``drawing.py``: pictures of lecture 06.
- ``study.py``: the shipped study: what fine-tuning does, step by step.
"""

from utils.preferences.bradley_terry import NoFiniteRanking, Ranking, fit, log_likelihood
from utils.preferences.comparisons import Comparisons
from utils.preferences.dpo import DPOSettings, FineTuned, dpo_loss, finetune, path_kl
from utils.preferences.features import (
    FEATURES,
    Components,
    describe,
    diversity,
    legibility,
    readable,
    slant,
    stroke_weight,
)
from utils.preferences.judges import BOLD, CLEAR, FINE, JUDGES, MODERATE, SLANTED, SimulatedJudge, ask
from utils.preferences.reward import RewardModel, fit_reward
from utils.preferences.rounds import Round, assess, balanced, collect
from utils.preferences.tilt import (
    best_of_n,
    best_of_n_kl,
    best_of_n_mean,
    effective_sample_size,
    gaussian_tilt,
    tilt_kl,
    tilt_weights,
    win_rate,
)

__all__ = [
    "BOLD",
    "CLEAR",
    "FEATURES",
    "FINE",
    "JUDGES",
    "MODERATE",
    "SLANTED",
    "Comparisons",
    "Components",
    "DPOSettings",
    "FineTuned",
    "NoFiniteRanking",
    "Ranking",
    "RewardModel",
    "Round",
    "SimulatedJudge",
    "ask",
    "assess",
    "balanced",
    "best_of_n",
    "best_of_n_kl",
    "best_of_n_mean",
    "collect",
    "describe",
    "diversity",
    "dpo_loss",
    "effective_sample_size",
    "finetune",
    "fit",
    "fit_reward",
    "gaussian_tilt",
    "legibility",
    "log_likelihood",
    "path_kl",
    "readable",
    "slant",
    "stroke_weight",
    "tilt_kl",
    "tilt_weights",
    "win_rate",
]
