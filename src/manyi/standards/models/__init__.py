"""Tables of touchpoints and standards, a file a noun."""

from manyi.standards.models.assessments import AssessmentRater, SelfAssessment
from manyi.standards.models.touchpoints import ServiceStandard, Stage, Touchpoint

__all__ = ["AssessmentRater", "SelfAssessment", "ServiceStandard", "Stage", "Touchpoint"]
