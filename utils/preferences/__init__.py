"""What people prefer: comparisons, the scores behind them, and what becomes of a model that is tuned to them."""

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
from utils.preferences.judges import BOLD, CLEAR, FINE, JUDGES, MODERATE, SLANTED, Judge, ask
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
    "Judge",
    "NoFiniteRanking",
    "Ranking",
    "RewardModel",
    "Round",
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
