"""Which time limits hold: the policies, the reasons to pause, and the ones a deployment starts with."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from manyi.complaints import clock_terms
from manyi.complaints.clock import Target
from manyi.complaints.models import ClockPolicy, Complaint, PauseReason, Severity
from manyi.events import catalogue
from manyi.events.services import publish
from manyi.people import services_calendars
from manyi.people.queries_calendars import counting
from manyi.scope import Scope
from manyi.web.errors import Refused

HOUR = 60
#: severity → name, and per target (amount, unit): 'h' hours on the wall, 'H' open hours, 'd' workdays.
_SHIPPED: dict[Severity, tuple[dict[str, str], dict[str, tuple[int, str]]]] = {
    Severity.ORDINARY: (
        {"zh": "一般投诉", "en": "Ordinary"},
        {"acknowledge": (4, "H"), "respond": (24, "h"), "resolve": (3, "d"), "next_contact": (2, "d")},
    ),
    Severity.MAJOR: (
        {"zh": "重大投诉", "en": "Major"},
        {"acknowledge": (2, "H"), "respond": (12, "h"), "resolve": (5, "d"), "next_contact": (1, "d")},
    ),
    Severity.URGENT: (
        {"zh": "紧急投诉", "en": "Urgent"},
        {"acknowledge": (1, "h"), "respond": (2, "h"), "resolve": (24, "h"), "next_contact": (4, "h")},
    ),
}
_REASONS = (
    ("customer", {"zh": "等待客户答复", "en": "Waiting for the customer"}, 5),
    ("supplier", {"zh": "等待供应商", "en": "Waiting for a supplier"}, 5),
    ("parts", {"zh": "等待备件或样品", "en": "Waiting for parts or samples"}, 10),
    ("agreed", {"zh": "与客户约定了日期", "en": "A date agreed with the customer"}, 20),
)


@transaction.atomic
def shipped() -> None:
    """The policies and reasons a deployment starts with, made on first use; ordinary is for everything else too."""
    if ClockPolicy.objects.exists():
        return
    calendar = services_calendars.shipped()[0]
    day = int(counting(calendar).workday.total_seconds()) // 60
    for position, (severity, (name, limits)) in enumerate(_SHIPPED.items()):
        fields: dict[str, Any] = {}
        for target, (amount, unit) in limits.items():
            fields[f"{target}_minutes"] = amount * (day if unit == "d" else HOUR)
            fields[f"{target}_business"] = unit != "h"
        condition = "" if severity is Severity.ORDINARY else severity
        ClockPolicy.objects.get_or_create(
            code=severity.value,
            defaults={
                "name": name,
                "position": position,
                "severity": condition,
                "calendar": calendar,
                **fields,
            },
        )
    for position, (code, name, days) in enumerate(_REASONS):
        PauseReason.objects.get_or_create(
            code=code, defaults={"name": name, "cap_minutes": days * day, "position": position}
        )


def policy_for(complaint: Complaint) -> ClockPolicy | None:
    """The active policy that fits the complaint best; the shipped ones are made where there is none."""
    policies = list(ClockPolicy.objects.filter(active=True))
    if not policies:
        shipped()
        policies = list(ClockPolicy.objects.filter(active=True))
    category = complaint.category
    above = [] if category is None else [category.pk, *([category.parent_id] if category.parent_id else [])]
    tier = complaint.customer.tier if complaint.customer else ""
    return clock_terms.best(policies, severity=complaint.severity, tier=tier, categories=above)


@transaction.atomic
def save_policy(scope: Scope, *, policy: ClockPolicy, at: datetime) -> ClockPolicy:
    """Add a policy or change one; the clocks of open complaints follow in the background.

    Raises ValidationError, Refused, NotAllowed.
    """
    scope.require("complaints.manage")
    if not any(getattr(policy, f"{target}_minutes") for target in Target):
        raise Refused(_("Set at least one time limit."))
    policy.full_clean()
    policy.save()
    if not ClockPolicy.objects.filter(active=True, severity="", tier="", category=None).exists():
        raise Refused(_("One active policy without conditions must remain, for whatever fits no other."))
    publish(scope, catalogue.ClockPolicyChanged(subject_id=str(policy.pk), change="saved"), at=at)
    return policy


@transaction.atomic
def save_pause_reason(scope: Scope, *, reason: PauseReason) -> PauseReason:
    """Add a reason to pause or change one; pauses that there are keep their cap. Raises ValidationError."""
    scope.require("complaints.manage")
    reason.full_clean()
    reason.save()
    return reason
