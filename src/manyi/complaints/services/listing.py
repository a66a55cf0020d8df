"""What people do with a list of complaints: keep a filter, do one thing to many rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from manyi.complaints.models import CaseRole, Category, Complaint, SavedFilter
from manyi.complaints.queries import listing as queries
from manyi.complaints.queries.cases import visible
from manyi.complaints.services import cases
from manyi.events import catalogue
from manyi.events.services import publish
from manyi.people.access import scope_of
from manyi.people.models import User
from manyi.scope import NotAllowed, Scope
from manyi.web.errors import Refused

MOST_FILTERS = 30
MOST_ROWS = 200
Step = Callable[[Scope, Complaint, datetime], None]


@dataclass(frozen=True)
class Outcome:
    """What a bulk action did: rows changed, and those refused with the reason."""

    done: list[Complaint]
    refused: list[tuple[Complaint, str]]


def save_filter(scope: Scope, *, name: str, query: str) -> SavedFilter:
    """Keep a query under a name of one's own; the same name again replaces it. Raises Refused."""
    scope.require("complaints.read")
    if scope.user_id is None:
        raise TypeError("filters are a person's own")
    if not name.strip():
        raise Refused(_("Give the filter a name."))
    rows = queries.saved_filters(scope)
    if rows.exclude(name=name.strip()).count() >= MOST_FILTERS:
        raise Refused(_("You have %(n)d filters; delete one first.") % {"n": MOST_FILTERS})
    if len(query) > 1000 or len(name.strip()) > 60:
        raise Refused(_("The name or the filter is too long."))
    return rows.update_or_create(
        user_id=scope.user_id, name=name.strip(), defaults={"query": query.removeprefix("?")}
    )[0]


def delete_filter(scope: Scope, *, row: SavedFilter) -> None:
    if row.user_id != scope.user_id:
        raise NotAllowed("complaints.read")
    row.delete()


def assigning(user: User) -> Step:
    """Let somebody work on a complaint: for the unit that works on it, the one that answers for it, or else
    their own. Refused when it is over or they may not work on complaints.
    """
    theirs = scope_of(user)
    home = user.memberships.filter(role__in=queries.HANDLERS).select_related("unit").order_by("pk").first()

    def step(scope: Scope, row: Complaint, at: datetime) -> None:
        cases.require_work_on(scope, row, "complaints.dispatch")
        if not row.is_open:
            raise Refused(_("The complaint is over; open it again first."))
        near = [u for u in (row.handler_unit, row.unit) if theirs.may("complaints.handle", u.pk)]
        if home is None or not user.is_active:
            raise Refused(_("%(name)s may not work on complaints.") % {"name": user.get_full_name()})
        if row.handler_id != user.pk:
            unit = near[0] if near else home.unit
            cases.assign(scope, complaint=row, role=CaseRole.HANDLER, unit=unit, user=user, at=at)

    return step


def categorising(category: Category) -> Step:
    def step(scope: Scope, row: Complaint, at: datetime) -> None:
        cases.edit(scope, complaint=row, at=at, category=category)

    return step


def close(scope: Scope, row: Complaint, at: datetime) -> None:
    cases.close(scope, complaint=row, at=at)


def each(scope: Scope, *, numbers: Iterable[str], step: Step, at: datetime) -> Outcome:
    """Do `step` to every complaint in sight by itself: a row that is refused stays as it was and the others
    are done all the same. Raises Refused when nothing or too much is chosen.
    """
    wanted = list(dict.fromkeys(numbers))
    if not wanted:
        raise Refused(_("Choose at least one complaint."))
    if len(wanted) > MOST_ROWS:
        raise Refused(_("Choose at most %(n)d complaints at a time.") % {"n": MOST_ROWS})
    rows = list(visible(scope).filter(number__in=wanted))
    outcome = Outcome([], [])
    for row in rows:
        try:
            with transaction.atomic():
                step(scope, row, at)
        except NotAllowed:
            outcome.refused.append((row, _("You may not do this to it.")))
        except ValidationError as error:
            outcome.refused.append((row, " ".join(error.messages)))
        except Refused as error:
            outcome.refused.append((row, str(error)))
        else:
            outcome.done.append(row)
    return outcome


@transaction.atomic
def note_export(scope: Scope, *, rows: int, at: datetime) -> None:
    """Personal data left the house: say so in the log."""
    scope.require("complaints.read")
    publish(scope, catalogue.DataExported(subject_id="", what="complaints", rows=rows), at=at)
