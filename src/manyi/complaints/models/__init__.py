"""Tables of complaints, one module per noun."""

from manyi.complaints.models.cases import (
    Assignment,
    Attachment,
    CaseLink,
    CaseRole,
    Category,
    Channel,
    Complaint,
    Message,
    Note,
    NumberSeries,
    Severity,
)
from manyi.complaints.models.clocks import (
    ClockAlarm,
    ClockEvent,
    ClockPolicy,
    ClockVerdict,
    Escalation,
    EscalationNotice,
    PauseReason,
)
from manyi.complaints.models.follow_ups import FollowUp, FollowUpAttempt, FollowUpPolicy
from manyi.complaints.models.imports import ComplaintImport
from manyi.complaints.models.improvement_requests import ImprovementRequest, SetAside
from manyi.complaints.models.listing import SavedFilter, SearchWords
from manyi.complaints.models.problems import (
    CaseCause,
    Cause,
    CauseLink,
    DetectionRule,
    Discipline,
    Problem,
    ProblemAction,
    ProblemCase,
    Sameness,
    SignOff,
    Step,
    TeamMember,
)
from manyi.complaints.models.ratings import Rating
from manyi.complaints.models.resolving import Letter, LetterTemplate, Proposal, ResolvingRules
from manyi.complaints.models.roles import HandOver
from manyi.complaints.models.routing import Routing, RoutingRule, Skill
from manyi.complaints.models.work_orders import OPEN_ORDERS, WorkOrder

__all__ = [
    "OPEN_ORDERS",
    "Assignment",
    "Attachment",
    "CaseCause",
    "CaseLink",
    "CaseRole",
    "Category",
    "Cause",
    "CauseLink",
    "Channel",
    "ClockAlarm",
    "ClockEvent",
    "ClockPolicy",
    "ClockVerdict",
    "Complaint",
    "ComplaintImport",
    "DetectionRule",
    "Discipline",
    "Escalation",
    "EscalationNotice",
    "FollowUp",
    "FollowUpAttempt",
    "FollowUpPolicy",
    "HandOver",
    "ImprovementRequest",
    "Letter",
    "LetterTemplate",
    "Message",
    "Note",
    "NumberSeries",
    "PauseReason",
    "Problem",
    "ProblemAction",
    "ProblemCase",
    "Proposal",
    "Rating",
    "ResolvingRules",
    "Routing",
    "RoutingRule",
    "Sameness",
    "SavedFilter",
    "SearchWords",
    "SetAside",
    "Severity",
    "SignOff",
    "Skill",
    "Step",
    "TeamMember",
    "WorkOrder",
]
