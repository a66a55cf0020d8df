"""Account and settings pages."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


@login_required
def account(request: HttpRequest) -> HttpResponse:
    return render(request, "people/account.html")


@login_required
def settings(request: HttpRequest) -> HttpResponse:
    return render(request, "people/account.html")
