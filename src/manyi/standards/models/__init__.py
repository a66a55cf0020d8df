"""Tables of touchpoints and standards, a file a noun."""

from manyi.standards.models.touchpoints import ServiceStandard, Stage, Touchpoint

__all__ = ["ServiceStandard", "Stage", "Touchpoint"]
