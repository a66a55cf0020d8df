"""Structural model of satisfaction by PLS path modelling: ACSI, ECSI, CCSI or the user's own.

Entry points: :class:`Model` (which columns measure which construct, and what leads to what), :func:`fit`, and
the
:class:`Fit` that comes out of it.
"""

from .fitting import fit
from .model import Model
from .result import ConstructIndex, Fit, Interval, Reliability
from .structure import construct_scores, f_squared, indirect_effects, inner_vif, item_vif, r2_adjusted, srmr

__all__ = [
    "ConstructIndex",
    "Fit",
    "Interval",
    "Model",
    "Reliability",
    "construct_scores",
    "f_squared",
    "fit",
    "indirect_effects",
    "inner_vif",
    "item_vif",
    "r2_adjusted",
    "srmr",
]
