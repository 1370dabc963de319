"""Topic 03: metrics of disentanglement, and the theorem that unlabelled data alone cannot bring it about."""

from utils.disentanglement.agreement import udr
from utils.disentanglement.fixed_factor import beta_vae_score, factor_vae_score
from utils.disentanglement.importances import DCI, dci
from utils.disentanglement.information import mig, modularity
from utils.disentanglement.linear_probes import explicitness, sap
from utils.disentanglement.robustness import irs
from utils.disentanglement.theorem import Bijection, entangled, mixing_matrix, rotation
from utils.disentanglement.theorem_checks import DistributionCheck, MixingCheck, check_distribution, check_mixing

__all__ = [
    "DCI",
    "Bijection",
    "DistributionCheck",
    "MixingCheck",
    "beta_vae_score",
    "check_distribution",
    "check_mixing",
    "dci",
    "entangled",
    "explicitness",
    "factor_vae_score",
    "irs",
    "mig",
    "mixing_matrix",
    "modularity",
    "rotation",
    "sap",
    "udr",
]
