"""Reading what people send, and writing what a spreadsheet may open."""

from __future__ import annotations

import csv
import datetime as dt
import doctest
import gzip
import io
import zipfile
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from manyi.warehouse import tabular
from manyi.warehouse.tabular import TableError, read_table, safe_cell, write_csv


def read(data: bytes | str, name: str = "a.csv", **options: object) -> tabular.Table:
    return read_table(data.encode() if isinstance(data, str) else data, name=name, **options)  # type: ignore[arg-type]


def refused(data: bytes | str, code: str, name: str = "a.csv", **options: object) -> TableError:
    with pytest.raises(TableError) as caught:
        read(data, name, **options)
    assert caught.value.code == code
    assert set(caught.value.texts) == {"zh", "en"}
    assert "{" not in caught.value.texts["zh"] + caught.value.texts["en"]
    return caught.value


def workbook(*rows: tuple[object, ...], title: str = "Answers") -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = title
    for row in rows:
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def sheet_replaced(xml: bytes, other: dict[str, bytes] | None = None) -> bytes:
    """A workbook whose sheet1.xml (and other parts) is exactly this."""
    out = io.BytesIO()
    parts = {"xl/worksheets/sheet1.xml": xml, **(other or {})}
    with (
        zipfile.ZipFile(io.BytesIO(workbook(("a",), (1,)))) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for entry in old.namelist():
            new.writestr(entry, parts.pop(entry, None) or old.read(entry))
        for entry, data in parts.items():
            new.writestr(entry, data)
    return out.getvalue()


def test_doctests_hold() -> None:
    assert doctest.testmod(tabular).failed == 0


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiter_is_found_even_when_others_stand_in_texts(delimiter: str) -> None:
    table = read(delimiter.join(("a", "b", "c")) + "\n" + delimiter.join(("1", '"x,y;z|\tw"', "3")) + "\n")
    assert table.delimiter == delimiter
    assert table.head(1) == [("1", "x,y;z|\tw", "3")]


def test_one_column_needs_no_delimiter() -> None:
    assert read("score\n5\n4\n").texts("score") == ["5", "4"]


@pytest.mark.parametrize(
    ("codec", "label"), [("utf-8", "UTF-8"), ("utf-8-sig", "UTF-8"), ("utf-16", "UTF-16"), ("gb18030", "GB18030")]
)  # fmt: skip
def test_encoding_is_found_and_said(codec: str, label: str) -> None:
    table = read("满意度,部门\n5,华东区\n".encode(codec))
    assert (table.encoding, table.names, table.head(1)) == (label, ("满意度", "部门"), [("5", "华东区")])


def test_gzip_is_unpacked() -> None:
    assert read(gzip.compress(b"a,b\n1,2\n"), "a.csv.gz").head(1) == [("1", "2")]


def test_quoted_line_breaks_and_empty_rows_keep_the_row_numbers_of_a_spreadsheet() -> None:
    table = read('a,b\n"first\nsecond",1\n\n,,\nx,2\n')
    assert table.texts("a") == ["first\nsecond", "x"]
    assert table.rows.tolist() == [2, 5]


def test_empty_columns_at_the_right_without_a_name_are_left_out() -> None:
    assert read("a,b,,\n1,2,,\n").names == ("a", "b")


def test_short_row_is_refused_with_its_number() -> None:
    error = refused("a,b,c\n1,2,3\n1,2\n", "ragged")
    assert error.row == 3
    assert "Row 3 has 2 cells" in error.texts["en"]


def test_long_row_is_refused_with_its_number() -> None:
    assert refused("a,b\n1,2\n1,2,3\n", "ragged").row == 3


def test_duplicate_and_missing_names_are_said_with_their_column() -> None:
    error = refused("a,b,a\n1,2,3\n", "header_twice")
    assert (error.column, error.value) == (3, "a")
    assert refused("a,,c\n1,2,3\n", "header_empty").column == 2


def test_the_unnamed_row_numbers_of_r_and_pandas_get_a_name() -> None:
    table = read_table(b'"","q1"\n"1",5\n"2",4\n', name="r.csv")
    assert table.names == ("#", "q1")
    assert table.texts("#") == ["1", "2"]
    assert refused("#,,c\n1,2,3\n", "header_empty").column == 2


def test_nothing_and_header_only() -> None:
    refused("", "empty")
    refused("\ufeff \n\n", "empty")
    refused("a,b\n", "no_rows")
    refused(workbook(("a", "b")), "no_rows")


def test_nul_is_refused_with_row_and_column() -> None:
    error = refused("a,b\n1,2\n3,x\0y\n", "nul")
    assert (error.row, error.column) == (3, "b")
    refused("a\0,b\n1,2\n", "nul")


def test_bytes_of_neither_encoding_are_refused_with_their_row() -> None:
    error = refused(b"a,b\n1,2\n3,\xff\xff\n", "encoding")
    assert (error.row, error.value) == (3, "ff ff 0a")


def test_an_encoding_chosen_by_a_person_is_obeyed() -> None:
    data = "部门\n东区\n".encode("gb18030")
    assert read(data, encoding="GBK").encoding == "GB18030"
    assert refused(data, "encoding_given", encoding="utf-8").row == 1
    refused(data, "encoding_unknown", encoding="klingon")


def test_a_million_columns_are_refused_at_the_header() -> None:
    error = refused(",".join(f"c{i}" for i in range(1_000_000)) + "\n1\n", "too_many_columns")
    assert (error.row, error.value) == (1, "1000000")


def test_a_million_columns_in_a_sheet_are_refused() -> None:
    cells = b"".join(b"<c><v>%d</v></c>" % (i * 7919) for i in range(1_000_000))
    xml = (
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1">'
    )
    refused(sheet_replaced(xml + cells + b"</row></sheetData></worksheet>"), "too_many_columns")


def test_too_many_rows_and_bytes_are_refused() -> None:
    assert refused("a\n" + "1\n" * 11, "too_many_rows", max_rows=10).row == 12
    refused("a\n" + "1\n" * 1000, "too_large", max_bytes=100)
    refused(gzip.compress(b"a\n" + b"1\n" * 100_000), "too_large", max_bytes=10_000)


def test_a_cell_of_ten_megabytes_is_refused_with_its_row() -> None:
    assert refused("a,b\n1," + "x" * 10_000_000 + "\n", "too_long").row == 2


def test_a_cell_just_over_the_limit_names_its_column() -> None:
    error = refused("a,b\n1," + "x" * (tabular.MAX_CELL + 1) + "\n", "too_long")
    assert (error.row, error.column) == (2, "b")


def test_open_quotes_are_refused() -> None:
    assert refused('a,b\n1,"2\n3,4\n', "quote").row == 2


def test_broken_gzip_and_old_excel_are_named() -> None:
    refused(gzip.compress(b"a\n1\n")[:-6], "gzip")
    refused(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 600, "xls")
    refused(b"PK\x03\x04 no workbook at all", "xlsx")


def test_sheet_cells_become_text() -> None:
    table = read(
        workbook(
            ("n", "f", "d", "t", "formula", "b", "gap"),
            (3.0, 2.5, dt.datetime(2026, 3, 2), dt.datetime(2026, 3, 2, 9, 30), "=1+1", True, None),
        ),
        "a.xlsx",
    )
    assert table.head(1) == [("3", "2.5", "2026-03-02", "2026-03-02T09:30:00", "=1+1", "TRUE", "")]
    assert (table.encoding, table.sheet) == ("XLSX", "Answers")


def test_a_sheet_is_found_by_name() -> None:
    book = openpyxl.Workbook()
    book.active.append(("wrong",))
    book.create_sheet("二月").append(("a",))
    book["二月"].append((7,))
    out = io.BytesIO()
    book.save(out)
    assert read(out.getvalue(), sheet="二月").texts("a") == ["7"]
    refused(out.getvalue(), "sheet", sheet="三月")


def test_rows_far_apart_in_a_sheet_keep_their_numbers() -> None:
    book = openpyxl.Workbook()
    book.active["A1"], book.active["A9"] = "a", 5
    out = io.BytesIO()
    book.save(out)
    assert read(out.getvalue()).rows.tolist() == [9]


def test_zip_bombs_are_not_opened() -> None:
    refused(sheet_replaced(b" " * 300_000_000), "bomb")
    refused(
        sheet_replaced(b"<worksheet/>", {f"xl/media/{i}.bin": b"x" for i in range(3000)}),
        "bomb",
    )


def test_xml_entities_are_not_expanded() -> None:
    xml = (
        b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        b'<row r="1"><c t="inlineStr"><is><t>&b;</t></is></c></row></sheetData></worksheet>'
    )
    refused(sheet_replaced(xml), "xlsx")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "＝"])
def test_texts_a_spreadsheet_could_run_are_disarmed(start: str) -> None:
    assert safe_cell(start + "cmd|' /C calc'!A0") == "'" + start + "cmd|' /C calc'!A0"
    assert safe_cell(-1.5) == -1.5


def test_an_export_opens_in_a_spreadsheet_and_reads_back() -> None:
    data = write_csv(["name", "数"], [["=1+1", -2], ["a,b\n", None]])
    assert data.startswith(b"\xef\xbb\xbf")
    assert read(data).head(2) == [("'=1+1", "-2"), ("a,b\n", "")]


@given(
    st.lists(
        st.lists(
            st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12), min_size=3, max_size=3
        ).filter(any),
        min_size=1,
        max_size=15,
    )
)  # fmt: skip
def test_any_table_written_as_csv_is_read_back_cell_for_cell(rows: list[list[str]]) -> None:
    out = io.StringIO(newline="")
    csv.writer(out).writerows([["a", "b", "c"], *rows])
    assert read(out.getvalue()).head(99) == [tuple(row) for row in rows]


def test_the_airline_survey_is_read_whole(test_data: Path) -> None:
    table = read_table(
        test_data / "airline_satisfaction" / "airline_passenger_satisfaction.csv.gz", name="a.csv.gz"
    )
    assert (len(table), len(table.names), table.encoding, table.delimiter) == (129_880, 24, "UTF-8", ",")
    assert table.texts("Satisfaction").count("Satisfied") == 56_428


def test_a_saved_table_is_the_same_table(tmp_path: Path) -> None:
    table = read("a;满意\n1;\n\n2;好\n".encode("gb18030"))
    table.save(tmp_path / "t.parquet")
    again = tabular.Table.load(tmp_path / "t.parquet")
    assert (again.names, again.rows.tolist(), again.head(9)) == (
        ("a", "满意"),
        [2, 4],
        [("1", ""), ("2", "好")],
    )
    assert (again.encoding, again.delimiter, again.sheet) == ("GB18030", ";", "")
