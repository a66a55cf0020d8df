"""A chart as a file to keep."""

from __future__ import annotations

from django.http import HttpResponse

from manyi import charts
from manyi.charts import Chart
from manyi.warehouse.tabular import write_csv


def chart_file(chart: Chart, name: str, kind: str) -> HttpResponse:
    """The table behind a chart ('csv') or the chart with its title (else, PNG), to be saved as `name`.`kind`."""
    if kind == "csv":
        content: bytes = write_csv(chart.table.headers, chart.table.rows)
    else:
        content = charts.to_png(chart.titled())
    response = HttpResponse(content, content_type="text/csv; charset=utf-8" if kind == "csv" else "image/png")
    response["Content-Disposition"] = f'attachment; filename="{name}.{kind}"'
    return response
