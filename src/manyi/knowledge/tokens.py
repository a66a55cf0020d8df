"""How text becomes words to search: Latin words as they are, Chinese as overlapping pairs of characters.

Pairs need no dictionary, so that text and question are always cut alike, product names and new words
included; and both databases index the same column of words. The last character of a run stands alone as
well, so that a question of one character finds every place as the beginning of a word.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

_HAN = "\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u3040-\u30ff\U00020000-\U0003ffff"
_RUN = re.compile(rf"(?P<han>[{_HAN}]+)|(?P<word>[^\W_{_HAN}]+)")
MAX_TERMS = 24


def _runs(text: str) -> Iterator[tuple[str, bool]]:
    """Runs of letters of one kind, folded to one width and case, and whether they are Han (or kana)."""
    for found in _RUN.finditer(unicodedata.normalize("NFKC", text).casefold()):
        yield found.group(), found.lastgroup == "han"


def _pairs(run: str) -> list[str]:
    return [run[i : i + 2] for i in range(len(run) - 1)]


def indexed(text: str) -> str:
    """The words to index, in order, between spaces.

    >>> indexed("退货运费 Return-Policy")
    '退货 货运 运费 费 return policy'
    """
    words: list[str] = []
    for run, han in _runs(text):
        words += [*_pairs(run), run[-1]] if han else [run]
    return " ".join(words)


def asked(text: str) -> list[str]:
    """The words of a question; the caller takes the last as a beginning, since it may still be typed.

    >>> asked("运费 retu"), asked("费"), asked("，")
    (['运费', 'retu'], ['费'], [])
    """
    words: list[str] = []
    for run, han in _runs(text):
        words += _pairs(run) or [run] if han else [run]
    return list(dict.fromkeys(words))[:MAX_TERMS] if len(words) > 1 else words
