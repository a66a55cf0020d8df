"""How somebody kept the time limits of the complaints they work on, for the appraisal sheet."""

from __future__ import annotations

from datetime import date

from django.db.models import Count, Q
from django.utils.translation import override

from manyi.complaints.clock import State, Target
from manyi.complaints.models import ClockVerdict
from manyi.complaints.queries import cases
from manyi.complaints.queries.limits import TARGETS
from manyi.complaints.queries.listing import start_of_day
from manyi.measures.shares import wilson
from manyi.people.models import User
from manyi.scope import Scope
from manyi.standards.persons import OwnFigure


def figures(scope: Scope, person: User, since: date, until: date) -> list[OwnFigure]:
    """Per cent of limits kept, of those decided in the days from `since` to before `until` on complaints in the reader's
    sight that the person handles, or owns from the first contact while nobody handles them.
    """
    begin, end = start_of_day(since), start_of_day(until)
    kept = Q(state=State.MET, reached_at__gte=begin, reached_at__lt=end)
    missed = Q(state__in=[State.BREACHED, State.RUNNING, State.PAUSED], due_at__gte=begin, due_at__lt=end)
    own = Q(handler=person) | Q(handler=None, first_contact_owner=person)
    rows = ClockVerdict.objects.filter(
        kept | missed, complaint__in=cases.visible(scope).filter(own).order_by().values("pk")
    )
    counts = (
        rows.order_by().values("target").annotate(n=Count("pk"), kept=Count("pk", filter=Q(state=State.MET)))
    )
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
