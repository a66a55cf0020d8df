"""The executive page, and ordering it as a file."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from manyi.people.queries import org_units
from manyi.reports import evidence_report, periods, services
from manyi.reports.one_page import one_page, trend
from manyi.reports.render import picture
from manyi.reports.review import RIGHT, Choice, Review, UnknownChoice
from manyi.warehouse.tabular import write_csv
from manyi.web.errors import Refused
from manyi.web.http import Request


def now() -> datetime:
    return timezone.now()  # noqa: TID251


def choice_of(request: Request, at: datetime) -> Choice:
    """The unit and period of the address, or 404."""
    request.scope.require(RIGHT)
    today = at.astimezone(ZoneInfo(settings.TIME_ZONE)).date()
    given = request.POST if request.method == "POST" else request.GET
    try:
        return Choice.of(request.scope, given.dict(), today=today)
    except UnknownChoice as error:
        raise Http404 from error


def filters(request: Request, choice: Choice, at: datetime) -> dict[str, object]:
    """What the filter bar offers."""
    offered = periods.choices(at.astimezone(ZoneInfo(settings.TIME_ZONE)).date())
    if choice.period.key not in [period.key for period in offered]:
        offered = [choice.period, *offered]
    return {
        "choice": choice, "periods": offered, "units": org_units(request.scope, RIGHT), "query": choice.query,
    }  # fmt: skip


@login_required
@require_safe
def executive(request: Request) -> HttpResponse:
    """How customers, complaints, promises and improvements stand, on one page that prints on one A4."""
    at = now()
    choice = choice_of(request, at)
    page = one_page(Review(request.scope, choice, at=at))
    context = {"page": page, "trend_svg": picture(page), **filters(request, choice, at)}
    return render(request, "reports/review/page.html", context)


@login_required
@require_safe
def trend_csv(request: Request) -> HttpResponse:
    """The numbers of the page's picture."""
    at = now()
    chart = trend(Review(request.scope, choice_of(request, at), at=at))
    if chart is None:
        raise Http404
    content: bytes = write_csv(chart.table.headers, chart.table.rows)
    answer = HttpResponse(content, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="index.csv"'
    return answer


@login_required
@require_safe
def evidence(request: Request) -> HttpResponse:
    """What three standards ask for, how it is met, and the records of the period."""
    at = now()
    choice = choice_of(request, at)
    review = Review(request.scope, choice, at=at)
    context = {
        "chapters": evidence_report.chapters(review), "notes": evidence_report.notes(), "review": review,
        **filters(request, choice, at),
    }  # fmt: skip
    return render(request, "reports/evidence.html", context)


@login_required
@require_POST
def order(request: Request) -> HttpResponse:
    """Order a review or evidence report as a file."""
    at = now()
    choice = choice_of(request, at)
    try:
        job = services.order_review(
            request.scope, what=request.POST.get("what", ""), choice=choice, format=request.POST.get("format", ""),
            language=request.POST.get("language", ""), at=at,
        )  # fmt: skip
    except Refused as error:
        messages.error(request, str(error))
        return redirect("evidence-report" if request.POST.get("what") == "evidence" else "executive")
    return redirect(reverse("job", args=[job.key]))
