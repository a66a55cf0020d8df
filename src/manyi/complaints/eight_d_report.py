"""The 8D report: what is in it, in one language, and its PDF. The Word file is made from the same by `eight_d_word`.

The order and the two questions of D4 follow VDA “8D – Problem Solving in 8 Disciplines”; the head has what car
makers ask for first: numbers of both sides, part, batch, quantity, dates, team.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import override, pgettext

from manyi.charts import fishbone
from manyi.charts.render import FONTS
from manyi.complaints import eight_d, eight_d_pictures, evidence
from manyi.complaints.models import Cause, Discipline, Problem, ProblemAction
from manyi.complaints.queries import problems as queries
from manyi.people.services import organisation
from manyi.web.templatetags.web import localised


@dataclass(frozen=True)
class Table:
    """`widths` are shares of the page for the columns."""

    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[float, ...]
    title: str = ""


@dataclass(frozen=True)
class Section:
    """One discipline. `signed` says who signed it and when, '' while nobody has."""

    code: str
    title: str
    signed: str
    texts: tuple[tuple[str, str], ...] = ()
    tables: tuple[Table, ...] = ()
    pictures: tuple[tuple[str, str], ...] = ()  # (title, SVG)


@dataclass(frozen=True)
class Report:
    language: str
    title: str
    number: str
    organisation: str
    state: str
    made: str
    head: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]
    evidence: Table
    signatures: Table
    labels: dict[str, str] = field(default_factory=dict)


def report_of(problem: Problem, causes: list[Cause], *, language: str, at: datetime) -> Report:
    """The report as it stands, in 'zh' or 'en'. The caller found `problem` through `queries.visible`."""
    with override("en" if language == "en" else "zh-hans"):
        steps = {step.code: step for step in queries.steps(problem)}
        sections = tuple(
            Section(
                code=code,
                title=str(Discipline(code).label),
                signed=_signed(steps[code]),
                texts=tuple(
                    (str(f.label), steps[code].content[f.name])
                    for f in eight_d.FIELDS[code]
                    if steps[code].content.get(f.name)
                ),
                tables=_tables(code, problem, causes),
                pictures=_pictures(code, problem, causes),
            )
            for code in eight_d.CODES
        )
        return Report(
            language=language,
            title=_("8D report"),
            number=problem.number,
            organisation=localised(organisation().name),
            state=str(problem.get_state_display()),
            made=_moment(at),
            head=_head(problem, steps),
            sections=sections,
            evidence=_evidence(evidence.gates(queries.figures(problem), timezone.localtime(at))),
            signatures=_signatures(problem),
            labels={
                "not_signed": _("Not signed yet"),
                "nothing": _("Nothing recorded yet."),
                "page": _("Page"),
                "made": _("As of"),
                "root": _("◆ root cause"),
            },
        )


def _day(value: date | datetime | None) -> str:
    if value is None:
        return ""
    return date_format(timezone.localtime(value) if isinstance(value, datetime) else value, "Y-m-d")


def _moment(value: datetime) -> str:
    return date_format(timezone.localtime(value), "Y-m-d H:i")


def _signed(step: Any) -> str:
    if step.signed_at is None:
        return ""
    name = step.signed_by.get_full_name() if step.signed_by else "–"
    return _("Signed: %(who)s, %(on)s") % {"who": name, "on": _day(step.signed_at)}


def _head(problem: Problem, steps: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    def due(code: str) -> str:
        return _day(steps[code].signed_at) or _day(steps[code].due_on)

    complaints = list(problem.complaints.order_by("received_at").values_list("number", "received_at"))
    numbers = [number for number, _received in complaints]
    listed = ", ".join(numbers[:6]) + (f" … ({len(numbers)})" if len(numbers) > 6 else "")
    return (
        (_("Problem"), problem.title),
        (_("Customer"), problem.customer.name if problem.customer else ""),
        (_("8D number"), problem.number),
        (_("Customer’s complaint number"), problem.customer_reference),
        (_("Customer’s plant or contact"), problem.customer_plant),
        (_("Part number"), problem.part_number),
        (_("Part name"), problem.part_name),
        (_("Drawing and revision"), problem.drawing),
        (_("Batch"), problem.batch),
        (_("Quantity affected"), problem.quantity),
        (_("Production site"), problem.production_site or localised(problem.unit.name)),
        (_("Complaints"), listed),
        (_("First complaint"), _day(complaints[0][1]) if complaints else ""),
        (_("Opened on"), _day(problem.opened_at)),
        (_("D3 signed or due"), due("D3")),
        (_("D5 signed or due"), due("D5")),
        (_("D8 signed or due"), due("D8")),
        (_("Closed on"), _day(problem.closed_at)),
        (_("Champion"), problem.champion.get_full_name() if problem.champion else ""),
        (_("Team leader"), problem.leader.get_full_name() if problem.leader else ""),
    )


def _tables(code: str, problem: Problem, causes: list[Cause]) -> tuple[Table, ...]:
    match code:
        case "D1":
            return (_team(problem),)
        case "D3":
            return (_actions(problem, ProblemAction.Kind.CONTAINMENT),)
        case "D4":
            return tuple(_whys(causes, question) for question in eight_d_pictures.questions(causes))
        case "D5":
            return (_chosen(problem),)
        case "D6":
            return (_actions(problem, ProblemAction.Kind.CORRECTIVE),)
        case "D7":
            return (_actions(problem, ProblemAction.Kind.PREVENTIVE),)
        case _:
            return ()


def _team(problem: Problem) -> Table:
    rows = [
        (str(role), user.get_full_name(), "", user.email)
        for role, user in ((_("Champion"), problem.champion), (_("Team leader"), problem.leader))
        if user is not None
    ]
    rows += [(_("Member"), m.name, m.function, m.contact) for m in problem.team.all()]
    headers = (_("Role"), pgettext("person", "Name"), _("Function"), _("Phone or e-mail"))
    return Table(headers, tuple(rows), (0.18, 0.26, 0.26, 0.3))


def _actions(problem: Problem, kind: ProblemAction.Kind) -> Table:
    rows = tuple(
        (
            str(n),
            action.text,
            action.owner.get_full_name(),
            _day(action.due_on),
            _day(action.done_at),
            action.evidence,
            "" if action.effectiveness is None else str(action.effectiveness),
        )
        for n, action in enumerate(queries.actions(problem, kind), start=1)
    )
    headers = (
        _("No."), str(kind.label), _("Responsible"), _("Due"), _("Done on"), _("Evidence"), _("Effect in per cent"),
    )  # fmt: skip
    return Table(headers, rows, (0.06, 0.3, 0.14, 0.12, 0.12, 0.17, 0.09))


def _chosen(problem: Problem) -> Table:
    rows = tuple(
        (str(n), action.text, action.owner.get_full_name(), _day(action.due_on))
        for n, action in enumerate(queries.actions(problem, ProblemAction.Kind.CORRECTIVE), start=1)
    )
    return Table(
        (_("No."), _("Corrective action"), _("Responsible"), _("Due")), rows, (0.06, 0.56, 0.22, 0.16)
    )


def _whys(causes: Sequence[Cause], question: Cause.Question) -> Table:
    rows = tuple(
        (
            str(row.cause.get_branch_display()) if row.depth == 0 else "",
            str(row.depth + 1),
            ("◆ " if row.cause.is_root else "") + row.cause.text,
            str(row.cause.get_link_display()) if row.cause.is_root else "",
            row.cause.proof,
        )
        for row in eight_d_pictures.rows(causes)
        if row.cause.question == question
    )
    headers = (_("Branch"), _("Why"), _("Cause"), _("Where the cause lies"), _("How it was proved"))
    return Table(headers, rows, (0.12, 0.07, 0.37, 0.2, 0.24), title=str(question.label))


def _pictures(code: str, problem: Problem, causes: list[Cause]) -> tuple[tuple[str, str], ...]:
    if code != "D4":
        return ()
    return tuple(
        (
            str(question.label),
            fishbone.wide(problem.title, eight_d_pictures.bones(causes, question), str(question.label)),
        )
        for question in eight_d_pictures.questions(causes)
    )


def _evidence(gates: Sequence[evidence.Gate]) -> Table:
    rows = tuple((gate.title, gate.said, _("Yes") if gate.passed else _("No")) for gate in gates)
    return Table(
        (_("What has to be proved"), _("What shows it"), _("Proved")),
        rows,
        (0.34, 0.54, 0.12),
        _("Evidence for closing"),
    )


def _signatures(problem: Problem) -> Table:
    rows = tuple(
        (
            s.step.code,
            _("Signed") if s.signed else _("Taken back"),
            s.by.get_full_name() if s.by else "–",
            _moment(s.at),
            s.reason,
        )
        for s in queries.sign_offs(problem)
    )
    return Table(
        (_("Step"), _("What"), _("Who"), _("When"), _("Reason")), rows, (0.08, 0.16, 0.22, 0.22, 0.32), _("Signatures")
    )  # fmt: skip


def pdf(report: Report) -> bytes:
    """A4, tagged for screen readers, page numbers, with the font that comes along."""
    from weasyprint import HTML  # slow to import: only reports pay for it

    pairs = [report.head[n : n + 2] for n in range(0, len(report.head), 2)]
    with override("en" if report.language == "en" else "zh-hans"):
        html = render_to_string(
            "complaints/problems/report.html", {"report": report, "pairs": pairs, "fonts": FONTS}
        )
    made: bytes = HTML(string=html).write_pdf(pdf_variant="pdf/ua-1")
    return made
