"""What touchpoints and service standards ask of surveys: the score of a node of a tree, and which nodes there are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone

from manyi.insights import rows
from manyi.insights.queries import RIGHT, WaveResult, result_of, waves
from manyi.insights.selection import Selection, UnknownUnit
from manyi.measures.results import NodeScore
from manyi.measures.tree import Tree
from manyi.people.models import OrgUnit
from manyi.scope import Scope
from manyi.standards.neighbours import Satisfaction
from manyi.standards.sources import Reading
from manyi.surveys.models import TreeVersion, Wave
from manyi.web.templatetags.web import localised

#: So many finished waves back a node is looked for.
MOST_WAVES = 12


def nodes(scope: Scope) -> list[tuple[str, str]]:
    """Nodes of the newest published version of every tree, as (code, names from the dimension down)."""
    if not scope.may("standards.edit"):
        return []
    found: dict[str, str] = {}
    newest = (
        TreeVersion.objects.filter(state="published").select_related("tree").order_by("tree__code", "-number")
    )
    seen: set[int] = set()
    for version in newest:
        if version.tree_id in seen:
            continue
        seen.add(version.tree_id)
        names: dict[str | None, str] = {}
        for place in Tree.from_dict(version.definition).nodes():
            above = names.get(place.parent, "")
            names[place.code] = (
                f"{above} › {localised(place.node.name)}" if above else localised(place.node.name)
            )
            found.setdefault(place.code, names[place.code])
    return list(found.items())


def _results(
    scope: Scope, unit: OrgUnit, wanted: Sequence[str], finished: Sequence[Wave]
) -> Iterator[tuple[str, WaveResult, NodeScore]]:
    """For each node the newest of the finished waves that may show it for the unit."""
    missing = set(wanted)
    for wave in finished:
        codes = _codes(wave) & missing
        if not codes:
            continue
        selection = Selection() if unit.parent_id is None else Selection(unit=unit.pk)
        try:
            result = result_of(scope, wave, selection)
        except UnknownUnit:
            return
        for code in codes:
            node = result.node(code)
            if node is not None and node.score is not None:
                missing.discard(code)
                yield code, result, node
        if not missing:
            return


def _codes(wave: Wave) -> frozenset[str]:
    return frozenset(place.code for place in rows.tree_of(wave).nodes())


def _url(result: WaveResult, node: NodeScore) -> str:
    """The result page of the unit, at the group in which the node stands."""
    places = {place.code: place for place in result.tree.nodes()}
    group = node.code if places[node.code].node.children else places[node.code].parent
    query = {**result.selection.chosen, **({"node": group} if group and group != result.tree.code else {})}
    address = reverse("result", args=[result.wave.code])
    return f"{address}?{urlencode(query)}" if query else address


def satisfaction(scope: Scope, unit: OrgUnit, wanted: Sequence[str]) -> Mapping[str, Satisfaction]:
    """Node → its score for customers of the unit, in the newest finished wave that may show it."""
    if not scope.may(RIGHT, unit.pk):
        return {}
    finished = list(waves(scope).filter(state=Wave.State.CLOSED)[:MOST_WAVES])
    return {
        code: Satisfaction(
            value=node.score or 0.0, low=node.ci_low, high=node.ci_high, n=node.n, wave=result.wave.name,
            url=_url(result, node),
        )
        for code, result, node in _results(scope, unit, wanted, finished)
    }  # fmt: skip


def read(scope: Scope, subject: str, unit: OrgUnit, since: date, until: date) -> Reading:
    """Score 0–100 of a node in the newest wave that was finished in these days."""
    if not scope.may(RIGHT, unit.pk):
        return Reading(value=None, hidden=True)
    finished = [
        wave
        for wave in waves(scope).filter(state=Wave.State.CLOSED, closed_at__isnull=False)
        if wave.closed_at and since <= timezone.localtime(wave.closed_at).date() < until
    ]
    for _code, result, node in _results(scope, unit, [subject], finished[:MOST_WAVES]):
        return Reading(value=node.score, low=node.ci_low, high=node.ci_high, n=node.n, url=_url(result, node))
    return Reading(value=None)
