"""Structural model of satisfaction by PLS path modelling: ACSI, ECSI, CCSI or the user's own.

Entry points: :class:`Model` (which columns measure which construct, and what leads to what), :func:`fit`, and
the
:class:`Fit` that comes out of it.
"""

from .fitting import fit
from .model import Model
from .result import ConstructIndex, Fit, Interval, Reliability

__all__ = ["ConstructIndex", "Fit", "Interval", "Model", "Reliability", "fit"]
