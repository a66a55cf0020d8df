"""The list of complaints: filters, pages by position in the order, and what each row exports.

A page starts after the last row of the one before (a position, not a count), so that the millionth row costs
as much as the first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Q, QuerySet

from manyi.complaints import search
from manyi.complaints.lifecycle import OPEN
from manyi.complaints.models import Category, Complaint, ComplaintImport, SavedFilter
from manyi.complaints.queries.cases import RELATED, visible
from manyi.people.models import Membership, OrgUnit, User
from manyi.people.queries import subtree
from manyi.people.rights import ROLES
from manyi.scope import Scope

PAGE = 50
#: Rows are counted up to here; beyond it the list says 'more than'.
MOST_COUNTED = 1_000
#: … and with words to here: each row more means many that do not hold them, and people narrow such a search.
MOST_FOUND = 100
SORTS = ("newest", "due")
HANDLERS = [role for role, rights in ROLES.items() if "complaints.handle" in rights]


@dataclass(frozen=True)
class Selection:
    """What a list is narrowed to; every field may be empty.

    `state` is a state or 'open'; `handler` a user's key, 'me' or 'none'; `since` and `until` are local days
    of receipt, both included.
    """

    search: str = ""
    state: str = ""
    severity: str = ""
    category: Category | None = None
    unit: OrgUnit | None = None
    product: str = ""
    channel: str = ""
    handler: str = ""
    overdue: bool = False
    since: date | None = None
    until: date | None = None
    sort: str = "newest"
    extra: Mapping[str, Any] = field(default_factory=dict)


def start_of_day(day: date) -> datetime:
    """Midnight of a local day."""
    return datetime.combine(day, time(), ZoneInfo(settings.TIME_ZONE))


def selected(scope: Scope, chosen: Selection, *, at: datetime) -> QuerySet[Complaint]:
    """The complaints in sight that fit, in no order."""
    rows = visible(scope).order_by()
    if chosen.search.strip():
        only_open = chosen.overdue or chosen.state == "open" or chosen.state in OPEN
        found = search.ids(
            chosen.search,
            units=scope.units_for("complaints.read"),
            user_id=scope.user_id,
            only_open=only_open,
        )
        rows = rows.none() if found is None else rows.filter(pk__in=found)
    if chosen.state == "open":
        rows = rows.filter(state__in=OPEN)
    elif chosen.state:
        rows = rows.filter(state=chosen.state)
    if chosen.category:
        below = chosen.category.children.values_list("pk", flat=True)
        rows = rows.filter(category__in=[chosen.category.pk, *below])
    if chosen.unit:
        rows = rows.filter(unit__in=list(subtree(chosen.unit).values_list("pk", flat=True)))
    for name in ("severity", "product", "channel"):
        if value := getattr(chosen, name):
            rows = rows.filter(**{name: value})
    if chosen.handler == "me":
        rows = rows.filter(handler=scope.user_id)
    elif chosen.handler == "none":
        rows = rows.filter(handler=None)
    elif chosen.handler.isdecimal():
        rows = rows.filter(handler=int(chosen.handler))
    if chosen.overdue:
        rows = rows.filter(next_due_at__lt=at, state__in=OPEN)
    if chosen.since:
        rows = rows.filter(received_at__gte=start_of_day(chosen.since))
    if chosen.until:
        rows = rows.filter(received_at__lt=start_of_day(chosen.until + timedelta(days=1)))
    return rows.filter(**chosen.extra)


def ordered(rows: QuerySet[Complaint], sort: str) -> QuerySet[Complaint]:
    if sort == "due":
        return rows.filter(next_due_at__isnull=False).order_by("next_due_at", "pk")
    return rows.order_by("-received_at", "-pk")


@dataclass(frozen=True)
class ListPage:
    """One page; `following` is the position where the next one starts, '' on the last. `count` is how many rows
    there are from this page on, counted no further than asked for.
    """

    rows: list[Complaint]
    following: str = ""
    count: int = 0


def page(
    rows: QuerySet[Complaint], *, sort: str = "newest", after: str = "", size: int = PAGE, most: int = 0
) -> ListPage:
    """The `size` rows after a position as an earlier page gave it; an unreadable position is the start.

    `most` is how far the rows beyond the page are counted.
    """
    rows = ordered(rows, sort)
    name = "next_due_at" if sort == "due" else "received_at"
    place = _place(after)
    if place:
        # The plain bound is what the index is entered by; the other one decides among rows of one moment.
        beyond = ("gte", "gt") if sort == "due" else ("lte", "lt")
        moment, pk = place
        rows = rows.filter(**{f"{name}__{beyond[0]}": moment}).filter(
            Q(**{f"{name}__{beyond[1]}": moment}) | Q(**{f"pk__{beyond[1]}": pk})
        )
    keys = list(rows.values_list("pk", name)[: max(size, most) + 1])
    following = ""
    if len(keys) > size:
        last, moment = keys[size - 1]
        following = f"{moment.isoformat()}~{last}"
    return ListPage(fetched(pk for pk, _moment in keys[:size]), following, len(keys))


def fetched(keys: Iterable[int]) -> list[Complaint]:
    """Complaints with all that a row shows, in the order of the keys, which the caller found in sight.

    Finding keys first and reading the joined rows after keeps the database from joining what it then throws away.
    """
    wanted = list(keys)
    rows = Complaint.objects.select_related(*RELATED).in_bulk(wanted) if wanted else {}
    return [rows[pk] for pk in wanted if pk in rows]


def _place(text: str) -> tuple[datetime, int] | None:
    moment, _sign, pk = text.partition("~")
    try:
        read = datetime.fromisoformat(moment), int(pk)
    except ValueError:
        return None
    return read if read[0].tzinfo and 0 < read[1] < 2**62 else None


def count(rows: QuerySet[Complaint], most: int = MOST_COUNTED) -> int:
    """How many rows there are, at most one more than `most`."""
    return rows.select_related(None).order_by()[: most + 1].count()


def handlers(scope: Scope) -> QuerySet[User]:
    """People who may work on complaints of units in the reader's sight."""
    units = scope.units_for("complaints.read")
    held = Membership.objects.filter(role__in=HANDLERS)
    if units is not None:
        held = held.filter(unit__in=units)
    return User.objects.filter(is_active=True, pk__in=held.values("user")).order_by("name", "username")


def saved_filters(scope: Scope) -> QuerySet[SavedFilter]:
    return SavedFilter.objects.filter(user=scope.user_id or 0)


def imports(scope: Scope) -> QuerySet[ComplaintImport]:
    """Lists uploaded for units where the reader receives complaints, newest first."""
    rows = ComplaintImport.objects.select_related("unit", "owner").order_by("-created_at", "-pk")
    return scope.limit(rows, "complaints.receive")  # type: ignore[no-any-return]


def batches(rows: QuerySet[Complaint], size: int = 2_000) -> Iterator[list[Complaint]]:
    """All rows, newest first, in batches by position: memory stays small however many there are."""
    after = ""
    while True:
        found = page(rows, after=after, size=size)
        if found.rows:
            yield found.rows
        if not found.following:
            return
        after = found.following
