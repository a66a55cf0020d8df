"""What changed between two texts, word by word (in Chinese: character by character)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import Literal, NamedTuple

_PIECE = re.compile(r"[A-Za-z0-9]+|\s+|.", re.S)


class Piece(NamedTuple):
    kind: Literal["same", "added", "dropped"]
    text: str


def pieces(old: str, new: str) -> Iterator[Piece]:
    """The new text with what was dropped and added, in reading order.

    >>> [tuple(p) for p in pieces("三天内", "五天内")]
    [('dropped', '三'), ('added', '五'), ('same', '天内')]
    """
    a, b = _PIECE.findall(old), _PIECE.findall(new)
    for tag, i1, i2, j1, j2 in SequenceMatcher(a=a, b=b, autojunk=False).get_opcodes():
        if tag == "equal":
            yield Piece("same", "".join(a[i1:i2]))
            continue
        if i1 < i2:
            yield Piece("dropped", "".join(a[i1:i2]))
        if j1 < j2:
            yield Piece("added", "".join(b[j1:j2]))
