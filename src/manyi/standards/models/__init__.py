"""Tables of touchpoints and standards, a file a noun."""

from manyi.standards.models.appraisals import AppraisalSheet
from manyi.standards.models.assessments import AssessmentRater, SelfAssessment
from manyi.standards.models.audits import Audit, AuditMark, AuditPhoto
from manyi.standards.models.checks import Check, Checklist, Scale
from manyi.standards.models.touchpoints import ServiceStandard, Stage, Touchpoint
from manyi.standards.models.visits import MysteryVisit, VisitMark, VisitPhoto

__all__ = [
    "AppraisalSheet",
    "AssessmentRater",
    "Audit",
    "AuditMark",
    "AuditPhoto",
    "Check",
    "Checklist",
    "MysteryVisit",
    "Scale",
    "SelfAssessment",
    "ServiceStandard",
    "Stage",
    "Touchpoint",
    "VisitMark",
    "VisitPhoto",
]
