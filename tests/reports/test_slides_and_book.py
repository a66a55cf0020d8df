"""The slides and the workbook: native charts that hold the review's numbers, tables beside them, both languages."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime
from typing import Any

import openpyxl
import pytest
from defusedxml import ElementTree
from django.utils import translation
from pptx import Presentation

from manyi.reports import book, slides
from manyi.reports.one_page import one_page
from manyi.reports.tables import Plot, plots
from tests.conftest import Cast
from tests.reports.test_review import review

LANGUAGES = ["zh-hans", "en"]


def made(cast: Cast, at: datetime, language: str, kind: str) -> tuple[bytes, list[Plot]]:
    with translation.override(language):
        found = review(cast, "manager", at, period="d365")
        page, drawn = one_page(found), plots(found)
        content = slides.pptx(page, drawn) if kind == "pptx" else book.xlsx(page, found, drawn)
    return content, drawn


def charts_of(content: bytes) -> dict[str, Any]:
    deck = Presentation(io.BytesIO(content))
    return {shape.name: shape.chart for slide in deck.slides for shape in slide.shapes if shape.has_chart}


@pytest.mark.parametrize("language", LANGUAGES)
def test_charts_are_native_and_hold_the_numbers_of_their_tables(
    year: Cast, at: datetime, language: str
) -> None:
    content, drawn = made(year, at, language, "pptx")
    assert [plot.key for plot in drawn] == ["index", "priorities", "complaints", "actions"]
    found = charts_of(content)
    assert list(found) == [plot.title for plot in drawn]
    for plot in drawn:
        chart = found[plot.title]
        rows = plot.table.rows[:12]
        if plot.kind == "scatter":
            x, y = plot.columns
            series = chart.plots[0].series[0]
            assert list(series.values) == pytest.approx([row[y] for row in rows])
            assert list(series.iter_values())
            xs = [float(v.text) for v in series._element.iterfind(".//{*}xVal//{*}pt/{*}v")]
            assert xs == pytest.approx([row[x] for row in rows])
            continue
        for series, column in zip(chart.plots[0].series, plot.columns, strict=True):
            assert series.name == plot.table.headers[column]
            assert list(series.values) == [row[column] for row in rows]
    # Every chart carries the workbook it is edited with, and nothing is a picture.
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = archive.namelist()
        assert sum(name.startswith("ppt/embeddings/") for name in names) == 4
        assert not any(name.startswith("ppt/media/") for name in names)


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_slide_has_a_title_the_sentences_and_the_table(year: Cast, at: datetime, language: str) -> None:
    content, drawn = made(year, at, language, "pptx")
    deck = Presentation(io.BytesIO(content))
    assert len(deck.slides) == 2 + len(drawn)
    assert all(slide.shapes.title is not None and slide.shapes.title.text_frame.text for slide in deck.slides)
    first = "\n".join(s.text_frame.text for s in deck.slides[0].shapes if s.has_text_frame)
    assert ("明显上升" if language == "zh-hans" else "clear rise") in first
    tables = [shape.table for slide in deck.slides for shape in slide.shapes if shape.has_table]
    assert len(tables) == 1 + len(drawn)
    assert tables[1].cell(0, 0).text_frame.text == drawn[0].table.headers[0]
    # Chinese letters have a font of their own in every run.
    runs = [
        run for slide in deck.slides for shape in slide.shapes if shape.has_text_frame
        for paragraph in shape.text_frame.paragraphs for run in paragraph.runs
    ]  # fmt: skip
    assert runs
    for run in runs:
        chinese = run._r.rPr.find("{http://schemas.openxmlformats.org/drawingml/2006/main}ea")
        assert chinese is not None
        assert chinese.get("typeface") == slides.CHINESE


def test_everything_lies_within_the_slide(year: Cast, at: datetime) -> None:
    content, _drawn = made(year, at, "en", "pptx")
    deck = Presentation(io.BytesIO(content))
    width, height = deck.slide_width, deck.slide_height
    assert width is not None
    assert height is not None
    for slide in deck.slides:
        for shape in slide.shapes:
            assert shape.left >= 0
            assert shape.top >= 0
            assert shape.left + shape.width <= width
            assert shape.top + shape.height <= height


def test_an_empty_organisation_has_slides_without_charts(cast: Cast, at: datetime) -> None:
    content, drawn = made(cast, at, "en", "pptx")
    assert drawn == []
    assert charts_of(content) == {}
    assert len(Presentation(io.BytesIO(content)).slides) == 2


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_workbook_holds_numbers_and_native_charts_that_point_at_them(
    year: Cast, at: datetime, language: str
) -> None:
    content, drawn = made(year, at, language, "xlsx")
    read = openpyxl.load_workbook(io.BytesIO(content))
    assert len(read.sheetnames) == 2 + len(drawn)
    for plot in drawn:
        sheet = read[plot.title[:31]]
        for r, row in enumerate(plot.table.rows, start=2):
            for c, cell in enumerate(row, start=1):
                assert sheet.cell(r, c).value == cell
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        charts = [name for name in archive.namelist() if name.startswith("xl/charts/chart")]
        assert len(charts) == len(drawn)
        trees = [ElementTree.fromstring(archive.read(name)) for name in charts]
        formulas = [f.text for tree in trees for f in tree.iterfind(".//{*}val/{*}numRef/{*}f")]
        assert any("$B$2:$B$3" in (formula or "") for formula in formulas)
        assert not any(name.startswith("xl/media/") for name in archive.namelist())
    measures = read.worksheets[1]
    with translation.override(language):
        index = review(year, "manager", at, period="d365").index
    assert index is not None
    assert measures.cell(2, 2).value == pytest.approx(index.estimate.value)
    assert index.change is not None
    assert measures.cell(2, 6).value == pytest.approx(index.change.value)


def test_no_cell_becomes_a_formula(year: Cast, at: datetime) -> None:
    from manyi.improvement.models import Action

    Action.objects.update(title='=HYPERLINK("http://x.example")')
    content, _drawn = made(year, at, "en", "xlsx")
    read = openpyxl.load_workbook(io.BytesIO(content))
    cells = [cell for sheet in read for row in sheet.iter_rows() for cell in row]
    assert not [cell for cell in cells if cell.data_type == "f"]
    assert any("HYPERLINK" in str(cell.value) for cell in cells)
