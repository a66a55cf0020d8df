"""What is wrong in a file, told so that a person finds the place. Pure: no Django."""

from __future__ import annotations

from typing import NamedTuple

MAX_ERRORS = 10_000
ERROR_HEADER = {"zh": ("行", "列", "值", "问题"), "en": ("Row", "Column", "Value", "What is wrong")}


class Fault(NamedTuple):
    """What is wrong (or doubtful) in a file: row as in the file (None = the whole), column, value, {zh, en}."""

    row: int | None
    column: str
    value: str
    texts: dict[str, str]
