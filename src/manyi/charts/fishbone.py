"""A cause-and-effect diagram (Ishikawa) as SVG, drawn here because ECharts has none.

Two layouts of the same thing: `wide` for a page or a report, with the head at the right; `narrow` for a phone, with
the head at the top and the bones one below the other. Text is wrapped by estimated widths: a Chinese character is
as wide as it is high, others a little over half of that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Final
from unicodedata import east_asian_width

import resvg_py

from manyi.charts.render import FONT_FAMILY, FONTS

INK: Final = "#1b2530"
BONE: Final = "#0b6e5f"
ROOT: Final = "#a61b1b"
PAPER: Final = "#ffffff"
SIZE: Final = 13
LINE: Final = 17
COLUMN: Final = 268
HEAD: Final = 168
TEXT: Final = 182


@dataclass(frozen=True)
class Twig:
    """A cause, and the whys below it with their depth from 1. A root cause is bold and marked with ◆."""

    text: str
    root: bool = False
    depth: int = 0


@dataclass(frozen=True)
class Bone:
    label: str
    twigs: tuple[Twig, ...] = ()


def wide(effect: str, bones: Sequence[Bone], title: str) -> str:
    """Half of the bones above the spine, half below, the head at the right. `title` is read to screen readers."""
    half = (len(bones) + 1) // 2
    above, below = bones[:half], bones[half:]
    tall = max([_height(bone) for bone in above] or [0])
    deep = max([_height(bone) for bone in below] or [0])
    width, spine = half * COLUMN + HEAD + 24, tall + 56
    height = spine + deep + 56
    end = half * COLUMN + 12
    parts = [f'<line x1="12" y1="{spine}" x2="{end}" y2="{spine}" stroke="{BONE}" stroke-width="4"/>']
    for index, bone in enumerate(above):
        parts.append(_bone(bone, index * COLUMN + 12, spine, -(tall + 24)))
    for index, bone in enumerate(below):
        parts.append(_bone(bone, index * COLUMN + 12, spine, deep + 24))
    lines = _wrapped(effect, HEAD - 24, SIZE + 1)[:6]
    box = max(64, len(lines) * (LINE + 1) + 24)
    parts.append(
        f'<rect x="{end}" y="{spine - box / 2}" width="{HEAD}" height="{box}" rx="6" fill="{BONE}"/>'
    )
    top = spine - (len(lines) - 1) * (LINE + 1) / 2 + 5
    parts += [
        _text(
            line, end + HEAD / 2, top + n * (LINE + 1), size=SIZE + 1, fill=PAPER, anchor="middle", bold=True
        )
        for n, line in enumerate(lines)
    ]
    return _svg(width, height, parts, title)


def narrow(effect: str, bones: Sequence[Bone], title: str) -> str:
    """The head at the top, the spine at the left, one bone below the other; 340 units wide."""
    width = 340
    lines = _wrapped(effect, width - 40, SIZE + 1)[:5]
    head = len(lines) * (LINE + 1) + 20
    parts = [f'<rect x="4" y="4" width="{width - 8}" height="{head}" rx="6" fill="{BONE}"/>']
    parts += [
        _text(line, width / 2, 24 + n * (LINE + 1), size=SIZE + 1, fill=PAPER, anchor="middle", bold=True)
        for n, line in enumerate(lines)
    ]
    y = head + 36
    last = y
    for bone in bones:
        parts.append(f'<line x1="20" y1="{y - 12}" x2="44" y2="{y}" stroke="{BONE}" stroke-width="3"/>')
        parts.append(_text(bone.label, 50, y + 5, fill=BONE, bold=True))
        last = y - 12
        y += 26
        for twig in bone.twigs:
            indent = 50 + 14 * min(twig.depth, 6)
            for n, line in enumerate(
                _wrapped(_marked(twig), width - indent - 8 - (2 * SIZE if twig.depth else 0))
            ):
                parts.append(_twig_text(twig, line, indent, y, first=n == 0))
                y += LINE
            y += 5
        y += 12
    parts.insert(0, f'<line x1="20" y1="{head}" x2="20" y2="{last}" stroke="{BONE}" stroke-width="4"/>')
    return _svg(width, y, parts, title)


def to_png(svg: str, scale: float = 2) -> bytes:
    """A picture of the diagram with the font that the wheel brings."""
    return bytes(
        resvg_py.svg_to_bytes(
            svg_string=svg,
            zoom=scale,
            background=PAPER,
            skip_system_fonts=True,
            font_files=[str(path) for path in FONTS.values()],
            font_family=FONT_FAMILY,
            sans_serif_family=FONT_FAMILY,
        )
    )


def _height(bone: Bone) -> int:
    lines = sum(len(_wrapped(_marked(twig), _room(twig))) for twig in bone.twigs)
    return max(70, lines * LINE + 6 * len(bone.twigs) + 8)


def _room(twig: Twig) -> int:
    return TEXT - (12 * min(twig.depth, 5) + 2 * SIZE if twig.depth else 0)


def _marked(twig: Twig) -> str:
    return ("◆ " if twig.root else "") + twig.text


def _bone(bone: Bone, left: float, spine: float, reach: float) -> str:
    """A bone of one column: slanting from its label to the spine, its twigs at its left."""
    up = reach < 0
    tip_x, foot_x, tip_y = left + COLUMN - 74, left + COLUMN - 22, spine + reach
    label_y = tip_y - 22 if up else tip_y
    parts = [
        f'<line x1="{tip_x}" y1="{tip_y}" x2="{foot_x}" y2="{spine}" stroke="{BONE}" stroke-width="3"/>',
        f'<rect x="{tip_x - 62}" y="{label_y}" width="124" height="24" rx="5" fill="{PAPER}" stroke="{BONE}" stroke-width="1.5"/>',
        _text(bone.label, tip_x, label_y + 17, fill=BONE, anchor="middle", bold=True),
    ]
    y = tip_y + 24 if up else spine + 26
    for twig in bone.twigs:
        indent = 12 * min(twig.depth, 5)
        for n, line in enumerate(_wrapped(_marked(twig), _room(twig))):
            parts.append(_twig_text(twig, line, left + indent, y, first=n == 0))
            if n == 0 and twig.depth == 0:
                along = (y - tip_y) / (spine - tip_y) if spine != tip_y else 0
                x = tip_x + (foot_x - tip_x) * along
                start = left + _width(line) + 6
                if start < x - 8:
                    parts.append(
                        f'<line x1="{start}" y1="{y - 4}" x2="{x}" y2="{y - 4}" stroke="{BONE}" stroke-width="1"/>'
                    )
            y += LINE
        y += 6
    return "".join(parts)


def _twig_text(twig: Twig, line: str, x: float, y: float, *, first: bool) -> str:
    lead = "→ " if twig.depth and first else ("\u2003" if twig.depth else "")
    return _text(lead + line, x, y, fill=ROOT if twig.root else INK, bold=twig.root)


def _text(
    text: str,
    x: float,
    y: float,
    *,
    size: int = SIZE,
    fill: str = INK,
    anchor: str = "start",
    bold: bool = False,
) -> str:
    weight = ' font-weight="700"' if bold else ""
    return f'<text x="{x:g}" y="{y:g}" font-size="{size}" fill="{fill}" text-anchor="{anchor}"{weight}>{escape(text)}</text>'


def _svg(width: float, height: float, parts: Sequence[str], title: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" width="{width:g}" '
        f'height="{height:g}" role="img" aria-label="{escape(title)}" '
        f"font-family=\"'{FONT_FAMILY}', 'PingFang SC', 'Microsoft YaHei', sans-serif\">"
        f'<rect width="{width:g}" height="{height:g}" fill="{PAPER}"/>{"".join(parts)}</svg>'
    )


def _width(text: str, size: int = SIZE) -> float:
    return sum(size if east_asian_width(c) in "WF" else 0.56 * size for c in text)


def _wrapped(text: str, room: float, size: int = SIZE) -> list[str]:
    """The text in lines no wider than `room`; words stay whole, Chinese breaks anywhere."""
    lines, line = [], ""
    for piece in _pieces(" ".join(text.split())):
        if line and _width(line + piece, size) > room:
            lines.append(line.rstrip())
            line = piece.lstrip()
        else:
            line += piece
        while _width(line, size) > room and len(line) > 1:  # one word longer than the line
            cut = len(line)
            while cut > 1 and _width(line[:cut], size) > room:
                cut -= 1
            lines.append(line[:cut])
            line = line[cut:]
    return [*lines, line.rstrip()] if line.strip() else lines or [""]


def _pieces(text: str) -> list[str]:
    """Chinese characters alone, other words with the space after them; closing punctuation stays with its word."""
    pieces: list[str] = []
    for character in text:
        wide_one = east_asian_width(character) in "WF"
        if pieces and (character in "，。；：、！？）》”’" or (not wide_one and not _ends(pieces[-1]))):
            pieces[-1] += character
        else:
            pieces.append(character)
    return pieces


def _ends(piece: str) -> bool:
    """Whether a piece takes no further letters: it ends with a space or a Chinese character."""
    return piece[-1] == " " or east_asian_width(piece[-1]) in "WF"
