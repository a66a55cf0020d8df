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
from manyi.complaints.models.listing import SavedFilter, SearchWords
from manyi.complaints.models.ratings import Rating
from manyi.complaints.models.resolving import Letter, LetterTemplate, Proposal, ResolvingRules
from manyi.complaints.models.roles import HandOver
from manyi.complaints.models.routing import Routing, RoutingRule, Skill
from manyi.complaints.models.work_orders import OPEN_ORDERS, WorkOrder

__all__ = [
    "OPEN_ORDERS",
    "Assignment",
    "Attachment",
    "CaseLink",
    "CaseRole",
    "Category",
    "Channel",
    "Complaint",
    "HandOver",
    "Letter",
    "LetterTemplate",
    "Message",
    "Note",
    "NumberSeries",
    "Proposal",
    "Rating",
    "ResolvingRules",
    "Routing",
    "RoutingRule",
    "SavedFilter",
    "SearchWords",
    "Severity",
    "Skill",
    "WorkOrder",
]
