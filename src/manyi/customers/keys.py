"""The forms in which phones, serial and order numbers are compared and indexed, however they were written. Pure."""

from __future__ import annotations

import re
import unicodedata

#: Enough digits to be one's own number; with fewer, only the last digits are meant.
WHOLE = 7


def phone(text: str) -> str:
    """The digits backwards, without country code 86 and the zeros that only dial, so that the last digits of a
    number are the beginning of its key.

    >>> phone("+86 138-0000 0001"), phone("(021) 6123-4567"), phone("0001")
    ('10000000831', '7654321612', '1000')
    """
    digits = re.sub(r"\D", "", unicodedata.normalize("NFKC", text))
    if re.fullmatch(r"(?:00)?86(?:1\d{10}|0?[2-9]\d{8,10})", digits):
        digits = digits.removeprefix("00").removeprefix("86")
    if len(digits) > WHOLE + 1:  # a whole number, not the last digits of one
        digits = re.sub(r"^00?(?=\d{7})", "", digits)
    return digits[::-1][:32]


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
