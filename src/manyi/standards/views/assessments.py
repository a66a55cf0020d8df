"""Pages of the self-assessment: rounds, a round with its result, the rater's own sheet, report and pictures."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from manyi import charts
from manyi.standards import assessment as rules
from manyi.standards import assessment_report, pictures_assessments
from manyi.standards.forms_assessments import AssessmentForm, InviteForm
from manyi.standards.models import AssessmentRater, SelfAssessment
from manyi.standards.queries import assessments as queries
from manyi.standards.services import assessments as services
from manyi.web.errors import Refused
from manyi.web.http import Request
from manyi.web.pictures import chart_file

WEAKEST = 8


def _now() -> datetime:
    return timezone.now()  # noqa: TID251


def _today() -> date:
    return timezone.localtime(_now()).date()


def _found(request: Request, pk: int) -> SelfAssessment:
    return get_object_or_404(queries.assessments(request.scope), pk=pk)


@login_required
@require_safe
def assessments(request: Request) -> HttpResponse:
    """What waits for the reader's own rating, and all rounds."""
    request.scope.require(queries.RIGHT)
    today = _today()
    page = Paginator(queries.assessments(request.scope), 20).get_page(request.GET.get("page"))
    context = {
        "waiting": queries.waiting_sheets(request.scope, today),
        "page": page,
        "rows": [(row, row.is_open(today), queries.result(row, today)) for row in page],
        "may_edit": request.scope.may("standards.edit"),
        "maximum": rules.MAXIMUM,
    }
    return render(request, "standards/assessments/list.html", context)


@login_required
def new(request: Request) -> HttpResponse:
    request.scope.require("standards.edit")
    form = AssessmentForm(request.scope, request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            row = services.open_assessment(
                request.scope, unit=data["unit"], name=form.name(), closes_on=data["closes_on"],
                targets=form.targets(), at=_now(),
            )  # fmt: skip
        except Refused as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("The round is open. Now invite the people who are to rate."))
            return redirect("self-assessment", row.pk)
    context = {"form": form, "categories": rules.CATEGORIES}
    return render(request, "standards/assessments/new.html", context, status=422 if form.errors else 200)


@login_required
@require_safe
def assessment(request: Request, pk: int) -> HttpResponse:
    """While it runs: who is invited and who has submitted. Afterwards: the result."""
    row, scope, today = _found(request, pk), request.scope, _today()
    may_edit, is_open = scope.may("standards.edit", row.unit_id), row.is_open(today)
    known = queries.result(row, today)
    past = queries.history(scope, row, today)
    drawn = pictures_assessments.pictures(past, known) if known else {}
    context = {
        "assessment": row,
        "is_open": is_open,
        "may_edit": may_edit,
        "mine": queries.my_sheets(scope).filter(assessment=row).first(),
        "roles": queries.role_counts(row),
        "raters": row.raters.select_related("user") if may_edit and is_open else [],
        "invite": InviteForm(row) if may_edit and is_open else None,
        "fewest": rules.FEWEST_RATERS,
        "maximum": rules.MAXIMUM,
        "result": known,
        "shown_roles": [
            (AssessmentRater.Role(role).label, n, percent) for role, (n, percent) in known.roles.items()
        ] if known else [],
        "weak": known.weak() if known else [],
        "weakest": known.statements[:WEAKEST] if known else (),
        "sentences": assessment_report.sentences(known) if known else [],
        "comments": queries.comments(row, today),
        "past": past if len(past) > 1 else [],
        "past_rows": _by_category(past) if len(past) > 1 else [],
        "panels": {name: _panel(row, name, chart) for name, chart in drawn.items()},
    }  # fmt: skip
    return render(request, "standards/assessments/detail.html", context)


def _by_category(past: list[queries.Past]) -> list[tuple[rules.Category, list[float]]]:
    """Category → its percentage in each round."""
    return [
        (category, [one.result.categories[n].percent for one in past])
        for n, category in enumerate(rules.CATEGORIES)
    ]


def _panel(row: SelfAssessment, name: str, chart: charts.Chart) -> dict[str, Any]:
    return {
        "name": name,
        "chart": chart,
        "help": {
            "radar": _(
                "Outside is better. Where the line of this round lies inside the target, there is work to do."
            ),
            "history": _("The same forty statements each time, but not always the same raters."),
        }[name],
        "csv": reverse("assessment-picture", args=[row.pk, name, "csv"]),
        "png": reverse("assessment-picture", args=[row.pk, name, "png"]),
    }


@login_required
@require_POST
def act(request: Request, pk: int) -> HttpResponse:
    """Invite, take an invitation back, or close the round."""
    row, scope, at = _found(request, pk), request.scope, _now()
    try:
        match request.POST.get("action"):
            case "invite":
                form = InviteForm(row, request.POST)
                if not form.is_valid():
                    raise Refused(_("Choose at least one person to invite."))
                data = form.cleaned_data
                services.invite(scope, assessment=row, people=data["people"], role=data["role"], at=at)
            case "uninvite":
                given = request.POST.get("rater", "")
                rater = get_object_or_404(row.raters, pk=given if given.isdecimal() else 0)
                services.uninvite(scope, rater=rater, at=at)
            case "close":
                services.close(scope, assessment=row, at=at)
            case _:
                raise Refused(_("This step is not known."))
    except Refused as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Recorded."))
    return redirect("self-assessment", row.pk)


def _given(post: QueryDict) -> tuple[dict[str, int], dict[str, str]]:
    """Ratings and comments that a form holds; what is no single digit is no rating."""
    given = {code: post.get(f"r-{code}", "") for code in rules.STATEMENTS}
    ratings = {code: int(value) for code, value in given.items() if len(value) == 1 and value in "0123456789"}
    comments = {code: post.get(f"c-{code}", "") for code in rules.BY_CODE if f"c-{code}" in post}
    return ratings, comments


@login_required
def sheet(request: Request, pk: int) -> HttpResponse:
    """The reader's own sheet: saved with every answer, until it is submitted."""
    rater = get_object_or_404(queries.my_sheets(request.scope), assessment=pk)
    fault = ""
    if request.method == "POST":
        ratings, comments = _given(request.POST)
        try:
            rater = services.save_sheet(
                request.scope, rater=rater, ratings=ratings, comments=comments, at=_now()
            )
            if request.POST.get("action") == "submit":
                services.submit(request.scope, rater=rater, at=_now())
                messages.success(request, _("Thank you. Your sheet is submitted."))
                return redirect("assessment-sheet", pk)
        except Refused as error:
            fault = str(error)
    context = {"rater": rater, "assessment": rater.assessment, "fault": fault} | _sheet(rater)
    if request.htmx and not request.htmx.boosted:
        return render(request, "standards/assessments/_progress.html", context)
    return render(request, "standards/assessments/sheet.html", context, status=422 if fault else 200)


def _sheet(rater: AssessmentRater) -> dict[str, Any]:
    missing = rules.unanswered(rater.ratings)
    total = len(rules.STATEMENTS)
    numbers = {code: n for n, code in enumerate(rules.STATEMENTS, start=1)}
    return {
        "writable": rater.submitted_at is None and rater.assessment.is_open(_today()),
        "answered": total - len(missing),
        "total": total,
        "share": 100 * (total - len(missing)) // total,
        "missing": [(numbers[statement.code], statement) for statement in missing],
        "values": range(rules.LOWEST, rules.HIGHEST + 1),
        "categories": [
            (
                category,
                [(numbers[s.code], s, rater.ratings.get(s.code)) for s in category.statements],
                rater.comments.get(category.code, ""),
            )
            for category in rules.CATEGORIES
        ],
    }


@login_required
@require_safe
def report(request: Request, pk: int, language: str) -> HttpResponse:
    """The result as PDF, in Chinese or English."""
    row, today = _found(request, pk), _today()
    known = queries.result(row, today)
    if known is None:
        raise Http404
    made = assessment_report.pdf(
        assessment_report.report_of(
            row,
            known,
            past=queries.history(request.scope, row, today),
            comments=queries.comments(row, today),
            language=language,
            at=_now(),
        )
    )
    response = HttpResponse(made, content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="self-assessment-{row.pk}-{language}.pdf"'
    return response


@login_required
@require_safe
def picture(request: Request, pk: int, name: str, kind: str) -> HttpResponse:
    """The table behind a picture, or the picture to keep."""
    row, today = _found(request, pk), _today()
    known = queries.result(row, today)
    drawn = pictures_assessments.pictures(queries.history(request.scope, row, today), known) if known else {}
    if name not in drawn:
        raise Http404
    return chart_file(drawn[name], f"self-assessment-{row.pk}-{name}", kind)
