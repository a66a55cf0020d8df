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
    "Severity",
]
