"""The forms in which phones, serial and order numbers are compared and indexed, however they were written. Pure."""

from __future__ import annotations

import re
import unicodedata

#: Enough digits to be one's own number; with fewer, only the last digits are meant.
WHOLE = 7


def phone(text: str) -> str:
    """The digits backwards, without country code 86 and leading zeros, so that the last digits are a beginning.

    >>> phone("+86 138-0000 0001"), phone("(021) 6123-4567")
    ('10000000831', '7654321612')
    """
    digits = re.sub(r"\D", "", unicodedata.normalize("NFKC", text))
    if re.fullmatch(r"(?:00)?86(?:1\d{10}|0?[2-9]\d{8,10})", digits):
        digits = digits.removeprefix("00").removeprefix("86")
    return (digits.lstrip("0") or digits)[::-1][:32]


def same_phone(one: str, other: str) -> bool:
    """Whether two keys of :func:`phone` are one number: the shorter, whole, ends the longer (an extra prefix).

    >>> same_phone(phone("6123 4567"), phone("+86 21 6123 4567"))
    True
    """
    short, long = sorted((one, other), key=len)
    return len(short) >= WHOLE and long.startswith(short)


def number(text: str) -> str:
    """Letters and digits in capitals: 'sn-12 34' and 'SN1234' are the same serial number."""
    return "".join(s for s in unicodedata.normalize("NFKC", text).upper() if s.isalnum())


def folded(text: str) -> str:
    """One width and case, no space around: for e-mails and names."""
    return unicodedata.normalize("NFKC", text).casefold().strip()
