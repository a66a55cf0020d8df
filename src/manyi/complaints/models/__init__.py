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

__all__ = [
    "Assignment",
    "Attachment",
    "CaseLink",
    "CaseRole",
    "Category",
    "Channel",
    "Complaint",
    "Message",
    "Note",
    "NumberSeries",
    "Rating",
    "SavedFilter",
    "SearchWords",
    "Severity",
]
