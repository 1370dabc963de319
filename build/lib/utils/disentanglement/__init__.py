"""Topic 03: metrics of disentanglement, and the theorem that unlabelled data alone cannot guarantee it.

One file per metric, under its name:

- `beta_vae`: the β-VAE score; a linear classifier recognises which factor was held fixed
- `factor_vae`: the FactorVAE score; the latent that varies least votes for the factor that was held fixed
- `mig`: the mutual information gap
- `sap`: separated attribute predictability; the gap in accuracy between the two best latents
- `dci`: disentanglement, completeness and informativeness, from the importances of boosted trees
- `modularity`: whether each latent has information about one factor only
- `explicitness`: whether a linear classifier can read each factor from the whole code
- `irs`: the interventional robustness score
- `udr`: unsupervised disentanglement ranking, which needs no factors

Shared by the metrics:

- `validation`: codes (n, d) and factors (n, k) as every metric takes them; levels of factors, bins, training and test
  points
- `mutual_information`: of binned latents and factors
- `fixed_factor`: sampling of points that share the value of one factor

The theorem:

- `theorem`: its map f, which keeps the prior and mixes the latents
- `theorem_checks`: tests that f keeps the prior and mixes every latent

The study of methods, strengths and seeds:

- `study`: trains and scores its models and writes the shipped table, ``python -m utils.disentanglement.study``
- `variance`: shares of variance, tests of their parts, and rank correlations of scores

- `drawing`: pictures of lecture 03
"""

from utils.disentanglement.beta_vae import beta_vae_score
from utils.disentanglement.dci import DCI, dci
from utils.disentanglement.explicitness import explicitness
from utils.disentanglement.factor_vae import factor_vae_score
from utils.disentanglement.irs import irs
from utils.disentanglement.mig import mig
from utils.disentanglement.modularity import modularity
from utils.disentanglement.sap import sap
from utils.disentanglement.theorem import Bijection, entangled, mixing_matrix, rotation
from utils.disentanglement.theorem_checks import DistributionCheck, MixingCheck, check_distribution, check_mixing
from utils.disentanglement.udr import udr

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
