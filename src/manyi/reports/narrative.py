"""What a management review says in words: rules over figures, in the active language. Pure: no database, no clock.

Nothing is called higher, lower, better or worse unless the difference is significant: its 95 % interval excludes
no change, and its p value is below ALPHA, after Holm's adjustment for all differences looked at except the index,
which is one question of its own. Otherwise the sentence says that there is no clear change, or too few cases.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from manyi.measures.compare import Difference, adjust
from manyi.measures.estimates import Estimate

ALPHA = 0.05
MOST_LETTERS = 60
Direction = Literal["up", "down"]
Topic = Literal["index", "complaints", "promises", "risk", "improvements", "money"]
SHARES = ("in_time", "reopened", "satisfied", "kept")


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of the period with its difference to the period before, None where there is nothing before it."""

    estimate: Estimate
    change: Difference | None = None


@dataclass(frozen=True, slots=True)
class Weak:
    """An item that a test shows below the index."""

    name: str
    score: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Moved:
    """The figure an action was to move, as its verification found it. `shown` says that the verification called
    the action effective; `unit` is what the figure is counted in.
    """

    title: str
    difference: Difference
    shown: bool
    unit: Literal["points", "month", ""] = "points"


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything there is to say; None is 'not for this reader', an Estimate without value 'not known'.

    `complaints` counts with `before` of the period before and `rate` the difference per day; `amounts` are
    (currency, sum, cases); `gain` is (item, points of the index for one step more).
    """

    index: Figure | None = None
    wave: str = ""
    complaints: int | None = None
    before: int = 0
    open: int = 0
    rate: Difference | None = None
    shares: Mapping[str, Figure] = field(default_factory=dict)
    weak: Sequence[Weak] = ()
    overdue_complaints: int | None = None
    overdue_promises: int = 0
    overdue_actions: int | None = None
    customers_at_risk: int | None = None
    running: int | None = None
    effective: int = 0
    not_effective: int = 0
    not_yet: int = 0
    moved: Sequence[Moved] = ()
    cost: float | None = None
    amounts: Sequence[tuple[str, float, int]] = ()
    gain: tuple[str, float] | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """One statement: its sentences in one text, and what it claims of the figure it is about."""

    topic: Topic
    text: str
    claim: Direction | None = None


def directions(
    changes: Mapping[str, Difference | None], *, alone: str = "index"
) -> dict[str, Direction | None]:
    """For each difference whether it may be called a rise or a fall. `alone` is one question of its own; the
    others are many, looked at together, and their p values are adjusted.
    """
    tested = {
        name: found for name, found in changes.items() if found is not None and found.p_value is not None
    }
    many = [name for name in tested if name != alone]
    p_values = dict(zip(many, adjust([tested[name].p_value for name in many]), strict=True))
    if alone in tested:
        p_values[alone] = tested[alone].p_value
    return {name: _direction(found, p_values.get(name)) for name, found in changes.items()}


def _direction(found: Difference | None, p_value: float | None) -> Direction | None:
    if found is None or p_value is None or p_value >= ALPHA or found.low is None or found.high is None:
        return None
    if found.low > 0:
        return "up"
    return "down" if found.high < 0 else None


def narrative(facts: Facts) -> list[Said]:
    """What there is to say, in the order of the page."""
    changes = {"index": facts.index.change if facts.index else None, "complaints": facts.rate}
    changes |= {name: figure.change for name, figure in facts.shares.items()}
    claims = directions(changes)
    said = [_index(facts, claims["index"])]
    if facts.complaints is not None:
        said.append(_complaints(facts, claims["complaints"]))
    known = [(name, facts.shares[name]) for name in SHARES if name in facts.shares]
    said += [
        _share(name, figure, claims[name]) for name, figure in known if figure.estimate.value is not None
    ]
    said += [_weak(facts), *_overdue(facts), *_improvements(facts), *_money(facts)]
    return [one for one in said if one.text]


def joined(sentences: Iterable[str]) -> str:
    """Sentences in a row, as the language sets them."""
    return ("" if (get_language() or "zh").startswith("zh") else " ").join(s for s in sentences if s)


def _index(facts: Facts, claim: Direction | None) -> Said:
    if facts.index is None or facts.index.estimate.value is None:
        return Said(
            "index",
            _("There is no finished survey with enough answers: how satisfied customers are is not known."),
        )
    found = facts.index.estimate
    stands = _("The customer satisfaction index stands at %(value).1f%(interval)s (“%(wave)s”).") % {
        "value": found.value, "interval": interval(found.low, found.high, found.n), "wave": facts.wave,
    }  # fmt: skip
    return Said(
        "index", joined([stands, _change(facts.index.change, claim, _since_wave(), "%+.1f", 1)]), claim
    )


def _complaints(facts: Facts, claim: Direction | None) -> Said:
    if not facts.complaints:
        return Said("complaints", _("No complaints were received."))
    came = ngettext("%(n)d complaint was received", "%(n)d complaints were received", facts.complaints) % {
        "n": facts.complaints
    }
    still = _("%(came)s; %(open)d of them not closed yet.") % {"came": came, "open": facts.open}
    if facts.rate is None:
        return Said("complaints", still)
    if claim is None:
        more = _("A day, that is no clear change from the period before (%(before)d).")
    elif claim == "up":
        more = _("A day, these are clearly more than in the period before (%(before)d).")
    else:
        more = _("A day, these are clearly fewer than in the period before (%(before)d).")
    return Said("complaints", joined([still, more % {"before": facts.before}]), claim)


def share_name(name: str) -> str:
    return {
        "in_time": _("Resolved in time"),
        "reopened": _("Opened again"),
        "satisfied": _("Satisfied in the follow-up"),
        "kept": _("Promises kept"),
    }[name]


def _share(name: str, figure: Figure, claim: Direction | None) -> Said:
    found = figure.estimate
    text = {
        "in_time": _("%(share)s of complaints whose time limit has run were resolved in time%(interval)s."),
        "reopened": _("%(share)s of closed complaints were opened again%(interval)s."),
        "satisfied": _("%(share)s of complainants who were asked afterwards were satisfied%(interval)s."),
        "kept": _("%(share)s of promises to customers that fell due were kept%(interval)s."),
    }[name] % {
        "share": percent(found.value),
        "interval": interval(found.low, found.high, found.n, share=True),
    }
    topic: Topic = "promises" if name == "kept" else "complaints"
    return Said(topic, joined([text, _change(figure.change, claim, _since_period(), "%+.1f", 100)]), claim)


def _since_wave() -> dict[str, str]:
    return {
        "up": _("Since the wave before that is a clear rise: %(change)s points (95%% interval %(low)s to %(high)s)."),
        "down": _("Since the wave before that is a clear fall: %(change)s points (95%% interval %(low)s to %(high)s)."),
        "none": _("Since the wave before there is no clear change (%(change)s points)."),
        "few": _("There are too few answers to compare with the wave before."),
        "nothing": _("There is no earlier wave to compare with."),
    }  # fmt: skip


def _since_period() -> dict[str, str]:
    return {
        "up": _("That is clearly more than in the period before: %(change)s points (95%% interval %(low)s to %(high)s)."),
        "down": _("That is clearly less than in the period before: %(change)s points (95%% interval %(low)s to %(high)s)."),
        "none": _("Against the period before there is no clear change (%(change)s points)."),
        "few": _("There are too few cases to compare with the period before."),
        "nothing": "",
    }  # fmt: skip


def _change(
    found: Difference | None, claim: Direction | None, texts: Mapping[str, str], form: str, times: float
) -> str:
    if found is None:
        return texts["nothing"]
    if found.value is None or found.low is None or found.high is None:
        return texts["few"]
    values = {"change": found.value, "low": found.low, "high": found.high}
    return texts[claim or "none"] % {name: signed(value * times, form) for name, value in values.items()}


def _weak(facts: Facts) -> Said:
    if facts.index is None or facts.index.estimate.value is None:
        return Said("risk", "")
    if not facts.weak:
        return Said("risk", _("No item is clearly weaker than the index."))
    names = _("; ").join(
        _("“%(name)s” (%(score).1f%(interval)s)")
        % {"name": w.name, "score": w.score, "interval": _inner(w.low, w.high)}
        for w in facts.weak
    )
    return Said(
        "risk", _("Clearly below the index, what holds it down most first: %(names)s.") % {"names": names}
    )


def _inner(low: float | None, high: float | None) -> str:
    return (
        ""
        if low is None or high is None
        else _(", 95%% interval %(low).1f–%(high).1f") % {"low": low, "high": high}
    )


def _overdue(facts: Facts) -> list[Said]:
    late = []
    if facts.overdue_complaints:
        late.append(
            ngettext("%(n)d complaint", "%(n)d complaints", facts.overdue_complaints)
            % {"n": facts.overdue_complaints}
        )
    if facts.overdue_promises:
        late.append(
            ngettext("%(n)d promise", "%(n)d promises", facts.overdue_promises)
            % {"n": facts.overdue_promises}
        )
    if facts.overdue_actions:
        late.append(
            ngettext("%(n)d improvement action", "%(n)d improvement actions", facts.overdue_actions)
            % {"n": facts.overdue_actions}
        )
    said = []
    if late:
        said.append(_("Past their date today: %(what)s.") % {"what": _(", ").join(late)})
    elif facts.overdue_complaints is not None and facts.overdue_actions is not None:
        said.append(_("Nothing is past its date today."))
    if facts.customers_at_risk:
        said.append(
            ngettext(
                "%(n)d customer has complained more than once or waits for an overdue answer.",
                "%(n)d customers have complained more than once or wait for an overdue answer.",
                facts.customers_at_risk,
            )
            % {"n": facts.customers_at_risk}
        )
    return [Said("risk", joined(said))] if said else []


def _improvements(facts: Facts) -> list[Said]:
    if facts.running is None:
        return []
    parts = [
        ngettext("%(n)d action is under way.", "%(n)d actions are under way.", facts.running)
        % {"n": facts.running}
    ]
    judged = facts.effective + facts.not_effective + facts.not_yet
    if judged:
        parts.append(
            _("Verified: %(yes)d effective, %(no)d not effective, %(open)d not yet shown.")
            % {"yes": facts.effective, "no": facts.not_effective, "open": facts.not_yet}
        )
    else:
        parts.append(_("None was verified in this period."))
    said = [Said("improvements", joined(parts))]
    for moved in facts.moved:
        claim = _direction(moved.difference, 0.0 if moved.shown else None)
        if claim is not None:
            said.append(Said("improvements", _moved(moved), claim))
    return said


def _moved(moved: Moved) -> str:
    found = moved.difference
    assert found.value is not None and found.low is not None and found.high is not None  # noqa: S101,PT018 - claimed
    values = {
        "title": moved.title,
        "change": signed(found.value),
        "low": signed(found.low),
        "high": signed(found.high),
    }
    if moved.unit == "points":
        return (
            _("“%(title)s” moved its figure by %(change)s points (95%% interval %(low)s to %(high)s).")
            % values
        )
    if moved.unit == "month":
        return (
            _("“%(title)s” moved its complaints by %(change)s a month (95%% interval %(low)s to %(high)s).")
            % values
        )
    return _("“%(title)s” moved its figure by %(change)s (95%% interval %(low)s to %(high)s).") % values


def _money(facts: Facts) -> list[Said]:
    parts = [
        ngettext(
            "Compensation of %(currency)s %(sum)s was accepted in %(n)d complaint.",
            "Compensation of %(currency)s %(sum)s was accepted in %(n)d complaints.",
            cases,
        )
        % {"currency": currency, "sum": f"{total:,.0f}", "n": cases}
        for currency, total, cases in facts.amounts
    ]
    if facts.cost:
        parts.append(_("Improvement actions of the period cost %(sum)s.") % {"sum": f"{facts.cost:,.0f}"})
    if facts.gain is not None:
        item, points = facts.gain
        parts.append(
            _("One step more at “%(item)s” is worth about %(points).1f points of the index.")
            % {"item": item, "points": points}
        )
    return [Said("money", joined(parts))] if parts else []


def cut(text: str, most: int = MOST_LETTERS) -> str:
    """At most so many letters, so that one long name does not fill the page."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def percent(value: float | None) -> str:
    return "–" if value is None else f"{value * 100:.0f}%"


def signed(value: float, form: str = "%+.1f") -> str:
    """With its sign, and a real minus."""
    return (form % value).replace("-", "−")


def interval(low: float | None, high: float | None, n: int, *, share: bool = False) -> str:
    """' (95 % interval …, n = …)', in the active language."""
    if low is None or high is None:
        return _(" (n = %(n)s)") % {"n": f"{n:,}"}
    span = f"{low * 100:.0f}–{high * 100:.0f}%" if share else f"{low:.1f}–{high:.1f}"
    return _(" (95%% interval %(span)s, n = %(n)s)") % {"span": span, "n": f"{n:,}"}
