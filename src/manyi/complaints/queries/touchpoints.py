"""What touchpoints and service standards ask of complaints: how many there were, what staff answer, which limits held."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from urllib.parse import urlencode

from django.db.models import Count
from django.urls import reverse

from manyi.complaints.clock import Target
from manyi.complaints.models import Category
from manyi.complaints.queries import cases
from manyi.complaints.queries.limits import KEPT, TARGETS, decided_between
from manyi.complaints.queries.listing import start_of_day
from manyi.knowledge import queries as knowledge
from manyi.knowledge.models import StandardAnswer
from manyi.people.models import OrgUnit
from manyi.people.queries import subtree
from manyi.scope import Scope
from manyi.standards.neighbours import Answers, Complaints
from manyi.standards.sources import Reading, share
from manyi.web.templatetags.web import localised

RIGHT = "complaints.read"
NEWEST = 3


def categories(scope: Scope) -> list[tuple[str, str]]:
    """Categories in use, as (code, names from the group down)."""
    found = []
    for row in cases.categories():
        name = localised(row.name) or row.code
        found.append((row.code, f"{localised(row.parent.name)} › {name}" if row.parent else name))
    return found


def _listed(unit: OrgUnit, since: date, until: date, **more: object) -> str:
    """The list of complaints of the unit received in these days."""
    query = {"unit": unit.pk, "since": since, "until": until - timedelta(days=1), **more}
    return f"{reverse('complaints')}?{urlencode(query)}"


def complaints(
    scope: Scope, unit: OrgUnit, wanted: Sequence[str], since: date, until: date
) -> Mapping[str, Complaints]:
    """Category → complaints of it (and of those below it) received in the unit in these days, merged ones left out."""
    if not scope.may(RIGHT, unit.pk):
        return {}
    known = {row.code: row for row in Category.objects.filter(code__in=wanted).prefetch_related("children")}
    rows = cases.visible(scope).filter(
        unit__in=subtree(unit).values("pk"), received_at__gte=start_of_day(since), received_at__lt=start_of_day(until)
    )  # fmt: skip
    counts = dict(
        rows.exclude(state="merged")
        .select_related(None)
        .order_by()
        .values_list("category")
        .annotate(n=Count("pk"))
    )
    found = {}
    for code, row in known.items():
        keys = [row.pk, *(child.pk for child in row.children.all())]
        found[code] = Complaints(
            n=sum(counts.get(key, 0) for key in keys), url=_listed(unit, since, until, category=row.pk)
        )
    return found


def topics(scope: Scope) -> list[tuple[str, str]]:
    """Topics of standard answers."""
    return [(str(row.pk), localised(row.name)) for row in knowledge.topics()]


def answers(scope: Scope, wanted: Sequence[str]) -> Mapping[str, Answers]:
    """Topic → the standard answers in use that the reader may see."""
    found: dict[str, list[StandardAnswer]] = {}
    rows = knowledge.answers(scope, state="published").filter(
        topic__in=[int(key) for key in wanted if key.isdecimal()]
    )
    for row in rows:
        found.setdefault(str(row.topic_id), []).append(row)
    address = reverse("standard-answers")
    return {
        key: Answers(
            n=len(own), url=f"{address}?{urlencode({'topic': key, 'state': 'published'})}",
            newest=[(_title(row), reverse("standard-answer", args=[row.pk])) for row in own[:NEWEST]],
        )
        for key, own in found.items()
    }  # fmt: skip


def _title(row: StandardAnswer) -> str:
    versions = [v for v in row.current if v.state == "published"]  # type: ignore[attr-defined]
    return localised(versions[0].title) if versions else str(row)


def clocks(scope: Scope) -> list[tuple[str, str]]:
    """The limits whose keeping is measured."""
    return [(str(target), str(label)) for target, label in TARGETS.items()]


def read(scope: Scope, subject: str, unit: OrgUnit, since: date, until: date) -> Reading:
    """Per cent of the rounds of complaints that kept a limit, of those decided in these days."""
    if not scope.may(RIGHT, unit.pk):
        return Reading(value=None, hidden=True)
    if subject not in Target.values:
        return Reading(value=None)
    seen = cases.visible(scope).filter(unit__in=subtree(unit).values("pk"))
    rows = decided_between(seen, since, until).filter(target=subject)
    counts = rows.aggregate(n=Count("pk"), kept=Count("pk", filter=KEPT))
    return share(counts["kept"], counts["n"], _listed(unit, since, until))
