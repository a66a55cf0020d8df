"""The management review as one page: sentences, and six cards of figures. Web page, PDF, slides and workbook show it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.urls import NoReverseMatch, reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from manyi import charts
from manyi.charts import Chart, Series
from manyi.people.services import organisation
from manyi.reports import narrative
from manyi.reports.document import Figure, interval_text, score_text
from manyi.reports.narrative import Direction, cut, joined, percent, signed
from manyi.reports.review import Judged, Review
from manyi.standards.queries.standards import Measured
from manyi.web.templatetags.web import localised

MOST_LINES = 3
MOST_MISSED = 2
TREND = (400, 190)  # pixels


@dataclass(frozen=True, slots=True)
class Card:
    """`url` leads to where the figures come from; `withheld` says that the reader lacks the right to see them."""

    key: str
    title: str
    icon: str
    figures: Sequence[Figure] = ()
    lines: Sequence[str] = ()
    chart: Chart | None = None
    url: str = ""
    withheld: bool = False


@dataclass(frozen=True, slots=True)
class OnePage:
    """`said` are short paragraphs, one for each topic."""

    title: str
    organisation: str
    unit: str
    period: str
    days: str
    made: str
    said: Sequence[str]
    cards: Sequence[Card]

    @property
    def subtitle(self) -> str:
        return f"{self.unit} · {self.period}"


def one_page(review: Review) -> OnePage:
    """In the active language."""
    owner = cut(localised(organisation().name))
    topics: dict[str, list[str]] = {}
    for said in review.said:
        topics.setdefault(said.topic, []).append(said.text)
    return OnePage(
        title=_("Management review"),
        organisation=owner,
        unit=cut(localised(review.unit.name)) if review.unit else (owner or _("Everything you may see")),
        period=review.period.label,
        days=review.period.days,
        made=made(review.at),
        said=[joined(texts) for texts in topics.values()],
        cards=[_index(review), _complaints(review), _promises(review), _risk(review), _improvements(review), _money(review)],
    )  # fmt: skip


def made(at: datetime) -> str:
    return _("Made %(date)s") % {"date": date_format(localtime(at), "DATETIME_FORMAT")}


def _address(name: str, *args: str, query: str = "") -> str:
    try:
        return reverse(name, args=args) + (f"?{query}" if query else "")
    except NoReverseMatch:
        return ""


def claims(review: Review) -> dict[str, Direction | None]:
    """Which figures of the page may be called higher or lower than before."""
    changes = {name: figure.change for name, figure in review.shares.items()}
    changes["index"] = review.index.change if review.index else None
    changes["complaints"] = review.complaint_rate if review.sees_complaints else None
    return narrative.directions(changes)


def change_note(claim: Direction | None, change: str = "") -> str:
    word = {"up": _("clearly higher"), "down": _("clearly lower"), None: _("no clear change")}[claim]
    sign = {"up": "▲ ", "down": "▼ ", None: ""}[claim]
    return f"{sign}{word}" + (f" ({change})" if change else "")


def _index(review: Review) -> Card:
    title, result = _("Satisfaction index"), review.result
    if result is None or result.index is None or review.index is None:
        text = _("No finished survey with enough answers before the end of this period.")
        return Card("index", title, "gauge", lines=[text], url=_address("results"))
    root, change = result.index.root, review.index.change
    note = _("no wave before it")
    if change is not None and change.value is not None:
        note = (
            change_note(claims(review)["index"], signed(change.value))
            if change.low is not None
            else _("too few answers to compare")
        )
    figures = [
        Figure(
            cut(localised(result.wave.name)),
            score_text(root.score),
            interval_text(root.ci_low, root.ci_high),
            root.n,
            note,
        )
    ]
    return Card(
        "index", title, "gauge", figures, chart=trend(review), url=_address("result", result.wave.code)
    )


def trend(review: Review) -> Chart | None:
    """The index over the waves of its series, by the month they were opened; None with less than two points."""
    points = review.result.trend if review.result else []
    if review.result is None or sum(point.root is not None for point in points) < 2:
        return None
    roots = [point.root for point in points]
    line = Series(
        review.result.name(review.result.tree.code), [r.score if r else None for r in roots],
        [r.ci_low if r else None for r in roots], [r.ci_high if r else None for r in roots],
    )  # fmt: skip
    months = [f"{localtime(point.wave.opened_at or point.wave.created_at):%Y-%m}" for point in points]
    drawn = charts.trend(
        months,
        [line],
        title=_("The index over time"),
        texts=charts.texts_for(get_language() or "zh"),
        width=TREND[0],
    )
    return replace(drawn, height=TREND[1], narrow=None)


def _share_figure(review: Review, name: str) -> Figure | None:
    found = review.shares.get(name)
    if found is None:
        return None
    value = found.estimate
    if value.value is None:
        return Figure(narrative.share_name(name), "–", n=0)
    note = ""
    if found.change is not None:
        moved = found.change.value
        tested = found.change.low is not None and moved is not None
        note = (
            change_note(claims(review)[name], signed((moved or 0) * 100))
            if tested
            else _("too few cases to compare")
        )
    span = "" if value.low is None or value.high is None else f"{value.low * 100:.0f}–{value.high * 100:.0f}%"
    return Figure(narrative.share_name(name), percent(value.value), span, value.n, note)


def _complaints(review: Review) -> Card:
    title = _("Complaints")
    if not review.sees_complaints:
        return Card("complaints", title, "message-report", withheld=True)
    now, before = review.bases, review.bases_before
    note = _("the period before: %(n)d") % {"n": before.cases}
    if review.complaint_rate is not None:
        note += f" · {change_note(claims(review)['complaints'])}"
    figures = [
        Figure(_("Received"), f"{now.cases:,}", note=note),
        Figure(_("Not closed yet"), f"{now.open:,}"),
        *filter(None, (_share_figure(review, name) for name in ("in_time", "reopened", "satisfied"))),
    ]
    query = f"since={review.period.since}&until={review.period.last}" + (
        f"&unit={review.unit.pk}" if review.unit else ""
    )
    lines = []
    if review.categories:
        top = _(", ").join(f"{cut(part.label, 24)} {part.n}" for part in review.categories[:3])
        lines.append(_("Most about: %(what)s") % {"what": top})
    return Card(
        "complaints", title, "message-report", figures, lines, url=_address("complaint-analysis", query=query)
    )


def _promises(review: Review) -> Card:
    found = review.promises
    figure = _share_figure(review, "kept")
    figures = [figure] if figure else []
    rest = [
        (_("Kept late"), found.kept_late), (_("Broken"), found.broken), (_("Still open after their time"), found.overdue),
    ]  # fmt: skip
    figures += [Figure(label, f"{n:,}") for label, n in rest]
    url = _address("promises") if review.scope.may("promises.edit") else ""
    return Card("promises", _("Promises to customers"), "heart-handshake", figures, url=url)


def _risk(review: Review) -> Card:
    counts = [
        (_("Complaints past a time limit"), review.overdue_complaints),
        (_("Promises past their time"), review.overdue_promises),
        (
            _("Improvement actions past their date"),
            len(review.overdue_actions) if review.sees_improvements else None,
        ),
        (_("Customers who complained again or wait too long"), review.customers_at_risk),
    ]
    figures = [Figure(label, f"{n:,}") for label, n in counts if n is not None]
    if review.standards:
        measured = _("%(n)d measured") % {"n": len(review.standards)}
        figures.append(
            Figure(_("Service standards missed"), f"{len(review.missed_standards):,}", note=measured)
        )
    lines = [
        _("Clearly weak: %(item)s")
        % {"item": f"{cut(w.name, 40)} {w.score:.1f} ({interval_text(w.low, w.high)})"}
        for w in review.weak
    ]
    if review.result is not None and not lines:
        lines = [_("No item is clearly weaker than the index.")]
    lines += [_missed(one) for one in review.missed_standards[:MOST_MISSED] if one.verdict.sure]
    return Card(
        "risk",
        _("Risk"),
        "alert-triangle",
        figures,
        lines,
        url=_address("never-miss") if review.sees_complaints else "",
    )


def _missed(one: Measured) -> str:
    """A standard whose whole interval misses its target."""
    reading, standard = one.reading, one.standard
    return _("Clearly missed: %(standard)s %(value)s, target %(target)s") % {
        "standard": cut(localised(standard.name), 40), "value": f"{reading.value:.1f}{_measure(standard.measure)}",
        "target": f"{standard.target:g}{_measure(standard.measure)}",
    }  # fmt: skip


def _measure(name: str) -> str:
    return name if name == "%" else f" {name}" if name else ""


def judged_line(judged: Judged) -> str:
    """What became of the action's figure: 'effective: +6.2 (95% interval +2.1 to +10.3)'."""
    found = judged.difference
    verdict = str(judged.verification.get_verdict_display())
    if found.value is None or found.low is None or found.high is None:
        return verdict
    return _("%(verdict)s: %(change)s (95%% interval %(low)s to %(high)s)") % {
        "change": signed(found.value), "low": signed(found.low), "high": signed(found.high), "verdict": verdict,
    }  # fmt: skip


def _improvements(review: Review) -> Card:
    title = _("Improvements")
    if not review.sees_improvements:
        return Card("improvements", title, "target", withheld=True)
    note = ""
    if late := len(review.overdue_actions):
        note = ngettext("%(n)d past its date", "%(n)d past their date", late) % {"n": late}
    figures = [
        Figure(_("Under way"), str(len(review.running)), note=note),
        Figure(_("Verified effective"), str(review.verdicts("effective"))),
        Figure(_("Not effective"), str(review.verdicts("not_effective"))),
        Figure(_("Not yet shown"), str(review.verdicts("not_yet"))),
        Figure(
            _("New findings"),
            str(review.findings),
            note=_("to be decided: %(n)d") % {"n": review.findings_open},
        ),
    ]
    lines = [f"{cut(j.action.title)} – {judged_line(j)}" for j in review.judged[:MOST_LINES]]
    left = len(review.judged) - MOST_LINES
    if left > 0:
        lines.append(ngettext("and %(n)d more", "and %(n)d more", left) % {"n": left})
    return Card("improvements", title, "target", figures, lines, url=_address("actions"))


def _money(review: Review) -> Card:
    figures: list[Figure] = []
    if review.sees_complaints:
        figures += [
            Figure(
                _("Compensation accepted (%(currency)s)") % {"currency": cost.currency}, f"{cost.total:,.0f}",
                note=ngettext("%(n)d complaint", "%(n)d complaints", cost.paid) % {"n": cost.paid},
            )
            for cost in review.compensation[:3]
        ] or [Figure(_("Compensation accepted"), "0")]  # fmt: skip
    if review.sees_improvements:
        cost, unknown = review.action_cost
        note = ngettext("cost of %(n)d action not known", "cost of %(n)d actions not known", unknown) % {
            "n": unknown
        }
        figures.append(
            Figure(_("Cost of actions in the period"), f"{cost:,.0f}", note=note if unknown else "")
        )
        if review.promised_gain is not None:
            figures.append(
                Figure(
                    _("Expected gain of what was decided"),
                    signed(review.promised_gain),
                    note=_("points of the index"),
                )
            )
    lines = []
    if (gain := review.best_gain) is not None:
        name, points, low, high = gain
        span = "" if low is None or high is None else f" ({low:.1f}–{high:.1f})"
        lines.append(
            _("Most to gain: %(item)s. One step more there is worth %(points)s points of the index.")
            % {"item": cut(name, 40), "points": f"{points:.1f}{span}"}
        )
    return Card("money", _("Money at stake"), "coin", figures, lines)
