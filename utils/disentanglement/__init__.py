"""Topic 03: metrics of disentanglement, and the theorem that unlabelled data alone cannot bring it about."""

from utils.disentanglement.theorem import Bijection, entangled, mixing_matrix, rotation
from utils.disentanglement.theorem_checks import DistributionCheck, MixingCheck, check_distribution, check_mixing

__all__ = [
    "Bijection",
    "DistributionCheck",
    "MixingCheck",
    "check_distribution",
    "check_mixing",
    "entangled",
    "mixing_matrix",
    "rotation",
]
