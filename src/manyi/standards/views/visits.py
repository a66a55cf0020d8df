"""Pages of mystery visits: to do, results, league, assigning one, the sheet, appeal and decision."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from manyi.people.queries import org_units
from manyi.standards import pictures_visits
from manyi.standards.forms_checks import VisitForm
from manyi.standards.models import MysteryVisit, VisitPhoto
from manyi.standards.queries import visits as queries
from manyi.standards.queries.audits import parts
from manyi.standards.services import visits as services
from manyi.standards.views import sheets
from manyi.standards.views.sheets import now
from manyi.web.errors import Refused
from manyi.web.http import Request
from manyi.web.pictures import chart_file

PER_PAGE = 30
DOOR = sheets.Door("visit", services.mark)
State = MysteryVisit.State


def _found(request: Request, key: UUID) -> MysteryVisit:
    try:
        return queries.visit(request.scope, key)
    except MysteryVisit.DoesNotExist as error:
        raise Http404 from error


@login_required
@require_safe
def visits(request: Request) -> HttpResponse:
    """Visits to make, visits on their way for those who plan them, and published results."""
    scope = request.scope
    mine = queries.mine(scope)
    if not mine:
        scope.require(queries.RIGHT)
    chosen = {name: request.GET.get(name, "")[:60] for name in ("unit", "standard")}
    rows = queries.narrowed(queries.known(scope), **chosen)
    context = {
        "mine": mine,
        "coming": queries.coming(scope),
        "page": Paginator(rows.order_by("-published_at", "-pk"), PER_PAGE).get_page(request.GET.get("page")),
        "chosen": chosen,
        "filtered": any(chosen.values()),
        "units": org_units(scope, queries.RIGHT),
        "may_plan": queries.plannable(scope).exists(),
        "may_edit": scope.may(queries.PLAN),
    }
    return render(request, "standards/visits/list.html", context)


@login_required
@require_safe
def league(request: Request) -> HttpResponse:
    """Units beside each other, and all visits over time, with how sure that is."""
    request.scope.require(queries.RIGHT)
    rows = list(queries.known(request.scope))
    places = queries.league(rows)
    drawn = {"league": pictures_visits.league_chart(places), "trend": pictures_visits.trend_chart(rows)}
    helps = {
        "league": _("The line is the confidence interval: few visits say little, and units whose lines overlap may not differ."),
        "trend": _("Quarters by the day of the visit; the band is the confidence interval."),
    }  # fmt: skip
    panels = [
        {
            "name": name, "chart": chart, "help": helps[name],
            "csv": reverse("visit-picture", args=[name, "csv"]), "png": reverse("visit-picture", args=[name, "png"]),
        }
        for name, chart in drawn.items()
    ]  # fmt: skip
    return render(
        request, "standards/visits/league.html", {"places": places, "panels": panels, "n": len(rows)}
    )


@login_required
@require_safe
def picture(request: Request, name: str, kind: str) -> HttpResponse:
    request.scope.require(queries.RIGHT)
    if name not in pictures_visits.NAMES or kind not in ("csv", "png"):
        raise Http404
    rows = list(queries.known(request.scope))
    chart = (
        pictures_visits.league_chart(queries.league(rows))
        if name == "league"
        else pictures_visits.trend_chart(rows)
    )
    return chart_file(chart, f"visits-{name}", kind)


@login_required
def new(request: Request) -> HttpResponse:
    request.scope.require(queries.PLAN)
    first, last = services.window(now())
    form = VisitForm(
        request.scope,
        request.POST or None,
        initial={"starts_on": first, "ends_on": last, "appeal_days": services.APPEAL_DAYS},
    )
    if request.method == "POST" and form.is_valid():
        try:
            row = services.assign(request.scope, at=now(), **form.cleaned_data)
        except Refused as error:
            form.add_error(None, str(error))
        else:
            messages.success(
                request, _("The visit is assigned. The unit learns of it when you publish the result.")
            )
            return redirect("visit", row.key)
    return render(request, "standards/visits/new.html", {"form": form}, status=422 if form.errors else 200)


@login_required
@require_safe
def visit(request: Request, key: UUID) -> HttpResponse:
    """Result, appeal and decision; before publication where it stands, for those who may know."""
    row, scope = _found(request, key), request.scope
    marks = sheets.marks_of(row)
    scored = row.submitted_at is not None
    standards, points = parts(marks, final=True) if scored else ([], [])
    may_plan = queries.may_plan(scope, row.unit)
    until = row.appeal_until
    context = {
        "visit": row, "marks": marks, "standards": standards, "points": points, "key": row.key,
        "picture_url": "visit-photo", "answered": sum(mark.answered for mark in marks),
        "is_mine": row.visitor_id == scope.user_id and row.is_open,
        "knows_visitor": queries.knows_visitor(scope, row), "may_plan": may_plan,
        "may_publish": may_plan and row.state == State.SUBMITTED,
        "may_appeal": row.state == State.PUBLISHED and until is not None and now() <= until
        and queries.is_of_unit(scope, row),
        "may_rule": may_plan and row.state == State.APPEALED and row.appealed_by_id != scope.user_id,
        "contested": [mark for mark in marks if mark.objection],
    }  # fmt: skip
    return render(request, "standards/visits/detail.html", context)


@login_required
@require_safe
def sheet(request: Request, key: UUID) -> HttpResponse:
    row = _found(request, key)
    local = timezone.localtime(now())
    return sheets.show(request, DOOR, row, row.key, proposed=local.strftime("%Y-%m-%dT%H:%M"))


@login_required
@require_POST
def answer(request: Request, key: UUID, mark: int) -> HttpResponse:
    return sheets.answer(request, DOOR, _found(request, key), key, mark)


@login_required
@require_POST
def photos(request: Request, key: UUID, mark: int) -> HttpResponse:
    return sheets.photos(request, DOOR, _found(request, key), key, mark)


@login_required
@require_safe
def photo(request: Request, key: UUID, photo: int) -> FileResponse:
    return sheets.picture(VisitPhoto, _found(request, key), photo)


@login_required
@require_POST
def submit(request: Request, key: UUID) -> HttpResponse:
    row = _found(request, key)
    try:
        services.submit(
            request.scope, visit=row, visited_at=_moment(request.POST.get("visited_at", "")),
            remarks=request.POST.get("remarks", ""), at=now(),
        )  # fmt: skip
    except Refused as error:
        messages.error(request, str(error))
        return redirect("visit-sheet", key)
    messages.success(request, _("Handed in. Thank you."))
    return redirect("visit", key)


def _moment(text: str) -> datetime:
    """A local time as a browser sends it. Raises Refused."""
    try:
        found = parse_datetime(text)
    except ValueError:
        found = None
    if found is None or not 2000 <= found.year < 2200:
        raise Refused(_("Say when the visit was made."))
    return found if timezone.is_aware(found) else timezone.make_aware(found)


@login_required
@require_POST
def act(request: Request, key: UUID) -> HttpResponse:
    """Publish, call off, appeal, decide."""
    row, scope, at, post = _found(request, key), request.scope, now(), request.POST
    try:
        match post.get("action"):
            case "publish":
                services.publish(scope, visit=row, at=at)
            case "cancel":
                services.cancel(scope, visit=row, at=at)
            case "appeal":
                given = {mark.pk: post.get(f"objection-{mark.pk}", "") for mark in row.marks.all()}
                services.appeal(scope, visit=row, reason=post.get("reason", ""), objections=given, at=at)
            case "rule":
                rulings = {mark.pk: _ruling(mark, post) for mark in row.marks.exclude(objection="")}
                services.rule(scope, visit=row, reason=post.get("reason", ""), rulings=rulings, at=at)
            case _:
                raise Refused(_("This step is not known."))
    except Refused as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Recorded."))
    return redirect("visit", key)


def _ruling(mark: Any, post: Any) -> tuple[bool, float | None, str]:
    """(changed, new value or None for not applicable, why) of a contested check. Raises Refused."""
    verdict, why = post.get(f"verdict-{mark.pk}", "uphold"), post.get(f"why-{mark.pk}", "")
    if verdict == "uphold":
        return False, None, why
    if verdict == "na":
        return True, None, why
    values = {"yes": "100", "no": "0", "points": post.get(f"points-{mark.pk}", "")}
    try:
        return True, float(values.get(verdict, "")), why
    except ValueError as error:
        raise Refused(_("Say what the check is changed to.")) from error
