"""Reading waves: lists, progress, invitations, the ledger of those not asked.

A wave is seen by whoever holds `waves.read` at its unit, above it or below it; invitations and ledger only as
far as the reader's own units go.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import TruncDate

from manyi.customers.models import Customer
from manyi.events.models import Job
from manyi.people.models import OrgUnit
from manyi.people.services import organisation
from manyi.scope import Scope
from manyi.surveys.models import (
    Invitation,
    NotAsked,
    QuestionnaireVersion,
    Response,
    TreeVersion,
    Wave,
)

State = Invitation.State
READ = "waves.read"


def waves(scope: Scope, *, state: str = "") -> QuerySet[Wave]:
    """Waves of the reader's units and of those above them, newest first."""
    rows = Wave.objects.select_related("unit").order_by("-created_at", "-pk")
    if not scope.may(READ):
        return rows.none()
    seen = scope.lineage_for(READ)
    if seen is not None:
        rows = rows.filter(unit_id__in=seen)
    return rows.filter(state=state) if state else rows


def wave(scope: Scope, pk: int) -> Wave:
    """Raises Wave.DoesNotExist for what the reader may not see."""
    return (
        waves(scope)
        .select_related("unit", "owner", "tree_version__tree", "questionnaire_version__questionnaire")
        .get(pk=pk)
    )


def invitations(scope: Scope, wave: Wave, *, state: str = "", search: str = "") -> QuerySet[Invitation]:
    rows: QuerySet[Invitation] = scope.limit(wave.invitations.order_by("pk"), READ)
    if state:
        rows = rows.filter(state=state)
    if search:
        rows = rows.filter(Q(customer__name__icontains=search) | Q(customer__code__icontains=search))
    return rows.select_related("customer", "contact", "unit", "wave")


def all_invitations(scope: Scope, *, wave_code: str | None = None, state: str = "") -> QuerySet[Invitation]:
    """Invitations of every wave, as far as the reader's units go."""
    rows: QuerySet[Invitation] = scope.limit(Invitation.objects.order_by("pk"), READ)
    if wave_code is not None:
        rows = rows.none() if "\0" in wave_code else rows.filter(wave__code=wave_code)
    return (rows.filter(state=state) if state else rows).select_related("wave")


@dataclass(frozen=True, slots=True)
class Asked:
    """How a customer stands to one wave. `answered` is None where nobody may know."""

    wave: Wave
    state: str
    why_not: str
    answered: bool | None
    at: datetime | None


def of_customer(scope: Scope, customer: Customer, *, limit: int = 20) -> list[Asked]:
    """The newest waves in which a customer was asked, or was not and why."""
    if not scope.may(READ):
        return []
    asked = scope.limit(customer.invitations.order_by("-pk"), READ).select_related("wave")[:limit]
    left = scope.limit(NotAsked.objects.filter(customer=customer).order_by("-pk"), READ)
    rows = [
        Asked(
            row.wave,
            row.get_state_display(),
            "",
            None if row.wave.anonymous else row.answered,
            row.sent_at,
        )
        for row in asked
    ] + [
        Asked(row.wave, "", row.get_reason_display(), None, row.at)
        for row in left.select_related("wave")[:limit]
    ]
    return sorted(rows, key=lambda row: (row.wave.opened_at or row.wave.created_at, row.wave.pk))[::-1][
        :limit
    ]


def not_asked(scope: Scope, wave: Wave, *, reason: str = "") -> QuerySet[NotAsked]:
    rows: QuerySet[NotAsked] = scope.limit(wave.not_asked.order_by("pk"), READ)
    return (rows.filter(reason=reason) if reason else rows).select_related("customer", "unit")


def reasons(scope: Scope, wave: Wave) -> list[tuple[str, int]]:
    """Reason and number of customers not asked, most frequent first."""
    rows = scope.limit(wave.not_asked.order_by(), READ).values_list("reason").annotate(n=Count("pk"))
    return sorted(rows, key=lambda row: -row[1])


@dataclass(frozen=True, slots=True)
class Totals:
    """How far a wave is. `opened` is None in anonymous waves; `answered` is None where it would point at people."""

    invited: int
    waiting: int
    sent: int
    bounced: int
    opted_out: int
    opened: int | None
    answered: int | None

    @property
    def delivered(self) -> int:
        return self.sent - self.bounced

    @property
    def rate(self) -> float | None:
        """Response rate: answers to invitations, over invitations that were delivered (0–1)."""
        return self.answered / self.delivered if self.answered is not None and self.delivered > 0 else None


COUNTS = {
    "invited": Count("pk"),
    "waiting": Count("pk", filter=Q(state=State.QUEUED)),
    "sent": Count("pk", filter=Q(sent_at__isnull=False) | Q(state=State.BOUNCED)),
    "bounced": Count("pk", filter=Q(state=State.BOUNCED)),
    "opted_out": Count("pk", filter=Q(state=State.OPTED_OUT)),
    "opened": Count("pk", filter=Q(opened_at__isnull=False) | Q(answered=True)),
    "answered": Count("pk", filter=Q(answered=True)),
}


def _totals(row: dict[str, Any], wave: Wave, minimum: int) -> Totals:
    counts = {name: row[name] for name in COUNTS}
    if wave.anonymous:
        counts["opened"] = None
        if counts["invited"] < minimum:
            counts["answered"] = None
    return Totals(**counts)


def totals(scope: Scope, wave: Wave) -> Totals:
    row = scope.limit(wave.invitations.order_by(), READ).aggregate(**COUNTS)
    return _totals(row, wave, organisation().anonymity_minimum)


def by_unit(scope: Scope, wave: Wave) -> list[tuple[OrgUnit, Totals]]:
    """Totals of each org unit, in tree order. Of an anonymous wave, small units hide their answers, and where
    just one would be hidden the next smallest hides with it."""
    minimum = organisation().anonymity_minimum
    rows = list(scope.limit(wave.invitations.order_by(), READ).values("unit_id").annotate(**COUNTS))
    units = OrgUnit.objects.in_bulk([row["unit_id"] for row in rows])
    found = [(units[row["unit_id"]], _totals(row, wave, minimum)) for row in rows]
    hidden = [i for i, (_, t) in enumerate(found) if t.answered is None]
    if len(hidden) == 1 and len(found) > 1:
        rest = [i for i in range(len(found)) if i not in hidden]
        victim = min(rest, key=lambda i: found[i][1].invited)
        row = next(r for r in rows if r["unit_id"] == found[victim][0].pk)
        found[victim] = (found[victim][0], _totals(row, wave, row["invited"] + 1))
    return sorted(found, key=lambda pair: pair[0].path)


def by_day(scope: Scope, wave: Wave) -> list[tuple[date, int, int, int]]:
    """Day, sent, opened, answered, in order of days; days without anything are left out."""
    days: dict[date, list[int]] = {}
    rows = scope.limit(wave.invitations.order_by(), READ)
    answers = scope.limit(wave.responses.order_by(), READ)
    for place, (found, column) in enumerate(
        [(rows, "sent_at"), (rows, "opened_at"), (answers, "submitted_at")]
    ):
        counted = found.exclude(**{column: None}).annotate(day=TruncDate(column)).values("day")
        for row in counted.annotate(n=Count("pk")):
            days.setdefault(row["day"], [0, 0, 0])[place] = row["n"]
    return [(day, *days[day]) for day in sorted(days)]  # type: ignore[misc]


def open_answers(scope: Scope, wave: Wave) -> int:
    """Answers that came through the open link."""
    found = scope.limit(wave.responses.filter(channel=Response.Channel.OPEN), READ)
    return int(found.count())


def sending_job(scope: Scope, wave: Wave) -> Job | None:
    """The newest job that sends this wave, for those who run it."""
    if not scope.may("waves.run", wave.unit_id):
        return None
    return Job.objects.filter(kind="wave.send", arguments__wave=wave.pk).order_by("-pk").first()


def questionnaires(scope: Scope) -> QuerySet[QuestionnaireVersion]:
    """Published versions a wave may use, newest first."""
    scope.require("waves.run")
    return (
        QuestionnaireVersion.objects.filter(state="published")
        .select_related("questionnaire", "tree_version__tree")
        .order_by("questionnaire__code", "-number")
    )


def trees(scope: Scope) -> QuerySet[TreeVersion]:
    scope.require("waves.run")
    return (
        TreeVersion.objects.filter(state="published").select_related("tree").order_by("tree__code", "-number")
    )
