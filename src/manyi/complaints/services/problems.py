"""Problems are opened by hand or by rule, gather complaints, close on evidence, and open themselves again."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _
from django.utils.translation import override

from manyi.complaints import eight_d, evidence, sameness
from manyi.complaints.models import (
    CaseCause,
    Complaint,
    DetectionRule,
    Problem,
    ProblemCase,
    SignOff,
    Step,
)
from manyi.complaints.queries import cases as case_queries
from manyi.complaints.queries import problems as queries
from manyi.complaints.services.cases import next_number, note_change, require_work_on
from manyi.events import catalogue
from manyi.events.services import publish
from manyi.people.models import OrgUnit
from manyi.scope import NotAllowed, Scope
from manyi.web.errors import Refused

HEADER = frozenset(
    {
        "title", "champion", "leader", "customer", "customer_reference", "customer_plant", "part_number",
        "part_name", "drawing", "batch", "quantity", "production_site", "quiet_days", "target_score", "category",
    }
)  # fmt: skip
#: What a recurrence puts in doubt: the causes, and everything built on them.
IN_DOUBT = ("D4", "D5", "D6", "D7", "D8")


def require_work(scope: Scope, problem: Problem) -> None:
    """Raise NotAllowed, or Refused when the problem is closed."""
    if not queries.may_work_on(scope, problem):
        raise NotAllowed("complaints.handle")
    if not problem.is_open:
        raise Refused(_("Problem %(number)s is closed.") % {"number": problem.number})


def note(scope: Scope, problem: Problem, change: str, *, at: datetime, detail: str = "") -> None:
    publish(
        scope,
        catalogue.ProblemChanged(
            subject_id=str(problem.pk), unit_id=problem.unit_id, change=change, detail=detail
        ),
        at=at,
    )


@transaction.atomic
def open_problem(
    scope: Scope,
    *,
    unit: OrgUnit,
    title: str,
    complaints: Iterable[Complaint] = (),
    same: str = "",
    at: datetime,
    rule: DetectionRule | None = None,
    **header: Any,
) -> Problem:
    """Open a problem, with the complaints it is about; `same` says what counts as its recurrence.

    Raises NotAllowed, ValidationError, Refused when the complaints do not say what `same` needs, or when an open
    problem has them already.
    """
    scope.require("complaints.handle", unit.pk)
    found = list(complaints)
    key = sameness.key_of(same, found[0]) if same and found else ""
    if same and not key:
        raise Refused(
            _("The complaint does not say what is the same (batch, product and category, serial number).")
        )
    unknown = set(header) - HEADER
    if unknown:
        raise TypeError(f"unknown fields {sorted(unknown)}")
    known = Problem.objects.filter(key=key, state=Problem.State.OPEN).first() if key else None
    if known is not None:
        raise Refused(_("Problem %(number)s is open for the same.") % {"number": known.number})
    row = Problem(
        unit=unit,
        title=title.strip(),
        same=same,
        key=key,
        rule=rule,
        origin=Problem.Origin.RULE if rule else Problem.Origin.HAND,
        opened_at=at,
        opened_by_id=scope.user_id,
        **{**_header_from(found), **header},
    )
    row.full_clean(exclude=["number"])
    row.number = next_number(unit, at, "P-")
    row.save()
    Step.objects.bulk_create(Step(problem=row, code=code) for code in eight_d.CODES)
    publish(
        scope,
        catalogue.ProblemOpened(subject_id=str(row.pk), unit_id=unit.pk, origin=row.origin),
        at=at,
    )
    for complaint in found:
        _attach(scope, row, complaint, at)
    return row


def _header_from(found: list[Complaint]) -> dict[str, Any]:
    """What the complaints agree in, for the head of the report."""
    if not found:
        return {}
    header: dict[str, Any] = {}
    for field, source in (
        ("customer", "customer"),
        ("category", "category"),
        ("part_name", "product"),
        ("batch", "batch"),
    ):
        values = {getattr(row, source) for row in found}
        if len(values) == 1 and (value := values.pop()):
            header[field] = value
    return header


def _attach(scope: Scope, problem: Problem, complaint: Complaint, at: datetime) -> None:
    """Put a complaint to a problem. Raises Refused when it belongs to another one."""
    link, new = ProblemCase.objects.get_or_create(
        complaint=complaint, defaults={"problem": problem, "at": at, "by_id": scope.user_id}
    )
    if new:
        note_change(scope, complaint, "problem", at=at, detail=problem.number)
        note(scope, problem, "linked", at=at, detail=complaint.number)
    elif link.problem_id != problem.pk:
        raise Refused(
            _("Complaint %(complaint)s belongs to problem %(problem)s.")
            % {"complaint": complaint.number, "problem": link.problem.number}
        )


@transaction.atomic
def link(scope: Scope, *, problem: Problem, complaint: Complaint, at: datetime) -> None:
    """Put a complaint the reader sees to an open problem. Raises NotAllowed, Refused."""
    require_work(scope, problem)
    require_work_on(scope, complaint)
    _attach(scope, problem, complaint, at)


@transaction.atomic
def unlink(scope: Scope, *, problem: Problem, complaint: Complaint, at: datetime) -> None:
    """It was something else after all. Idempotent."""
    require_work(scope, problem)
    if ProblemCase.objects.filter(problem=problem, complaint=complaint).delete()[0]:
        note_change(scope, complaint, "problem_left", at=at, detail=problem.number)
        note(scope, problem, "unlinked", at=at, detail=complaint.number)


@transaction.atomic
def edit(scope: Scope, *, problem: Problem, at: datetime, **header: Any) -> Problem:
    """Change fields of HEADER. Raises ValidationError, NotAllowed, Refused."""
    require_work(scope, problem)
    unknown = set(header) - HEADER
    if unknown:
        raise TypeError(f"unknown fields {sorted(unknown)}")
    changed = [name for name, value in header.items() if getattr(problem, name) != value]
    if not changed:
        return problem
    for name in changed:
        setattr(problem, name, header[name])
    problem.full_clean()
    problem.save(update_fields=changed)
    note(scope, problem, "edited", at=at, detail=",".join(sorted(changed)))
    return problem


@transaction.atomic
def set_cause(scope: Scope, *, complaint: Complaint, link: str, text: str, at: datetime) -> CaseCause:
    """Record where the cause of a single complaint lies. Raises ValidationError, NotAllowed."""
    require_work_on(scope, complaint)
    row = CaseCause.objects.filter(complaint=complaint).first() or CaseCause(complaint=complaint)
    row.link, row.text, row.at, row.by_id = link, text.strip(), at, scope.user_id
    row.full_clean(exclude=["complaint", "by"])
    row.save()
    note_change(scope, complaint, "cause", at=at, detail=link)
    return row


@transaction.atomic
def close(scope: Scope, *, problem: Problem, at: datetime) -> Problem:
    """Close on evidence. Raises NotAllowed, Refused with everything that is not proved yet."""
    scope.require("complaints.approve", problem.unit_id)
    row = Problem.objects.select_for_update().get(pk=problem.pk)
    failed = [gate for gate in queries.gates(row, at) if not gate.passed]
    if failed:
        raise Refused(
            _("%(number)s cannot be closed yet. %(why)s")
            % {"number": row.number, "why": " ".join(f"{gate.title}: {gate.said}" for gate in failed)}
        )
    if row.is_open:
        row.state, row.closed_at, row.closings = Problem.State.CLOSED, at, row.closings + 1
        row.reopened_because = ""
        row.save(update_fields=["state", "closed_at", "closings", "reopened_because"])
        publish(
            scope,
            catalogue.ProblemClosed(subject_id=str(row.pk), unit_id=row.unit_id, closing=row.closings),
            at=at,
        )
    return row


@transaction.atomic
def reopen(scope: Scope, *, problem: Problem, reason: str, at: datetime) -> bool:
    """Open a closed problem again and take back the signatures from D4 on. False when it was open already."""
    if not reason.strip():
        raise Refused(_("Say why the problem is opened again."))
    scope.require("complaints.handle", problem.unit_id)
    other = Problem.objects.filter(key=problem.key, state=Problem.State.OPEN).exclude(key="").first()
    if other is not None:
        raise Refused(_("Problem %(number)s is open for the same.") % {"number": other.number})
    changed = Problem.objects.filter(pk=problem.pk, state=Problem.State.CLOSED).update(
        state=Problem.State.OPEN,
        closed_at=None,
        reopened=F("reopened") + 1,
        reopened_because=reason.strip()[:300],
    )
    if not changed:
        return False
    problem.refresh_from_db()
    take_back(scope, problem, IN_DOUBT, reason=reason.strip(), at=at)
    note(scope, problem, "reopened", at=at)
    return True


def take_back(scope: Scope, problem: Problem, codes: Iterable[str], *, reason: str, at: datetime) -> None:
    """Take back the signatures of these steps and keep that they were there. Call inside a transaction."""
    for step in problem.steps.filter(code__in=list(codes), signed_at__isnull=False):
        SignOff.objects.create(step=step, at=at, by_id=scope.user_id, signed=False, reason=reason[:300])
        step.signed_at, step.signed_by = None, None
        step.save(update_fields=["signed_at", "signed_by"])


@transaction.atomic
def recheck(scope: Scope, *, problem: Problem, at: datetime) -> bool:
    """Look at the evidence of a closed problem again; it opens itself when a gate does not hold any more.

    Returns whether it was opened. The gate of signatures is not asked: they were there when it closed.
    """
    if problem.is_open:
        return False
    figures = queries.figures(problem)
    failed = [g for g in evidence.gates(figures, at) if not g.passed and g.code != "steps"]
    if not failed:
        return False
    with override("zh-hans" if _speaks_chinese(problem) else "en"):
        failed = [g for g in evidence.gates(figures, at) if not g.passed and g.code != "steps"]
        reason = " ".join(f"{gate.title}: {gate.said}" for gate in failed)
    try:
        opened = reopen(scope, problem=problem, reason=reason, at=at)
    except Refused:  # another problem with the same key has taken over
        return False
    if opened:
        for complaint in Complaint.objects.filter(number__in=figures.recurrences, problem_case=None):
            _attach(scope, problem, complaint, at)
    return opened


def _speaks_chinese(problem: Problem) -> bool:
    """The reason is stored once, in the leader's language."""
    return problem.leader is None or problem.leader.language != "en"


@transaction.atomic
def detect(scope: Scope, *, complaint: Complaint, at: datetime) -> Problem | None:
    """What a received complaint means for problems; idempotent. Returns the problem it now belongs to.

    An open problem for the same takes it; a closed one opens itself again; else each rule counts, and enough of
    the same open a new problem with all of them. Two workers that count at once still open one.
    """
    known = ProblemCase.objects.filter(complaint=complaint).select_related("problem").first()
    if known is not None:
        return known.problem
    keys = sameness.keys_of(complaint)
    for row in Problem.objects.filter(key__in=keys).order_by("-state", "pk"):  # open before closed
        if row.is_open or recheck(scope, problem=row, at=at):
            row.refresh_from_db()
            _attach(scope, row, complaint, at)
            return row
    for rule in queries.rules_for(complaint.unit):
        key = sameness.key_of(rule.same, complaint)
        found = list(queries.same_complaints(rule, key, at).order_by("received_at")) if key else []
        if len(found) >= rule.count:
            return _open_by_rule(scope, rule, key, found, at)
    return None


def _open_by_rule(
    scope: Scope, rule: DetectionRule, key: str, found: list[Complaint], at: datetime
) -> Problem:
    try:
        with transaction.atomic():
            return open_problem(
                scope,
                unit=rule.unit,
                title=f"{found[0].title} (×{len(found)})"[:200],
                complaints=found,
                same=rule.same,
                leader=rule.leader,
                rule=rule,
                at=at,
            )
    except (IntegrityError, Refused):  # somebody else opened it at the same moment
        row = Problem.objects.get(key=key, state=Problem.State.OPEN)
        for complaint in found:
            if not ProblemCase.objects.filter(complaint=complaint).exists():
                _attach(scope, row, complaint, at)
        return row


@transaction.atomic
def save_rule(
    scope: Scope, *, rule: DetectionRule | None, unit: OrgUnit, at: datetime, **fields: Any
) -> DetectionRule:
    """Make or change a detection rule; it looks at complaints received from now on. Raises ValidationError."""
    scope.require("complaints.manage", unit.pk)
    row = rule or DetectionRule(unit=unit)
    if rule is not None:
        scope.require("complaints.manage", rule.unit_id)
    row.unit = unit
    for name, value in fields.items():
        setattr(row, name, value)
    row.full_clean()
    row.save()
    return row


def visible_complaints(scope: Scope, numbers: Iterable[str]) -> list[Complaint]:
    """Complaints by number. Raises Refused naming one that is not there or not in sight."""
    wanted = [number.strip() for number in numbers if number.strip()]
    found = {row.number: row for row in case_queries.visible(scope).filter(number__in=wanted)}
    for number in wanted:
        if number not in found:
            raise Refused(_("There is no complaint “%(number)s” that you may see.") % {"number": number})
    return [found[number] for number in wanted]
