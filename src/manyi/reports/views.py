"""Today, and the reports one can order."""

from __future__ import annotations

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify
from django.views.decorators.http import require_POST

from manyi.events.models import Job
from manyi.insights import queries as insights
from manyi.insights.selection import Selection
from manyi.insights.sentences import change_in_words, sentences
from manyi.reports import queries, services
from manyi.web.errors import Refused
from manyi.web.http import Request


@login_required
def today(request: Request) -> HttpResponse:
    """What waits for the reader, how things stand, what is out now."""
    at = timezone.now()  # noqa: TID251
    result = queries.latest_result(request.scope)
    context = {
        "steps": queries.first_steps(request.scope),
        "tasks": queries.tasks(request.scope, at=at),
        "open_waves": queries.open_waves(request.scope),
        "result": result,
        "sentences": sentences(result) if result else [],
        "change": change_in_words(result.changes.get(result.tree.code)) if result else "",
    }
    return render(request, "reports/today.html", context)


@login_required
def reports(request: Request) -> HttpResponse:
    """Waves to report on, and the reports ordered so far."""
    request.scope.require("results.read")
    page = Paginator(insights.waves(request.scope), 20).get_page(request.GET.get("page"))
    context = {"page": page, "jobs": queries.report_jobs(request.scope)[:10]}
    return render(request, "reports/reports.html", context)


@login_required
@require_POST
def order(request: Request, code: str) -> HttpResponse:
    """Order the report of a wave, with the filters that are in the address."""
    request.scope.require("results.read")
    wave = get_object_or_404(insights.waves(request.scope), code=code)
    try:
        job = services.order_report(
            request.scope, wave=wave, selection=Selection.of(request.GET), format=request.POST.get("format", "pdf"),
            language=request.POST.get("language", "zh-hans"), at=timezone.now(),  # noqa: TID251
        )  # fmt: skip
    except Refused as error:
        return HttpResponse(str(error), status=422, content_type="text/plain; charset=utf-8")
    return redirect(reverse("job", args=[job.key]))


@login_required
def report_file(request: Request, key: UUID) -> HttpResponseBase:
    """The finished report, for whoever ordered it."""
    try:
        job = queries.report_job(request.scope, key)
    except Job.DoesNotExist as error:
        raise Http404 from error
    path = services.file_of(job)
    if not job.ended or not path.is_file():
        raise Http404
    kind = job.arguments["format"]
    name = f"{slugify(job.arguments['wave'])}.{kind}"
    return FileResponse(path.open("rb"), as_attachment=True, filename=name, content_type=services.TYPES[kind])
