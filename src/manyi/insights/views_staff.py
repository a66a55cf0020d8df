"""Pages of staff surveys' results, and of the link between staff and customers."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

import xlsxwriter
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from manyi.charts import Chart
from manyi.insights import pictures_staff as pictures
from manyi.insights import queries, staff, staff_link
from manyi.insights.staff import Row, StaffResult
from manyi.insights.staff_link import Link
from manyi.measures.correlation import FEWEST_PAIRS
from manyi.surveys.models import StaffSurvey, Wave
from manyi.warehouse.tabular import safe_cell, write_csv
from manyi.web.http import Request
from manyi.web.pictures import chart_file

HELP: Mapping[str, Promise] = {
    "units": gettext_lazy("The index of each unit with everybody below it, 0–100, with its interval."),
    "heat": gettext_lazy("Dark is good. Units with too few answers are not there."),
    "dimensions": gettext_lazy("Scores 0–100 with their intervals."),
    "items": gettext_lazy("Scores 0–100; single items take ten people and more."),
    "drivers": gettext_lazy(
        "Per cent of the differences in overall satisfaction between people that each dimension explains; from 30"
        " people on."
    ),
    "scatter": gettext_lazy(
        "Each point is a unit; the dashed lines are the means. Intervals are in the table below."
    ),
}


def panels(drawn: Mapping[str, Chart], address: str, query: str) -> dict[str, Any]:
    """Pictures with the addresses of their table and drawing; `address` ends before the picture's name."""
    return {
        name: {
            "name": name, "chart": chart, "help": HELP[name], "csv": f"{address}{name}.csv{query}",
            "png": f"{address}{name}.png{query}",
        }
        for name, chart in drawn.items()
    }  # fmt: skip


def _result(request: Request, code: str) -> StaffResult:
    try:
        found = staff.staff_result(request.scope, code)
    except StaffSurvey.DoesNotExist as error:
        raise Http404 from error
    if found.survey.state != StaffSurvey.State.CLOSED:
        raise Http404
    return found


def _row(request: Request, result: StaffResult) -> Row | None:
    wanted = request.GET.get("unit", "")
    if not wanted:
        return result.row(None)
    row = result.row(int(wanted)) if wanted.isascii() and wanted.isdigit() and len(wanted) < 19 else None
    if row is None:
        raise Http404
    return row


def _query(request: Request) -> str:
    return f"?{request.GET.urlencode()}" if request.GET else ""


@login_required
@require_GET
def staff_result(request: Request, code: str) -> HttpResponse:
    """How staff find working here."""
    result = _result(request, code)
    row = _row(request, result)
    address = reverse("staff-result", args=[code])
    context = {
        "result": result,
        "survey": result.survey,
        "row": row,
        "change": staff.change_in_words(row.change if row else None),
        "rows": [(one, staff.change_in_words(one.change)) for one in result.rows],
        "pictures": panels(pictures.staff(result, row), address, _query(request)),
        "shows_words": result.may_read_words,
    }
    return render(request, "insights/staff/result.html", context)


@login_required
@require_GET
def staff_export(request: Request, code: str, kind: str) -> HttpResponse:
    """All figures the reader may see, as CSV or XLSX."""
    result = _result(request, code)
    lines = staff.table(result)
    if kind == "csv":
        return _file(write_csv(staff.HEADER, lines), "text/csv; charset=utf-8", f"{code}.csv")
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:  # fmt: skip
        sheet = book.add_worksheet("staff")
        for number, line in enumerate([staff.HEADER, *lines]):
            sheet.write_row(number, 0, [safe_cell(cell) for cell in line])
    kind_of = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return _file(buffer.getvalue(), kind_of, f"{code}.xlsx")


def _file(content: bytes, kind: str, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _drawing(drawn: Mapping[str, Chart], name: str, kind: str, stem: str) -> HttpResponse:
    chart = drawn.get(name)
    if chart is None:
        raise Http404
    return chart_file(chart, f"{stem}-{name}", kind)


@login_required
@require_GET
def staff_picture(request: Request, code: str, name: str, kind: str) -> HttpResponse:
    result = _result(request, code)
    return _drawing(pictures.staff(result, _row(request, result)), name, kind, code)


def _chosen(request: Request) -> tuple[list[StaffResult], list[Wave], StaffResult | None, Wave | None]:
    """What there is to compare, and what the address names of it; else the newest survey and wave that
    have ended."""
    request.scope.require(queries.RIGHT)
    surveys, waves = staff_link.surveys(request.scope), staff_link.waves(request.scope)
    survey = _named(surveys, request.GET.get("survey"), lambda found: found.survey.code)
    ended = [wave for wave in waves if wave.state == Wave.State.CLOSED]
    wave = _named(waves, request.GET.get("wave"), lambda found: found.code) if "wave" in request.GET else None
    wave = wave or next(iter([*ended, *waves]), None)
    return surveys, waves, survey, wave


def _named(listed: list[Any], wanted: str | None, code: Any) -> Any:
    if not wanted:
        return listed[0] if listed else None
    found = next((one for one in listed if code(one) == wanted), None)
    if found is None:
        raise Http404
    return found


@login_required
@require_GET
def link(request: Request) -> HttpResponse:
    """Do content staff go with satisfied customers?"""
    surveys, waves, survey, wave = _chosen(request)
    context: dict[str, Any] = {"surveys": surveys, "waves": waves, "survey": survey, "wave": wave, "fewest": FEWEST_PAIRS}  # fmt: skip
    if survey is not None and wave is not None:
        every = staff_link.links(request.scope, survey, waves)
        found = next(one for one in every if one.wave.pk == wave.pk)
        address = reverse("staff-link")
        context |= {"found": found, "every": every, "pictures": panels(pictures.link(found), address, _query(request))}  # fmt: skip
    return render(request, "insights/staff/link.html", context)


def _link(request: Request) -> Link:
    _surveys, _waves, survey, wave = _chosen(request)
    if survey is None or wave is None:
        raise Http404
    return staff_link.link(request.scope, survey, wave)


@login_required
@require_GET
def link_picture(request: Request, name: str, kind: str) -> HttpResponse:
    return _drawing(pictures.link(_link(request)), name, kind, "staff-and-customers")


@login_required
@require_GET
def link_table(request: Request) -> HttpResponse:
    """The points as CSV."""
    header = (
        "unit", "staff", "staff_low", "staff_high", "staff_answers", "customers", "customers_low",
        "customers_high", "customer_answers",
    )  # fmt: skip
    lines = [
        (point.name, *(v for side in (point.staff, point.customers) for v in (side.score, side.ci_low, side.ci_high, side.n)))
        for point in _link(request).points
    ]  # fmt: skip
    return _file(write_csv(header, lines), "text/csv; charset=utf-8", "staff-and-customers.csv")
