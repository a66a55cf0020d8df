"""The list of customers to call."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from manyi.surveys.queries.callbacks import callback_wishes
from manyi.surveys.services.callbacks import finish_callback
from manyi.web.http import Request


@login_required
def callbacks(request: Request) -> HttpResponse:
    request.scope.require("responses.read")
    page = Paginator(callback_wishes(request.scope), 50).get_page(request.GET.get("page"))
    return render(request, "surveys/callbacks.html", {"page": page})


@login_required
@require_POST
def called(request: Request, pk: int) -> HttpResponse:
    wish = get_object_or_404(callback_wishes(request.scope), pk=pk)
    finish_callback(request.scope, wish=wish, at=timezone.now())  # noqa: TID251
    return redirect("callbacks")
