"""Findings from surveys: a weak indicator, a priority, a service gap, what many write in their own words.

Keys are the address of the thing: `wave:node?unit=3&tier=A`; of comments `wave?q=late&band=low`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from manyi.improvement.models import Finding
from manyi.improvement.queries import figures
from manyi.improvement.sources import Source, both, evidence, unknown
from manyi.improvement.sources import register as on
from manyi.insights import gaps, priorities, queries_verbatims
from manyi.insights.queries import WaveResult, result_of
from manyi.insights.selection import Selection, UnknownUnit
from manyi.people.models import OrgUnit
from manyi.scope import Scope
from manyi.surveys.models import Wave
from manyi.web.errors import Refused
from manyi.web.templatetags.web import localised

Kind = Finding.Kind


def register() -> None:
    on("indicator", lambda scope, key, at: _of_key(scope, key, at, Kind.INDICATOR))
    on("priority", lambda scope, key, at: _of_key(scope, key, at, Kind.PRIORITY))
    on("gap", _gap)
    on("verbatim", _verbatim)


def _parsed(key: str) -> tuple[str, str, dict[str, str]]:
    """Wave, node ('' for none) and the query of a key."""
    head, _mark, query = key.partition("?")
    wave, _colon, node = head.partition(":")
    return wave, node, dict(parse_qsl(query))


def _unit(wave: Wave, chosen: Mapping[str, str]) -> OrgUnit:
    return OrgUnit.objects.get(pk=int(chosen["unit"])) if chosen.get("unit") else wave.unit


def _result(scope: Scope, wave: Wave, query: Mapping[str, str]) -> WaveResult:
    try:
        return result_of(scope, wave, Selection.of(query))
    except UnknownUnit as error:
        raise unknown() from error


def _of_key(scope: Scope, key: str, at: datetime, kind: str) -> Source:
    code, node, query = _parsed(key)
    try:
        chosen = Selection.of(query).timeless().chosen
    except UnknownUnit as error:
        raise unknown() from error
    return indicator(scope, figures.wave_of(scope, code), node, chosen, at, kind)


def indicator(
    scope: Scope, wave: Wave, node: str, filters: Mapping[str, str], at: datetime, kind: str = Kind.INDICATOR
) -> Source:
    """A node of a wave's tree in a segment, with what the index would gain if everybody ticked one point more.

    :raises Refused: where the figure may not be shown.
    """
    chosen = dict(filters)
    scored, segment = figures.node_of(scope, wave, node, chosen)
    title = _("“%(item)s” scores %(score).1f") % {"item": localised(scored.name), "score": scored.score}
    return Source(
        kind=kind,
        key="wave:" + ":".join([wave.code, node, *(f"{k}={v}" for k, v in sorted(chosen.items()))]),
        unit=_unit(wave, chosen),
        title=f"{title} · {segment}" if segment else title,
        evidence={
            "wave": wave.code, "wave_name": wave.name, "node": node, "node_name": dict(scored.name), "filters": chosen,
            "segment": segment, "score": scored.score, "low": scored.ci_low, "high": scored.ci_high, "n": scored.n,
            "at": at.isoformat(), **_gain(scope, wave, node, chosen),
        },
    )  # fmt: skip


def _gain(scope: Scope, wave: Wave, node: str, chosen: Mapping[str, str]) -> dict[str, Any]:
    result = _result(scope, wave, chosen)
    gain = None if result.index is None else priorities.expected_gains(result).get(node)
    if gain is None or gain.gain is None:
        return {}
    return {"expected_gain": gain.gain, "gain_low": gain.low, "gain_high": gain.high}


def _gap(scope: Scope, key: str, at: datetime) -> Source:
    """A dimension or item whose expectation is not met; its code stands where the node does."""
    code, node, query = _parsed(key)
    wave = figures.wave_of(scope, code)
    result = _result(scope, wave, query)
    found = gaps.gaps(result)
    row = next((row for row in found.rows if row.code == node), None) if found else None
    if row is None or row.score is None or row.score.gap.value is None:
        raise unknown()
    score, gap = row.score, row.score.gap
    chosen = result.selection.chosen

    def said() -> str:
        text = _("%(gap)+.2f: expected %(expected).2f, perceived %(perceived).2f") % {
            "gap": gap.value, "expected": score.expectation.value, "perceived": score.perception.value,
        }  # fmt: skip
        return _interval(text, gap.low, gap.high, gap.n)

    return Source(
        kind=Kind.GAP,
        key="gap:" + ":".join([wave.code, node, *(f"{k}={v}" for k, v in sorted(chosen.items()))]),
        unit=_unit(wave, chosen),
        title=_("“%(item)s” falls short of what customers expect by %(gap).2f")
        % {"item": row.name, "gap": abs(float(gap.value or 0))},
        evidence=evidence(
            name=both(lambda: row.name), figure=both(said), facts=(wave.name,), at=at,
            url=f"{reverse('result-gaps', args=[wave.code])}?{urlencode(chosen)}",
            value=gap.value, low=gap.low, high=gap.high, n=gap.n,
        ),
    )  # fmt: skip


def _interval(text: str, low: float | None, high: float | None, n: int) -> str:
    answers = ngettext("%(n)d answer", "%(n)d answers", n) % {"n": n}
    if low is None or high is None:
        return f"{text} · {answers}"
    between = _("95%% interval %(low).2f to %(high).2f") % {"low": low, "high": high}
    return f"{text} · {between} · {answers}"


def _verbatim(scope: Scope, key: str, at: datetime) -> Source:
    """What a search in the comments finds. Their words stay where the right to read them is checked."""
    code, _node, query = _parsed(key)
    wave = figures.wave_of(scope, code)
    result = _result(scope, wave, query)
    search, band = query.get("q", "").strip()[:200], query.get("band", "")
    if not search:
        raise Refused(_("Search the comments for what they have in common first."))
    band = band if band in queries_verbatims.BANDS else ""
    words = queries_verbatims.verbatims(result, search=search, band=band, limit=1)
    whole = queries_verbatims.verbatims(result, band=band, limit=1)
    if words.refusal or not words.total:
        raise unknown()
    chosen = {"q": search, **({"band": band} if band else {}), **result.selection.chosen}

    def said() -> str:
        return _("%(n)d of %(all)d comments mention “%(words)s”") % {
            "n": words.total, "all": whole.total, "words": search,
        }  # fmt: skip

    return Source(
        kind=Kind.VERBATIM,
        key="verbatim:" + wave.code + ":" + urlencode(sorted(chosen.items()))[:100],
        unit=_unit(wave, chosen),
        title=said(),
        evidence=evidence(
            name=both(lambda: _("Comments about “%(words)s”") % {"words": search}), figure=both(said),
            facts=(wave.name,), at=at, url=f"{reverse('result-verbatims', args=[wave.code])}?{urlencode(chosen)}",
            value=words.total / whole.total if whole.total else None, n=words.total,
        ),
    )  # fmt: skip
