"""Business calendars in the settings: hours of the week, the days of a year, days of one's own."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from manyi.people import queries_calendars as queries
from manyi.people import services_calendars as services
from manyi.people.business_time import country_years
from manyi.people.forms_calendars import CalendarForm, DayForm, DaysForm, time_zones
from manyi.people.models import BusinessCalendar
from manyi.people.services_calendars import CalendarRefused
from manyi.web.http import Request


def _now() -> datetime:
    return timezone.now()  # noqa: TID251


@login_required
@require_safe
def calendars(request: Request) -> HttpResponse:
    request.scope.require("people.manage")
    services.shipped()
    return render(request, "people/calendars.html", {"calendars": queries.calendars(request.scope)})


@login_required
def edit(request: Request, pk: int | None = None) -> HttpResponse:
    """Add a calendar, or change its name, zone and hours of the week."""
    request.scope.require("people.manage")
    row = get_object_or_404(BusinessCalendar, pk=pk) if pk else None
    form = CalendarForm(request.POST or None, calendar=row)
    if request.method == "POST" and form.is_valid():
        try:
            saved = services.save_calendar(request.scope, calendar=row, at=_now(), **form.fields_of_service())
        except CalendarRefused as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Saved."))
            return redirect("calendar", saved.pk)
    context = {"form": form, "row": row, "time_zones": time_zones()}
    return render(request, "people/calendar_form.html", context, status=422 if form.errors else 200)


@login_required
def calendar(request: Request, pk: int) -> HttpResponse:
    """A year of the calendar, and the days of one's own in it."""
    request.scope.require("people.manage")
    row = get_object_or_404(BusinessCalendar, pk=pk)
    form = DayForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            day = services.set_day(request.scope, calendar=row, at=_now(), **form.cleaned_data)
        except CalendarRefused as error:
            form.add_error("hours", str(error))
        else:
            messages.success(request, _("Saved."))
            return _to_year(row, day.day.year)
    return _page(request, row, form, DaysForm())


@login_required
@require_POST
def remove_day(request: Request, pk: int) -> HttpResponse:
    row = get_object_or_404(BusinessCalendar, pk=pk)
    try:
        day = date.fromisoformat(request.POST.get("day", ""))
    except ValueError:
        return redirect("calendar", row.pk)
    services.remove_day(request.scope, calendar=row, day=day, at=_now())
    return _to_year(row, day.year)


@login_required
@require_POST
def import_days(request: Request, pk: int) -> HttpResponse:
    request.scope.require("people.manage")
    row = get_object_or_404(BusinessCalendar, pk=pk)
    form = DaysForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            number = services.import_days(request.scope, calendar=row, text=form.text(), at=_now())
        except (CalendarRefused, forms.ValidationError) as error:
            words = error.messages if isinstance(error, forms.ValidationError) else str(error)
            form.add_error("file", words)  # type: ignore[arg-type]
        else:
            messages.success(request, _("%(number)s days were taken over.") % {"number": number})
            return redirect("calendar", row.pk)
    return _page(request, row, DayForm(), form)


def _short(weekday: str) -> str:
    """'Mo', '一'."""
    return weekday[:2] if weekday.isascii() else weekday[-1]


def _to_year(row: BusinessCalendar, year: int) -> HttpResponse:
    return redirect(f"{reverse('calendar', args=[row.pk])}?year={year}")


def _page(request: Request, row: BusinessCalendar, form: DayForm, days_form: DaysForm) -> HttpResponse:
    given = request.GET.get("year", "")
    year = int(given) if given.isdecimal() and 1971 <= int(given) <= 2200 else timezone.localdate(_now()).year
    context: dict[str, Any] = {
        "row": row,
        "form": form,
        "days_form": days_form,
        "weekdays": [(name, _short(name)) for name in services.weekdays()],
        "year": year,
        "months": queries.year_of(row, year),
        "sums": queries.sums_of(row, year),
        "own_days": queries.own_days(row, year),
        "knows": queries.counting(row).knows(year),
        "known_years": country_years(row.country),
    }
    failed = form.errors or days_form.errors
    return render(request, "people/calendar.html", context, status=422 if failed else 200)
