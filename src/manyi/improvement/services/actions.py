"""Planning what is done about a finding, and doing it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from manyi.events import catalogue
from manyi.events.services import publish
from manyi.improvement.models import Action, Finding, Task
from manyi.improvement.queries import figures
from manyi.improvement.services import findings, verifications
from manyi.people.models import User
from manyi.scope import Scope
from manyi.web.errors import Refused

State = Action.State
Target = Action.Target
DETAILS = frozenset(
    {"corrective", "preventive", "resources", "cost", "starts_on", "due_on", "title", "owner"}
)
BASELINE_DAYS = 90
CHECKLIST = ("unify", "hand_overs", "merge", "parallel", "method", "technology", "people")


def _changed(scope: Scope, action: Action, change: str, at: datetime) -> None:
    publish(
        scope,
        catalogue.ActionChanged(
            subject_id=str(action.pk), unit_id=action.unit_id, change=change, finding_id=action.finding_id
        ),
        at=at,
    )


@transaction.atomic
def plan(
    scope: Scope,
    *,
    finding: Finding,
    title: str,
    owner: User,
    starts_on: date,
    due_on: date,
    target: str,
    subject: str,
    at: datetime,
    wave: str = "",
    filters: Mapping[str, str] | None = None,
    target_value: float | None = None,
    **details: Any,
) -> Action:
    """An action plan with the figure it is to move. The figure as it is now is frozen as the baseline.

    `subject` is a node of the tree of `wave`, the code of a complaint category (rate per 30 days over the
    BASELINE_DAYS before the start) or of a service standard. `details` are others of DETAILS.

    :raises Refused: when the figure cannot be had, or the target is no improvement. :raises ValidationError:
    """
    scope.require("improvement.edit", finding.unit_id)
    if finding.state not in (Finding.State.OPEN, Finding.State.ACTING):
        raise Refused(_("This finding is closed. Open it again first."))
    if set(details) - DETAILS:
        raise TypeError(f"unknown fields {sorted(set(details) - DETAILS)}")
    row = Action(
        finding=finding, unit=finding.unit, title=title.strip(), owner=owner, starts_on=starts_on, due_on=due_on,
        target=Target(target), subject=subject, wave=wave, filters=dict(filters or {}), target_value=target_value,
        created_by_id=scope.user_id, created_at=at, **details,
    )  # fmt: skip
    row.full_clean(exclude=["filters", "baseline_evidence", "redesign"])
    base = baseline(scope, row)
    row.baseline, row.baseline_evidence = base.value, base.to_dict()
    if target_value is not None and base.value is not None:
        falls = verifications.lower_is_better(row)
        better = target_value < base.value if falls else target_value > base.value
        if not better:
            raise Refused(
                _("The target %(target)s is no improvement on today's %(value).1f.")
                % {"target": f"{target_value:g}", "value": base.value}
            )
    row.save()
    findings.mark(scope, finding=finding, state=Finding.State.ACTING, at=at)
    _changed(scope, row, "planned", at)
    return row


def baseline(scope: Scope, action: Action) -> figures.Figure:
    """The figure before: of the wave named, or of the 90 days before the start."""
    if action.target == Target.INDICATOR:
        return figures.indicator(scope, figures.wave_of(scope, action.wave), action.subject, action.filters)
    since = action.starts_on - timedelta(days=BASELINE_DAYS)
    if action.target == Target.STANDARD:
        today = localdate(action.created_at)
        return figures.standard(scope, action.subject, action.unit, since, action.starts_on, today)
    return figures.complaint_rate(scope, action.subject, action.unit, since, action.starts_on)


@transaction.atomic
def change(scope: Scope, *, action: Action, at: datetime, **details: Any) -> None:
    """Change DETAILS of an action that is not finished; its target figure and baseline stay as they were."""
    scope.require("improvement.edit", action.unit_id)
    if set(details) - DETAILS:
        raise TypeError(f"unknown fields {sorted(set(details) - DETAILS)}")
    if action.state not in (State.PLANNED, State.DOING):
        raise Refused(_("This action is finished."))
    for name, value in details.items():
        setattr(action, name, value)
    action.full_clean(exclude=["filters", "baseline_evidence", "redesign"])
    action.save()
    _changed(scope, action, "changed", at)


def _move(
    scope: Scope, action: Action, allowed: tuple[str, ...], to: str, at: datetime, **stamps: Any
) -> None:
    if not Action.objects.filter(pk=action.pk, state__in=allowed).update(state=to, **stamps):
        action.refresh_from_db()
        raise Refused(
            _("This action is “%(state)s”; that step is not possible now.")
            % {"state": action.get_state_display()}
        )
    action.refresh_from_db()
    _changed(scope, action, to, at)


@transaction.atomic
def start(scope: Scope, *, action: Action, at: datetime) -> None:
    scope.require("improvement.edit", action.unit_id)
    _move(scope, action, (State.PLANNED,), State.DOING, at)


@transaction.atomic
def finish(scope: Scope, *, action: Action, at: datetime) -> None:
    """Everything planned is done; from now on it can be verified. Raises Refused while tasks are open."""
    scope.require("improvement.edit", action.unit_id)
    left = action.tasks.filter(done_at=None).count()
    if left:
        raise Refused(_("%(n)s tasks are still open. Tick them off, or remove them.") % {"n": left})
    _move(scope, action, (State.PLANNED, State.DOING), State.DONE, at, done_at=at)


@transaction.atomic
def cancel(scope: Scope, *, action: Action, at: datetime) -> None:
    """Give an action up; its finding is open again unless other actions run."""
    scope.require("improvement.decide", action.unit_id)
    _move(scope, action, (State.PLANNED, State.DOING, State.DONE), State.CANCELLED, at)
    others = action.finding.actions.exclude(state=State.CANCELLED).exists()
    if not others:
        findings.mark(scope, finding=action.finding, state=Finding.State.OPEN, at=at)


@transaction.atomic
def add_task(
    scope: Scope,
    *,
    action: Action,
    title: str,
    assignee: User | None,
    starts_on: date,
    due_on: date,
    at: datetime,
) -> Task:
    """:raises ValidationError, Refused:"""
    scope.require("improvement.edit", action.unit_id)
    if action.state not in (State.PLANNED, State.DOING):
        raise Refused(_("This action is finished."))
    row = Task(action=action, title=title.strip(), assignee=assignee, starts_on=starts_on, due_on=due_on)
    row.full_clean()
    row.save()
    _changed(scope, action, "task_added", at)
    return row


@transaction.atomic
def tick(scope: Scope, *, task: Task, done: bool, at: datetime) -> None:
    """Tick a task off, or on again; the assignee may as well as whoever may edit."""
    if task.assignee_id != scope.user_id:
        scope.require("improvement.edit", task.action.unit_id)
    if done == (task.done_at is not None):
        return
    task.done_at = at if done else None
    task.save(update_fields=["done_at"])
    _changed(scope, task.action, "task_done" if done else "task_open", at)


@transaction.atomic
def remove_task(scope: Scope, *, task: Task, at: datetime) -> None:
    scope.require("improvement.edit", task.action.unit_id)
    task.delete()
    _changed(scope, task.action, "task_removed", at)


@transaction.atomic
def redesign(
    scope: Scope,
    *,
    action: Action,
    current: list[str],
    new: list[str],
    answers: Mapping[str, str],
    at: datetime,
) -> None:
    """The process redesign sheet (E3): steps today, steps to come, and an answer to each point of CHECKLIST."""
    scope.require("improvement.edit", action.unit_id)
    if set(answers) - set(CHECKLIST):
        raise TypeError(f"unknown points {sorted(set(answers) - set(CHECKLIST))}")

    def steps(lines: list[str]) -> list[str]:
        return [line.strip() for line in lines if line.strip()]

    action.redesign = {
        "current": steps(current),
        "new": steps(new),
        "answers": {point: answers.get(point, "").strip() for point in CHECKLIST},
    }
    action.save(update_fields=["redesign"])
    _changed(scope, action, "redesigned", at)
