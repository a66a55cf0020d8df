"""What complaints say together: what about, how fast, with what outcome; each page with pictures and tables."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from manyi.charts import Chart
from manyi.complaints.forms_listing import FilterForm
from manyi.complaints.pictures import PICTURES, Choice, Look, name_of
from manyi.complaints.queries import analysis as queries
from manyi.complaints.views.cases import now
from manyi.scope import Scope
from manyi.web.http import Request
from manyi.web.pictures import chart_file

PAGES = {"what": _("What about"), "times": _("How fast"), "outcome": _("With what outcome")}
FILTERS = ("unit", "category", "product", "channel", "severity", "since", "until")
USUAL_DAYS = 365


def parameters(request: Request) -> QueryDict:
    """The address's filters; without a period, the last twelve months."""
    given = request.GET.copy()
    if not given.get("since") and not given.get("until"):
        given["since"] = (now() - timedelta(days=USUAL_DAYS)).date().isoformat()
    return given


def look_at(scope: Scope, given: QueryDict) -> tuple[FilterForm, Look]:
    form = FilterForm({name: given.get(name, "") for name in FILTERS}, scope=scope)
    return form, Look(
        scope,
        form.selection(),
        Choice.of({name: str(given.get(name, "")) for name in ("by", "across", "step")}),
        at=now(),
    )


def drawn(look: Look, page: str) -> dict[str, Chart]:
    found = {name: picture.draw(look) for name, picture in PICTURES[page].items()}
    return {name: chart for name, chart in found.items() if chart is not None}


def _panel(page: str, name: str, chart: Chart, query: str) -> dict[str, Any]:
    def url(kind: str) -> str:
        return f"{reverse('complaint-analysis-picture', args=[page, name, kind])}?{query}"

    return {
        "name": name,
        "chart": chart,
        "help": PICTURES[page][name].help,
        "csv": url("csv"),
        "png": url("png"),
    }


@login_required
@require_safe
def analysis(request: Request, page: str = "what") -> HttpResponse:
    request.scope.require("complaints.read")
    if page not in PAGES:
        raise Http404
    given = parameters(request)
    form, look = look_at(request.scope, given)
    context = {
        "page": page, "pages": PAGES, "look": look, "form": form, "given": given, "query": given.urlencode(),
        "fields": [form[name] for name in FILTERS],
        "panels": [_panel(page, name, chart, given.urlencode()) for name, chart in drawn(look, page).items()],
        "dimensions": {name: label for name, (label, _field, _parameter) in queries.DIMENSIONS.items()},
        "by_name": name_of(look.choice.by), "list_query": _list_query(given),
        "map": _linked(look, given) if page == "what" else None,
    }  # fmt: skip
    return render(request, f"complaints/analysis/{page}.html", context)


def _list_query(given: QueryDict, **more: str) -> str:
    """The query of the list that shows the same complaints, narrowed further."""
    query = QueryDict(mutable=True)
    for name in FILTERS:
        if given.get(name):
            query[name] = str(given[name])
    for name, value in more.items():
        query[name] = value
    return query.urlencode()


def _linked(look: Look, given: QueryDict) -> dict[str, Any]:
    """The heat map as a table whose numbers lead to the list; a value that the list cannot filter is no link."""
    found, (by, across) = look.crossed, (look.choice.by, look.choice.across)
    names = [queries.DIMENSIONS[dimension][2] for dimension in (by, across)]

    def url(*parts: queries.Part | None) -> str:
        more = {name: part.key for name, part in zip(names, parts, strict=True) if part is not None}
        if "" in more or "" in more.values():
            return ""
        return f"{reverse('complaints')}?{_list_query(given, **more)}"

    rows = [
        (row, url(row, None), [(n, url(row, column) if n else "") for n, column in zip(line, found.columns, strict=True)])
        for row, line in zip(found.rows, found.counts, strict=True)
    ]  # fmt: skip
    return {
        "columns": found.columns, "rows": rows, "left_out": found.left_out,
        "by": name_of(by), "across": name_of(across), "down": by,
    }  # fmt: skip


@login_required
@require_safe
def picture(request: Request, page: str, name: str, kind: str) -> HttpResponse:
    """The table behind a picture, or the picture to keep."""
    request.scope.require("complaints.read")
    if name not in PICTURES.get(page, {}):
        raise Http404
    _form, look = look_at(request.scope, parameters(request))
    chart = PICTURES[page][name].draw(look)
    if chart is None:
        raise Http404
    return chart_file(chart, f"complaints-{name}", kind)
