"""Tables that people send: CSV, TSV and XLSX in, CSV out.

:func:`read_table` reads a file as it stands: every cell is text, nothing is guessed, evaluated or repaired in
silence. What cannot be read is refused with a :class:`TableError` that names the row, the column and the value.
:func:`write_csv` writes what a spreadsheet program can open without running anything hidden in a cell.
"""

from __future__ import annotations

import csv
import gzip
import io
import re
import unicodedata
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq

MAX_BYTES = 100 * 1024 * 1024
MAX_ROWS = 1_000_000
MAX_COLUMNS = 1_000
MAX_CELL = 100_000  # characters; longer than any answer a person types
DELIMITERS = (",", ";", "\t", "|")
ENCODINGS = {
    "utf-8": "UTF-8",
    "utf-8-sig": "UTF-8",
    "utf-16": "UTF-16",
    "gb18030": "GB18030",
    "gbk": "GB18030",
    "gb2312": "GB18030",
}
ROW_NUMBERS = "#"
_BATCH = 10_000
_ZIP_ENTRIES = 2_000
_ZIP_RATIO = 300  # real sheets stay below about 50
_SHEET_ROWS = 1_048_576
_SHEET_ROW_BYTES = 4 * 2**20
_ROW_TAG = re.compile(rb"<(?:\w+:)?row[ />]")

MESSAGES: dict[str, dict[str, str]] = {
    "empty": {"zh": "文件是空的。", "en": "The file is empty."},
    "no_rows": {
        "zh": "文件只有表头，没有数据行。",
        "en": "The file has a header but no rows of data.",
    },
    "too_large": {
        "zh": "文件太大：上限为 {limit} MB（压缩文件按解压后计算）。",
        "en": "The file is too large: {limit} MB is the limit (for compressed files, of what is inside).",
    },
    "too_many_rows": {
        "zh": "第 {row} 行：行数超过上限 {limit}。请拆分后再导入。",
        "en": "Row {row}: there are more rows than the {limit} allowed. Please split the file.",
    },
    "too_many_columns": {
        "zh": "第 {row} 行有 {value} 列，上限为 {limit} 列。",
        "en": "Row {row} has {value} columns; {limit} are allowed.",
    },
    "too_long": {
        "zh": "第 {row} 行{in_column}：有一个单元格超过 {limit} 个字符。",
        "en": "Row {row}{in_column}: a cell is longer than {limit} characters.",
    },
    "nul": {
        "zh": "第 {row} 行{in_column}：含有空字符（NUL），这不是文本。请从原程序重新导出。",
        "en": "Row {row}{in_column}: holds a NUL character, which is no text. Please export the file again.",
    },
    "ragged": {
        "zh": "第 {row} 行有 {value} 个单元格，而表头有 {limit} 列。请检查该行是否缺少或多出分隔符、引号。",
        "en": "Row {row} has {value} cells, but the header has {limit}. Look for a missing or extra delimiter or quote.",
    },
    "quote": {
        "zh": "第 {row} 行：引号没有成对出现，无法判断单元格在哪里结束。",
        "en": "Row {row}: a quotation mark is not closed, so it is unclear where the cell ends.",
    },
    "header_empty": {
        "zh": "表头第 {column} 列没有名称。请补上列名。",
        "en": "Column {column} has no name in the header. Please name it.",
    },
    "header_twice": {
        "zh": "表头中的列名“{value}”在第 {column} 列重复出现。请改成不同的列名。",
        "en": "The header names “{value}” again in column {column}. Please give each column its own name.",
    },
    "encoding": {
        "zh": "第 {row} 行附近有无法识别的字符（字节 {value}）：文件既不是 UTF-8，也不是 GB18030。请另存为 UTF-8。",
        "en": "Near row {row} there are bytes ({value}) that are neither UTF-8 nor GB18030. Please save the file as UTF-8.",
    },
    "encoding_given": {
        "zh": "第 {row} 行附近的字节 {value} 不符合所选编码。",
        "en": "Near row {row} the bytes {value} do not fit the encoding chosen.",
    },
    "encoding_unknown": {"zh": "不支持编码“{value}”。", "en": "The encoding “{value}” is not supported."},
    "gzip": {
        "zh": "压缩文件已损坏，无法解压。",
        "en": "The compressed file is damaged and cannot be unpacked.",
    },
    "xls": {
        "zh": "这是旧版 Excel（.xls）或加密的文件。请另存为不加密的 .xlsx 或 CSV。",
        "en": "This is an old Excel file (.xls) or an encrypted one. Please save it as plain .xlsx or CSV.",
    },
    "xlsx": {
        "zh": "无法作为 Excel 工作簿读取：文件已损坏或不是 .xlsx。",
        "en": "This cannot be read as an Excel workbook: it is damaged or no .xlsx file.",
    },
    "bomb": {
        "zh": "工作簿解压后异常庞大，已拒绝打开。",
        "en": "The workbook unpacks to an unreasonable size and was not opened.",
    },
    "sheet": {
        "zh": "没有名为“{value}”的工作表。",
        "en": "There is no sheet named “{value}”.",
    },
}


class TableError(ValueError):
    """A file that cannot be read as a table.

    ``code`` is a key of MESSAGES; ``row`` counts as in the file (the header is row 1), ``column`` is the name
    or the number of the column, ``value`` what was found (shortened). ``texts`` is the message in zh and en.
    """

    def __init__(
        self, code: str, *, row: int | None = None, column: str | int | None = None, value: Any = "", limit: Any = ""
    ) -> None:  # fmt: skip
        self.code, self.row, self.column, self.value = code, row, column, str(value)[:80]
        inside = {"zh": "", "en": ""}
        if column is not None:
            inside = {"zh": f"“{column}”列", "en": f", column “{column}”"}
        self.texts = {
            language: text.format(
                row=row, column=column, value=self.value, limit=limit, in_column=inside[language]
            )
            for language, text in MESSAGES[code].items()
        }
        super().__init__(self.texts["en"])


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """A table of texts. ``columns`` maps names, in the order of the file, to Arrow string columns ("" = empty).

    ``rows`` holds the number of each row in the file (header = 1; rows that are wholly empty are left out).
    ``encoding`` is 'UTF-8', 'GB18030', 'UTF-16' or 'XLSX'; ``delimiter`` is "" for XLSX, else ``sheet`` is "".
    """

    columns: Mapping[str, pa.ChunkedArray]
    rows: np.ndarray[tuple[int], np.dtype[np.int64]]
    encoding: str
    delimiter: str = ""
    sheet: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.columns)

    def __len__(self) -> int:
        return len(self.rows)

    def texts(self, name: str) -> list[str]:
        """The cells of a column. Raises KeyError for an unknown name."""
        return self.columns[name].to_pylist()  # type: ignore[no-any-return]

    def head(self, count: int) -> list[tuple[str, ...]]:
        """The first rows."""
        return list(zip(*(c.slice(0, count).to_pylist() for c in self.columns.values()), strict=True))

    def save(self, path: Path) -> None:
        """Keep the table as Parquet, so that it need not be parsed (nor trusted) again."""
        about = {"encoding": self.encoding, "delimiter": self.delimiter, "sheet": self.sheet}
        whole = pa.table([pa.array(self.rows), *self.columns.values()], names=["", *self.columns])
        pq.write_table(whole.replace_schema_metadata(about), path, compression="zstd")

    @classmethod
    def load(cls, path: Path) -> Table:
        """What :meth:`save` kept."""
        whole = pq.read_table(path)
        about = {key.decode(): value.decode() for key, value in whole.schema.metadata.items()}
        columns = dict(zip(whole.column_names[1:], whole.columns[1:], strict=True))
        given = {key: about[key] for key in ("encoding", "delimiter", "sheet")}
        return cls(columns, whole.column(0).to_numpy(), **given)


def read_table(
    source: Path | bytes,
    *,
    name: str,
    encoding: str | None = None,
    sheet: str | None = None,
    max_bytes: int = MAX_BYTES,
    max_rows: int = MAX_ROWS,
    max_columns: int = MAX_COLUMNS,
) -> Table:
    """Read CSV or TSV (also gzipped) or the first (or named) sheet of an XLSX workbook.

    The kind is told by the content, `name` only settles that '.tsv' means tabs. Without `encoding`: a byte
    order mark decides, else UTF-8 is tried strictly, then GB18030. Cells of XLSX become text: dates ISO 8601,
    whole numbers without a point, formulas their own text, never a computed value.

    A first column without a name, as R and pandas write row numbers, is called '#'.

    Raises TableError; nothing is skipped but wholly empty rows and empty columns at the right without a name.
    """
    size = source.stat().st_size if isinstance(source, Path) else len(source)
    if size > max_bytes:
        raise TableError("too_large", limit=max_bytes // 2**20)
    data = source.read_bytes() if isinstance(source, Path) else source
    if data[:2] == b"\x1f\x8b":
        data = _unzipped(data, max_bytes)
    if not data.strip(b"\xef\xbb\xbf \t\r\n"):
        raise TableError("empty")
    if data[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        raise TableError("xls")
    if data[:4] == b"PK\x03\x04":
        _check_zip(data, max_bytes, max_columns)
        found, records = _sheet_records(data, sheet)
        with_rows = _collect(records, max_rows, max_columns, padded=True)
        return Table(*with_rows, encoding="XLSX", sheet=found)
    text, label = _decoded(data, encoding)
    del data
    delimiter = "\t" if re.search(r"\.(tsv|tab)(\.gz)?$", name, re.I) else _delimiter(text)
    with_rows = _collect(_csv_records(text, delimiter), max_rows, max_columns, padded=False)
    return Table(*with_rows, encoding=label, delimiter=delimiter)


def _unzipped(data: bytes, limit: int) -> bytes:
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as stream:
            inside = stream.read(limit + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise TableError("gzip") from error
    if len(inside) > limit:
        raise TableError("too_large", limit=limit // 2**20)
    return inside


def _decoded(data: bytes, encoding: str | None) -> tuple[str, str]:
    wanted = (encoding or "").lower().replace("_", "-")
    if wanted and wanted not in ENCODINGS:
        raise TableError("encoding_unknown", value=encoding)
    if wanted:
        tries = [wanted]
    elif data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        tries = ["utf-16"]
    else:
        tries = ["utf-8", "gb18030"]
    failure: UnicodeDecodeError | None = None
    for codec in tries:
        try:
            text = data.decode(ENCODINGS[codec])
        except UnicodeDecodeError as error:
            failure = error if failure is None or error.start > failure.start else failure
        else:
            return text.removeprefix("\ufeff"), ENCODINGS[codec]
    assert failure is not None  # noqa: S101  # tries is never empty
    raise TableError(
        "encoding_given" if wanted else "encoding",
        row=data.count(b"\n", 0, failure.start) + 1,
        value=data[failure.start : failure.start + 4].hex(" "),
    )


def _delimiter(text: str) -> str:
    """The delimiter that cuts the first rows into the most cells, equally many in each."""
    sample = "".join(islice(io.StringIO(text[:200_000], newline=""), 25))
    best, most = ",", (False, 1)
    for candidate in DELIMITERS:
        try:
            rows = [row for row in csv.reader(io.StringIO(sample, newline=""), delimiter=candidate) if row]
        except csv.Error:
            continue
        if not rows:
            continue
        even = len({len(row) for row in rows[:-1]} | {len(rows[0])}) == 1
        if len(rows[0]) > 1 and (even, len(rows[0])) > most:
            best, most = candidate, (even, len(rows[0]))
    return best


def _csv_records(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    row = 0
    while True:
        row += 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            if "field larger" in str(error):
                raise TableError("too_long", row=row, limit=MAX_CELL) from error
            raise TableError("quote", row=row) from error
        yield row, cells


def _sheet_records(data: bytes, sheet: str | None) -> tuple[str, Iterator[tuple[int, list[str]]]]:
    try:
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=False, keep_links=False)
    except Exception as error:  # openpyxl raises whatever the broken part of the file provokes
        raise TableError("xlsx") from error
    names = [page.title for page in book.worksheets]
    if not names:
        raise TableError("empty")
    if sheet is not None and sheet not in names:
        raise TableError("sheet", value=sheet)
    page = book[sheet or names[0]]
    page.reset_dimensions()

    def records() -> Iterator[tuple[int, list[str]]]:
        try:
            for row, cells in enumerate(page.iter_rows(values_only=True, max_row=_SHEET_ROWS + 1), start=1):
                yield row, [_as_text(cell) for cell in cells]
        except TableError:
            raise
        except Exception as error:
            raise TableError("xlsx") from error
        finally:
            book.close()

    return page.title, records()


def _check_zip(data: bytes, limit: int, max_columns: int) -> None:
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise TableError("xlsx") from error
    big = [e for e in entries if e.file_size > 2**20]
    if (
        len(entries) > _ZIP_ENTRIES
        or sum(e.file_size for e in entries) > 6 * limit  # the XML of a sheet is several times its text
        or any(e.file_size > _ZIP_RATIO * max(1, e.compress_size) for e in big)
        or any(e.file_size > limit and "sharedstrings" in e.filename.lower() for e in entries)
    ):
        raise TableError("bomb")
    for entry in entries:
        if entry.filename.startswith("xl/worksheets/") and entry.file_size > _SHEET_ROW_BYTES:
            _check_row_lengths(archive, entry, max_columns)


def _check_row_lengths(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, max_columns: int) -> None:
    """Refuse a row that goes on for megabytes before the XML reader builds it in memory."""
    since, row = 0, 0
    try:
        with archive.open(entry) as stream:
            while block := stream.read(2**20):
                starts = [found.end() for found in _ROW_TAG.finditer(block)]
                row += len(starts)
                since = len(block) - starts[-1] if starts else since + len(block)
                if since > _SHEET_ROW_BYTES:
                    raise TableError("too_many_columns", row=row, value=f"> {max_columns}", limit=max_columns)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError) as error:
        raise TableError("xlsx") from error


def _as_text(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time.min else cell.isoformat(timespec="seconds")
    if isinstance(cell, date | time):
        return cell.isoformat()
    if isinstance(cell, timedelta):
        return str(cell)
    return str(getattr(cell, "text", None) or cell)  # an array formula is an object with its text


def _collect(
    records: Iterator[tuple[int, list[str]]], max_rows: int, max_columns: int, *, padded: bool
) -> tuple[dict[str, pa.ChunkedArray], np.ndarray[tuple[int], np.dtype[np.int64]]]:
    names: list[str] | None = None
    chunks: list[list[pa.Array]] = []
    numbers: list[int] = []
    batch: list[list[str]] = []

    def keep() -> None:
        for kept, cells in zip(chunks, zip(*batch, strict=True), strict=True):
            kept.append(pa.array(cells, pa.large_string()))
        batch.clear()

    for row, cells in records:
        if len(cells) > max_columns and (names is None or any(cells[max_columns:])):
            raise TableError("too_many_columns", row=row, value=len(cells), limit=max_columns)
        if not any(cells):
            continue
        if names is None:
            names = _header(cells, row)
            chunks = [[] for _ in names]
            continue
        if len(cells) != len(names):
            cells = _fitted(cells, len(names), row, padded=padded)
        joined = "".join(cells)
        if len(joined) > MAX_CELL or "\0" in joined:
            _check_cells(cells, names, row)
        numbers.append(row)
        batch.append(cells)
        if len(numbers) > max_rows:
            raise TableError("too_many_rows", row=row, limit=max_rows)
        if len(batch) == _BATCH:
            keep()
    if names is None:
        raise TableError("empty")
    if not numbers:
        raise TableError("no_rows")
    if batch:
        keep()
    columns = {name: pa.chunked_array(parts) for name, parts in zip(names, chunks, strict=True)}
    return columns, np.array(numbers, dtype=np.int64)


def _fitted(cells: list[str], width: int, row: int, *, padded: bool) -> list[str]:
    if len(cells) > width and not any(cells[width:]):
        return cells[:width]
    if padded and len(cells) < width:
        return cells + [""] * (width - len(cells))
    raise TableError("ragged", row=row, value=len(cells), limit=width)


def _check_cells(cells: list[str], names: list[str], row: int) -> None:
    for name, cell in zip(names, cells, strict=True):
        if "\0" in cell:
            raise TableError("nul", row=row, column=name)
        if len(cell) > MAX_CELL:
            raise TableError("too_long", row=row, column=name, value=cell, limit=MAX_CELL)


def _header(cells: list[str], row: int) -> list[str]:
    names = [unicodedata.normalize("NFC", " ".join(cell.split())) for cell in cells]
    while names and not names[-1]:
        names.pop()
    # R and pandas write row numbers into a first column without a name.
    if len(names) > 1 and not names[0] and ROW_NUMBERS not in names:
        names[0] = ROW_NUMBERS
    seen: set[str] = set()
    for position, name in enumerate(names, start=1):
        if not name:
            raise TableError("header_empty", row=row, column=position)
        if "\0" in name:
            raise TableError("nul", row=row, column=position)
        if len(name) > 1_000:
            raise TableError("too_long", row=row, column=position, value=name, limit=1_000)
        if name in seen:
            raise TableError("header_twice", row=row, column=position, value=name)
        seen.add(name)
    return names


# What a spreadsheet program takes for the beginning of a formula, full-width forms included.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def safe_cell(value: Any) -> Any:
    """The value for an export: a text that a spreadsheet could run as a formula gets a leading apostrophe.

    Numbers, dates and None are left as they are.

    >>> safe_cell("=1+1"), safe_cell(-3), safe_cell("ok")
    ("'=1+1", -3, 'ok')
    """
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return value


def plain_cell(text: str) -> str:
    """The text before :func:`safe_cell`, so that an export can be imported again.

    >>> plain_cell("'+86 21 5555"), plain_cell("'tis")
    ('+86 21 5555', "'tis")
    """
    return text[1:] if text[:1] == "'" and text[1:].startswith(_FORMULA) else text


def write_csv(names: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """A CSV file for spreadsheet programs: UTF-8 with byte order mark, CRLF, every cell through safe_cell."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([safe_cell(name) for name in names])
    writer.writerows([safe_cell(cell) for cell in row] for row in rows)
    return out.getvalue().encode("utf-8-sig")
