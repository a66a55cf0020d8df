"""Routing rules: their order, their form, what they would have done."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from manyi.complaints.forms_routing import PeriodForm, RuleForm, SkillsForm
from manyi.complaints.models import RoutingRule
from manyi.complaints.queries import routing as queries
from manyi.complaints.services import routing as services
from manyi.complaints.views.found import now
from manyi.scope import Scope
from manyi.web.errors import Refused
from manyi.web.http import Request

#: Rows of a dry run that are shown; the counts are of all.
SHOWN = 200


@login_required
@require_safe
def rules(request: Request) -> HttpResponse:
    """The rules in order, what people are good at, and the dry run of the rules as they are stored."""
    request.scope.require("complaints.manage")
    rows = list(queries.rules(request.scope))
    context: dict[str, Any] = {
        "rules": rows,
        "skills": queries.skills(request.scope),
        "skills_form": SkillsForm(),
    }
    context |= _dry_run(request, [row for row in rows if row.active])
    return render(request, "complaints/routing/rules.html", context)


def _dry_run(request: Request, rows: list[RoutingRule]) -> dict[str, Any]:
    """The dry run of a period of the query or the form; nothing without rules."""
    data = request.POST if request.method == "POST" else request.GET
    form = PeriodForm.of(data, at=now())
    span = form.span()
    if span is None or not rows:
        return {"period": form, "trials": [], "total": None}
    trials, total = queries.dry_run(request.scope, rows, since=span[0], until=span[1])
    return {
        "period": form,
        "trials": trials[:SHOWN],
        "total": total,
        "looked_at": len(trials),
        "routed": sum(trial.rule is not None for trial in trials),
        "moved": sum(trial.changed for trial in trials),
    }


@login_required
def rule(request: Request, pk: int | None = None) -> HttpResponse:
    """One rule; "Try it" shows what the rules with this one would have done, before it is saved."""
    scope = request.scope
    scope.require("complaints.manage")
    row = get_object_or_404(queries.rules(scope), pk=pk) if pk else RoutingRule()
    form = RuleForm(request.POST or None, instance=row)
    context: dict[str, Any] = {"form": form, "row": row, "tried": False}
    if request.method == "POST" and form.is_valid():
        wanted: RoutingRule = form.save(commit=False)
        if request.POST.get("action") == "try":
            context |= {"tried": True} | _dry_run(request, _with(scope, wanted))
            return render(request, "complaints/routing/rule.html", context)
        try:
            services.save_rule(scope, rule=wanted)
        except Refused as error:
            form.add_error(None, str(error))
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("routing-rules")
    context["period"] = PeriodForm.of(request.POST, at=now())
    return render(request, "complaints/routing/rule.html", context, status=422 if form.errors else 200)


def _with(scope: Scope, wanted: RoutingRule) -> list[RoutingRule]:
    """The active rules in order with `wanted` in its place, or last when it is new."""
    rows = [wanted if row.pk == wanted.pk else row for row in queries.rules(scope)]
    if wanted.pk is None:
        rows.append(wanted)
    return [row for row in rows if row.active]


@login_required
@require_POST
def change(request: Request, pk: int) -> HttpResponse:
    """Move a rule up or down, or delete it."""
    scope = request.scope
    scope.require("complaints.manage")
    row = get_object_or_404(queries.rules(scope), pk=pk)
    ids = list(queries.rules(scope).values_list("pk", flat=True))
    here = ids.index(row.pk)
    match request.POST.get("action"):
        case "up" if here > 0:
            ids[here - 1], ids[here] = ids[here], ids[here - 1]
            services.order_rules(scope, ids=ids)
        case "down" if here < len(ids) - 1:
            ids[here + 1], ids[here] = ids[here], ids[here + 1]
            services.order_rules(scope, ids=ids)
        case "delete":
            services.delete_rule(scope, rule=row)
            messages.success(request, _("Deleted."))
    return redirect("routing-rules")


@login_required
@require_POST
def skills(request: Request) -> HttpResponse:
    """What a person is good at."""
    request.scope.require("complaints.manage")
    form = SkillsForm(request.POST)
    if form.is_valid():
        services.set_skills(request.scope, user=form.cleaned_data["user"], tags=form.words())
        messages.success(request, _("Saved."))
    else:
        messages.error(request, _("Choose a person."))
    return redirect("routing-rules")
