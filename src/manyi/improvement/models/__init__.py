"""Tables of the improvement loop, one module per noun."""

from manyi.improvement.models.actions import Acknowledgement, Action, Task
from manyi.improvement.models.announcements import Announcement, Receipt
from manyi.improvement.models.decisions import Criterion, Decision, Option, Rating
from manyi.improvement.models.findings import Finding
from manyi.improvement.models.verifications import Verification

__all__ = [
    "Acknowledgement",
    "Action",
    "Announcement",
    "Criterion",
    "Decision",
    "Finding",
    "Option",
    "Rating",
    "Receipt",
    "Task",
    "Verification",
]
