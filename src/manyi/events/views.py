"""The progress panel of a job."""

from __future__ import annotations

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import render

from manyi.events import queries
from manyi.events.models import Job
from manyi.web.http import Request


@login_required
def job(request: Request, key: UUID) -> HttpResponse:
    try:
        found = queries.job(request.scope, key)
    except Job.DoesNotExist as error:
        raise Http404 from error
    fragment = request.htmx
    template = "web/components/progress.html" if fragment else "events/job.html"
    return render(request, template, {"job": found})
