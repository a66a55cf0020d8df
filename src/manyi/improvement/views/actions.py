"""Pages of actions: board and timeline, one action with its tasks, its proof and the news about it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from manyi.improvement import forms
from manyi.improvement.models import Action, Finding
from manyi.improvement.queries import again, figures, loop, raisers
from manyi.improvement.services import actions as services
from manyi.improvement.services import announcements, asking_again, training, verifications
from manyi.improvement.views.findings import found, now
from manyi.scope import Scope
from manyi.web.errors import Refused
from manyi.web.http import Request

COLUMNS = (Action.State.PLANNED, Action.State.DOING, Action.State.DONE, Action.State.EFFECTIVE)
CHECKLIST = {
    "unify": gettext_lazy("Can variants of this process be made one?"),
    "hand_overs": gettext_lazy("Which hand-overs can be dropped?"),
    "merge": gettext_lazy("Which steps can be merged?"),
    "parallel": gettext_lazy("What can run in parallel?"),
    "method": gettext_lazy("Is there a better method?"),
    "technology": gettext_lazy("Where would technology help?"),
    "people": gettext_lazy("Which key people must be involved early?"),
}


def today() -> date:
    return localdate(now())


def _action(scope: Scope, pk: int) -> Action:
    try:
        return loop.actions(scope).get(pk=pk)
    except Action.DoesNotExist as error:
        raise Http404 from error


@login_required
@require_safe
def actions(request: Request) -> HttpResponse:
    """Everything under way: what was promised, what it costs, what moved; as a board and on a line of time."""
    request.scope.require("improvement.read")
    mine = request.GET.get("mine") == "1"
    rows = list(loop.actions(request.scope, mine=mine).exclude(state=Action.State.CANCELLED)[:300])
    context = {
        "columns": [(state.label, [row for row in rows if row.state == state]) for state in COLUMNS],
        "rows": rows,
        "bars": _bars(rows, today()),
        "portfolio": loop.portfolio(request.scope, today()),
        "tasks": loop.tasks_of(request.scope)[:20],
        "mine": mine,
        "today": today(),
    }
    return render(request, "improvement/actions/list.html", context)


def _bars(rows: list[Action], today: date) -> dict[str, Any] | None:
    """Where each action stands on the line of time, in percent of the whole span."""
    if not rows:
        return None
    first = min([today, *(row.starts_on for row in rows)])
    last = max([today, *(row.due_on for row in rows)])
    span = max(1, (last - first).days)

    def at(day: date) -> float:
        return round((day - first).days / span * 100, 2)

    bars = [
        {
            "action": row,
            "left": at(row.starts_on),
            "width": max(1.0, round(at(row.due_on) - at(row.starts_on), 2)),
            "late": row.due_on < today and row.state in (Action.State.PLANNED, Action.State.DOING),
        }
        for row in sorted(rows, key=lambda row: (row.starts_on, row.due_on))
    ]
    return {"first": first, "last": last, "today": at(today), "rows": bars}


@login_required
def plan(request: Request, number: str) -> HttpResponse:
    """Plan an action for a finding; its figure of today becomes the baseline."""
    finding = found(request.scope, number)
    request.scope.require("improvement.edit", finding.unit_id)
    initial = {"starts_on": today(), "due_on": today() + timedelta(days=30), "owner": request.user}
    form = forms.ActionForm(request.scope, finding, request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        given = {name: value for name, value in form.cleaned_data.items() if name != "figure"}
        try:
            row = services.plan(request.scope, finding=finding, at=now(), **form.target(finding), **given)
        except Refused as error:
            form.add_error("target_value", str(error))
        else:
            messages.success(request, _("The action is planned. Break it into tasks."))
            return redirect("action", row.pk)
    context = {"finding": finding, "form": form}
    return render(request, "improvement/actions/plan.html", context, status=422 if form.errors else 200)


@login_required
@require_safe
def action(request: Request, pk: int, task_form: Any = None, news_form: Any = None) -> HttpResponse:
    row = _action(request.scope, pk)
    waves: list[Any] = []
    if row.state == Action.State.DONE and row.target == Action.Target.INDICATOR:
        try:
            waves = figures.later_waves(request.scope, figures.wave_of(request.scope, row.wave))
        except Refused:
            waves = []
    may_decide = request.scope.may("improvement.decide", row.unit_id)
    told = row.state in announcements.TOLD
    context = {
        "action": row,
        "finding": row.finding,
        "tasks": row.tasks.select_related("assignee"),
        "task_form": task_form
        or forms.TaskForm(row, initial={"starts_on": row.starts_on, "due_on": row.due_on}),
        "waves": waves,
        "verifications": row.verifications.select_related("by"),
        "announcements": loop.announcements(request.scope).filter(action=row),
        "news_form": news_form or forms.AnnouncementForm(),
        "raisers": len(raisers.raisers(request.scope, row)) if told and may_decide else None,
        "checklist": [
            (point, question, row.redesign.get("answers", {}).get(point, ""))
            for point, question in CHECKLIST.items()
        ],
        **_training(request.scope, row),
        **_again(request.scope, row),
        "may_edit": request.scope.may("improvement.edit", row.unit_id),
        "may_decide": may_decide,
        "running": row.state in (Action.State.PLANNED, Action.State.DOING),
        "may_tell": told and may_decide,
        "is_rate": row.target == Action.Target.COMPLAINT_RATE,
        "by_time": row.target != Action.Target.INDICATOR,
        "finding_open": row.finding.state == Finding.State.OPEN,
        "today": today(),
    }
    return render(request, "improvement/actions/detail.html", context)


def _training(scope: Scope, row: Action) -> dict[str, Any]:
    """Who works by the new process, and who of them said to have been trained."""
    trained = list(row.acknowledgements.select_related("user"))
    may_publish = bool(row.redesign.get("new")) and scope.may("improvement.edit", row.unit_id)
    return {
        "trained": trained,
        "trained_done": sum(one.done_at is not None for one in trained),
        "may_publish": may_publish and row.state != Action.State.CANCELLED,
        "publish_form": forms.PublishForm(row, initial={"standard": row.standard_id})
        if may_publish
        else None,
    }


def _again(scope: Scope, row: Action) -> dict[str, Any]:
    """Those who rated it low: how many, or what they say since they were asked again."""
    found = again.again(scope, row)
    asks = row.target == Action.Target.INDICATOR and row.state in announcements.TOLD
    may = asks and found is None and scope.may("waves.run", row.unit_id) and scope.may("responses.read")
    return {"again": found, "may_ask_again": may, "affected": len(raisers.affected(scope, row)) if may else 0}


@login_required
@require_POST
def act(request: Request, pk: int) -> HttpResponse:
    """One step of an action: start, finish, cancel, verify; tick or remove a task; save the redesign sheet."""
    row, scope, at, post = _action(request.scope, pk), request.scope, now(), request.POST
    try:
        match post.get("action"):
            case "start":
                services.start(scope, action=row, at=at)
            case "finish":
                services.finish(scope, action=row, at=at)
            case "cancel":
                services.cancel(scope, action=row, at=at)
            case "tick" | "untick" as step:
                task = get_object_or_404(row.tasks, pk=post.get("task"))
                services.tick(scope, task=task, done=step == "tick", at=at)
            case "remove_task":
                services.remove_task(scope, task=get_object_or_404(row.tasks, pk=post.get("task")), at=at)
            case "redesign":
                services.redesign(
                    scope,
                    action=row,
                    current=post.get("current", "").splitlines()[:100],
                    new=post.get("new", "").splitlines()[:100],
                    answers={point: post.get(f"answer-{point}", "")[:1000] for point in CHECKLIST},
                    at=at,
                )
            case "publish":
                form = forms.PublishForm(row, post)
                if not form.is_valid():
                    raise Refused(_("Choose who works by it."))
                n = training.publish_process(scope, action=row, at=at, **form.cleaned_data)
                said = ngettext(
                    "%(n)d person is asked to acknowledge it.", "%(n)d people are asked to acknowledge it.", n
                )
                messages.success(request, said % {"n": n})
                return redirect("action", row.pk)
            case "ask_again":
                wave = asking_again.ask_again(scope, action=row, at=at)
                messages.success(
                    request, _("The survey is prepared for exactly those. Check it and open it.")
                )
                return redirect("wave", wave.pk)
            case "verify":
                later = figures.wave_of(scope, post["wave"]) if post.get("wave") else None
                look = verifications.verify(scope, action=row, wave=later, note=post.get("note", ""), at=at)
                messages.success(request, _("Verdict: %(verdict)s") % {"verdict": look.get_verdict_display()})
                return redirect("action", row.pk)
            case _:
                raise Refused(_("This step is not known."))
    except Refused as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Recorded."))
    return redirect("action", row.pk)


@login_required
@require_POST
def add_task(request: Request, pk: int) -> HttpResponse:
    row = _action(request.scope, pk)
    form = forms.TaskForm(row, request.POST)
    if form.is_valid():
        try:
            services.add_task(request.scope, action=row, at=now(), **form.cleaned_data)
            return redirect("action", row.pk)
        except (Refused, ValidationError) as error:
            form.add_error(None, str(error))
    request.method = "GET"
    response = action(request, pk, task_form=form)
    response.status_code = 422
    return response


@login_required
@require_POST
def announce(request: Request, pk: int) -> HttpResponse:
    """Publish what was done: to the public page and to those who raised it."""
    row = _action(request.scope, pk)
    form = forms.AnnouncementForm(request.POST)
    if form.is_valid():
        given, at = form.cleaned_data, now()
        try:
            news = announcements.draft(
                request.scope,
                action=row,
                you_said={"zh": given["said_zh"], "en": given["said_en"]},
                we_did={"zh": given["did_zh"], "en": given["did_en"]},
                public=given["public"],
                at=at,
            )
            told = announcements.publish_announcement(
                request.scope, announcement=news, tell=given["tell"], at=at
            )
        except Refused as error:
            form.add_error(None, str(error))
        else:
            messages.success(
                request, _("Published. %(n)s people who raised it are written to.") % {"n": told}
            )
            return redirect("action", row.pk)
    request.method = "GET"
    response = action(request, pk, news_form=form)
    response.status_code = 422
    return response
