"""Four never-miss 四个不漏: nothing unrecorded, unhandled, unchecked, or not fed back. Each miss can be mended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from manyi.complaints.lifecycle import State
from manyi.complaints.models import (
    Cause,
    CauseLink,
    Complaint,
    FollowUp,
    Problem,
    SetAside,
)
from manyi.complaints.queries import cases, mailbox
from manyi.complaints.queries import problems as problem_queries
from manyi.customers.models import Customer, Interaction
from manyi.events.models import Event
from manyi.people.models import OrgUnit
from manyi.scope import Scope

#: How far back is looked for what nobody recorded, and for closings nobody planned a follow-up of.
WINDOW = timedelta(days=90)
#: Someone who calls is given this long to become a complaint.
GRACE = timedelta(hours=2)
#: A complaint so close to a call is taken to be about it.
NEAR = timedelta(days=2)
#: An open complaint without any time limit counts as unhandled after this long.
FORGOTTEN = timedelta(days=3)
#: The longest list that is shown; the counts are of all.
MOST = 500
CODES = ("recorded", "handled", "rechecked", "fed_back")
#: Causes that somebody else has to take away: the product and the way of working.
FEEDS_BACK = (CauseLink.VALUE, CauseLink.SYSTEM)


@dataclass(frozen=True)
class Miss:
    """`source` names it ('interaction:12'), `kind` says what it is, `number` is that of the complaint or problem."""

    source: str
    kind: str
    at: datetime
    unit_id: int
    title: str
    who: str = ""
    number: str = ""


def recorded(scope: Scope, at: datetime) -> list[Miss]:
    """Calls, mails, wishes to be called and low scores without a complaint and without a reason; oldest first."""
    found = [*_calls(scope, at), *_mails(scope, at), *_survey_signs(scope, at)]
    aside = set(
        SetAside.objects.filter(source__in=[miss.source for miss in found]).values_list("source", flat=True)
    )
    return sorted(
        (miss for miss in found if miss.source not in aside), key=lambda miss: (miss.at, miss.source)
    )


def _calls(scope: Scope, at: datetime) -> Iterable[Miss]:
    near = Complaint.objects.filter(
        customer=OuterRef("customer"),
        received_at__gte=OuterRef("at") - NEAR,
        received_at__lte=OuterRef("at") + NEAR,
    )
    rows = Interaction.objects.filter(
        kind=Interaction.Kind.CALL, at__gt=at - WINDOW, at__lte=at - GRACE
    ).exclude(Exists(near))
    for row in scope.limit(rows, "complaints.read", field="customer__unit_id").select_related("customer"):
        yield Miss(
            f"interaction:{row.pk}", "call", row.at, row.customer.unit_id, row.text[:120], row.customer.name
        )


def _mails(scope: Scope, at: datetime) -> Iterable[Miss]:
    for row in mailbox.waiting(scope, at=at):
        title = row.subject or _("(no subject)")
        yield Miss(
            f"mail:{row.pk}", "mail", row.received_at, row.unit_id, title, row.sender_name or row.sender
        )


def _survey_signs(scope: Scope, at: datetime) -> Iterable[Miss]:
    """From the event log: surveys is no part of what complaints may read."""
    signs = list(
        scope.limit(
            Event.objects.filter(
                kind__in=["response.low_score", "response.callback_wished"],
                at__gt=at - WINDOW,
                at__lte=at - GRACE,
                unit_id__isnull=False,
            ),
            "complaints.read",
        ).order_by("at")
    )
    if not signs:
        return
    keys = {sign.pk: _key(sign) for sign in signs}
    known = set(
        Complaint.objects.filter(source="survey", external_id__in=set(keys.values())).values_list(
            "external_id", flat=True
        )
    )
    called = set(
        Event.objects.filter(kind="callback.done", at__gt=at - WINDOW).values_list(
            "payload__wish_id", flat=True
        )
    )
    names = dict(
        Customer.objects.filter(pk__in={s.payload.get("customer_id") for s in signs}).values_list(
            "pk", "name"
        )
    )
    for sign in signs:
        wish = sign.payload.get("wish_id")
        if keys[sign.pk] in known or (wish is not None and wish in called):
            continue
        title = (
            _("Asked in a survey to be called back")
            if wish is not None
            else _("Dissatisfied in a survey: %(score)s of 100") % {"score": round(sign.payload["score"])}
        )
        kind = "callback" if wish is not None else "score"
        name = names.get(sign.payload.get("customer_id") or 0, "")
        yield Miss(f"event:{sign.pk}", kind, sign.at, sign.unit_id or 0, title, name)


def _key(sign: Event) -> str:
    """The number by which a complaint from the survey is known."""
    return str(sign.payload.get("response_id") or f"wish-{sign.payload.get('wish_id')}")


def unhandled(scope: Scope, at: datetime) -> QuerySet[Complaint]:
    """Open complaints past a time limit, or without any for three days; the longest overdue first."""
    forgotten = Q(next_due_at=None, received_at__lt=at - FORGOTTEN)
    return (
        cases.visible(scope)
        .filter(Q(next_due_at__lt=at) | forgotten, state__in=[State.RECEIVED, State.WORKING])
        .order_by("next_due_at", "received_at")
    )


def unchecked(scope: Scope, at: datetime) -> QuerySet[Complaint]:
    """Closed complaints whose follow-up is overdue, or that have none."""
    of_closing = FollowUp.objects.filter(complaint=OuterRef("pk"), closing=OuterRef("closings"))
    overdue = of_closing.filter(result="", due_at__lt=at)
    never = Q(closed_at__gt=at - WINDOW, closed_at__lt=at - GRACE) & ~Exists(of_closing)
    return (
        cases.visible(scope)
        .filter(Q(Exists(overdue)) | never, state=State.CLOSED)
        .order_by("closed_at", "pk")
    )


def unfed_complaints(scope: Scope) -> QuerySet[Complaint]:
    """Closed complaints whose cause lies in product or process, that belong to no problem, without a request."""
    return (
        cases.visible(scope)
        .filter(
            state__in=[State.RESOLVED, State.CLOSED],
            cause__link__in=FEEDS_BACK,
            problem_case=None,
            improvement_requests=None,
        )
        .order_by("received_at")
    )


def unfed_problems(scope: Scope) -> QuerySet[Problem]:
    """Closed problems whose root cause lies in product or process, without a request."""
    root = Cause.objects.filter(problem=OuterRef("pk"), is_root=True, link__in=FEEDS_BACK)
    return (
        problem_queries.visible(scope)
        .filter(Exists(root), state=Problem.State.CLOSED, requests=None)
        .order_by("closed_at")
    )


def fed_back(scope: Scope, at: datetime) -> list[Miss]:
    """Problems and complaints whose lesson nobody has been told."""
    problems = [
        Miss(f"problem:{row.pk}", "problem", row.closed_at or at, row.unit_id, row.title, number=row.number)
        for row in unfed_problems(scope)
    ]
    return [*problems, *(_of_complaint(row, row.received_at) for row in unfed_complaints(scope))]


def _of_complaint(row: Complaint, since: datetime) -> Miss:
    who = row.customer.name if row.customer else row.complainant
    return Miss(f"complaint:{row.pk}", "complaint", since, row.unit_id, row.title, who, row.number)


MISSES: dict[str, Callable[[Scope, datetime], list[Miss]]] = {
    "recorded": recorded,
    "handled": lambda scope, at: [
        _of_complaint(row, row.next_due_at or row.received_at) for row in unhandled(scope, at)[:MOST]
    ],
    "rechecked": lambda scope, at: [
        _of_complaint(row, row.closed_at or at) for row in unchecked(scope, at)[:MOST]
    ],
    "fed_back": fed_back,
}


def misses(scope: Scope, code: str, at: datetime, unit: OrgUnit | None = None) -> list[Miss]:
    """The list behind one of the four counts; of a unit and those below it when one is given."""
    found = MISSES[code](scope, at)
    if unit is None:
        return found
    units = set(OrgUnit.objects.filter(path__startswith=unit.path).values_list("pk", flat=True))
    return [miss for miss in found if miss.unit_id in units]


def counts(scope: Scope, at: datetime) -> dict[str, Counter[int]]:
    """The four counts by org unit id."""

    def by_unit(rows: QuerySet[Complaint]) -> Counter[int]:
        return Counter(rows.order_by().values_list("unit_id", flat=True))

    return {
        "recorded": Counter(miss.unit_id for miss in recorded(scope, at)),
        "handled": by_unit(unhandled(scope, at)),
        "rechecked": by_unit(unchecked(scope, at)),
        "fed_back": Counter(miss.unit_id for miss in fed_back(scope, at)),
    }


def unrecorded(scope: Scope, source: str, at: datetime) -> Miss | None:
    """One of the unrecorded by its name, where the reader sees it."""
    return next((miss for miss in recorded(scope, at) if miss.source == source), None)
