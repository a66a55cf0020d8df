"""How somebody kept the time limits of the complaints they work on, for the appraisal sheet."""

from __future__ import annotations

from datetime import date

from django.db.models import Count, Q
from django.utils.translation import override

from manyi.complaints.clock import Target
from manyi.complaints.queries import cases
from manyi.complaints.queries.limits import KEPT, TARGETS, decided_between
from manyi.measures.shares import wilson
from manyi.people.models import User
from manyi.scope import Scope
from manyi.standards.persons import OwnFigure


def figures(scope: Scope, person: User, since: date, until: date) -> list[OwnFigure]:
    """Per cent of limits kept, of those decided in the days from `since` to before `until` on complaints in the reader's
    sight that the person handles, or owns from the first contact while nobody handles them.
    """
    own = Q(handler=person) | Q(handler=None, first_contact_owner=person)
    rows = decided_between(cases.visible(scope).filter(own), since, until)
    counts = rows.values("target").annotate(n=Count("pk"), kept=Count("pk", filter=KEPT))
    found = {target: (hits, n) for target, hits, n in counts.values_list("target", "kept", "n")}
    return [_figure(target, *found[target]) for target in Target.values if target in found]


def _figure(target: str, hits: int, n: int) -> OwnFigure:
    share = wilson(hits, n)
    name = {}
    for short, language in (("zh", "zh-hans"), ("en", "en")):
        with override(language):
            name[short] = str(TARGETS[target])
    return OwnFigure(
        name=name, n=n, value=_percent(share.value), low=_percent(share.low), high=_percent(share.high)
    )


def _percent(value: float | None) -> float | None:
    return None if value is None else 100 * value
