"""Pages of decisions: the list, asking a question, rating apart, choosing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from manyi.improvement import forms, pictures
from manyi.improvement.models import Decision, Finding, Option, Rating
from manyi.improvement.models.decisions import HIGHEST, LOWEST
from manyi.improvement.queries import loop
from manyi.improvement.services import decisions as services
from manyi.improvement.views.findings import now
from manyi.web.errors import Refused
from manyi.web.http import Request
from manyi.web.pictures import chart_file


@login_required
@require_safe
def decisions(request: Request) -> HttpResponse:
    request.scope.require("improvement.read")
    context = {
        "rows": loop.decisions(request.scope)[:100],
        "may_edit": request.scope.may("improvement.edit"),
    }
    return render(request, "improvement/decisions/list.html", context)


@login_required
def new_decision(request: Request) -> HttpResponse:
    """Criteria and options; the findings that wait to be decided are the first proposal."""
    request.scope.require("improvement.edit")
    waiting = loop.findings(request.scope, state=Finding.State.OPEN)[:8]
    initial = {
        "criteria": _("Gain for customers, 50\nCost, 30\nTime until it works, 20"),
        "options": "\n".join(_proposed(finding) for finding in waiting),
    }
    form = forms.DecisionForm(request.scope, request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        given = dict(form.cleaned_data)
        given["options"] = [_of_finding(option, waiting) for option in given["options"]]
        try:
            row = services.ask(request.scope, at=now(), **given)
        except (Refused, ValidationError) as error:
            form.add_error(None, error if isinstance(error, ValidationError) else str(error))
        else:
            messages.success(request, _("The question is open. Ask others to rate, each for themselves."))
            return redirect("decision", row.pk)
    return render(
        request, "improvement/decisions/form.html", {"form": form}, status=422 if form.errors else 200
    )


def _name(finding: Finding) -> str:
    """The title, without the signs that part the fields of a line."""
    return finding.title.replace(",", " ").replace("，", " ").strip()


def _proposed(finding: Finding) -> str:
    gain = finding.evidence.get("expected_gain")
    return _name(finding) if gain is None else f"{_name(finding)}, 3, {gain:.2f}"


def _of_finding(option: dict[str, Any], waiting: Iterable[Finding]) -> dict[str, Any]:
    """The option with the finding whose title it has, and that one's gain where none is given."""
    finding = next((row for row in waiting if _name(row) == option["name"]), None)
    if finding is None:
        return option
    return {"expected_gain": finding.evidence.get("expected_gain"), "finding": finding, **option}


@login_required
@require_safe
def picture(request: Request, pk: int, kind: str) -> HttpResponse:
    """The table behind the picture of effort and gain, or the picture to keep."""
    row = get_object_or_404(loop.decisions(request.scope), pk=pk)
    chart = pictures.effort_and_gain(list(row.options.all()))
    if chart is None or kind not in ("csv", "png"):
        raise Http404
    return chart_file(chart, f"decision-{pk}", kind)


def _panel(row: Decision, options: list[Option]) -> dict[str, Any] | None:
    chart = pictures.effort_and_gain(options)
    if chart is None:
        return None
    return {
        "name": "effort",
        "chart": chart,
        "help": _(
            "What brings much and takes little comes first. The lines are the middle of the effort and the mean gain."
        ),
        "csv": reverse("decision-picture", args=[row.pk, "csv"]),
        "png": reverse("decision-picture", args=[row.pk, "png"]),
    }


@login_required
@require_safe
def decision(request: Request, pk: int) -> HttpResponse:
    """Before one has rated, only one's own sheet; afterwards the matrix with its spread."""
    row = get_object_or_404(loop.decisions(request.scope), pk=pk)
    mine = {
        (r.option_id, r.criterion_id): r.value
        for r in Rating.objects.filter(option__decision=row, user=request.scope.user_id)
    }
    options, criteria = list(row.options.all()), list(row.criteria.all())
    names = {option.pk: option for option in options}
    shown = row.decided_at is not None or bool(mine)
    sheet = [(o, [(c, f"r-{o.pk}-{c.pk}", mine.get((o.pk, c.pk))) for c in criteria]) for o in options]
    context = {
        "decision": row,
        "criteria": criteria,
        "sheet": sheet,
        "values": range(LOWEST, HIGHEST + 1),
        "standings": [
            (names[s.option], s, [s.criteria.get(c.pk) for c in criteria]) for s in services.matrix(row)
        ]
        if shown
        else None,
        "rated": bool(mine),
        "panel": _panel(row, options),
        "may_edit": request.scope.may("improvement.edit", row.unit_id),
        "may_decide": request.scope.may("improvement.decide", row.unit_id),
    }
    return render(request, "improvement/decisions/detail.html", context)


@login_required
@require_POST
def act(request: Request, pk: int) -> HttpResponse:
    """Rate, note the SWOT board, or decide."""
    row = get_object_or_404(loop.decisions(request.scope), pk=pk)
    scope, at, post = request.scope, now(), request.POST
    try:
        match post.get("action"):
            case "rate":
                given = {}
                for name in post:
                    value = post.get(name, "")
                    head, *keys = name.split("-")
                    if head == "r" and len(keys) == 2 and value.isdigit() and all(k.isdigit() for k in keys):
                        given[(int(keys[0]), int(keys[1]))] = int(value)
                services.rate(scope, decision=row, ratings=given, at=at)
            case "swot":
                texts = {name: post.get(name, "")[:4000] for name in services.SWOT}
                services.note_swot(scope, decision=row, texts=texts, at=at)
            case "decide":
                option = get_object_or_404(row.options, pk=post.get("option"))
                services.decide(scope, decision=row, option=option, reason=post.get("reason", ""), at=at)
            case _:
                raise Refused(_("This step is not known."))
    except Refused as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Recorded."))
    return redirect("decision", row.pk)
