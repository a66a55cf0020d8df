"""The QR code of an open link: as SVG, and on a poster for the wall (A4, PDF)."""

from __future__ import annotations

import io
from collections.abc import Mapping

import segno
from django.template.loader import render_to_string
from weasyprint import HTML

from manyi.charts.render import FONTS


def svg(address: str) -> str:
    """The code as an SVG document: black on white, error correction M, with the quiet zone scanners need."""
    buffer = io.BytesIO()
    segno.make(address, error="m", micro=False).save(
        buffer, kind="svg", scale=8, border=4, dark="#000000", light="#ffffff", xmldecl=False, svgns=True
    )
    return buffer.getvalue().decode()


def inline(address: str) -> str:
    """The code as an SVG element for a page of ours."""
    code = segno.make(address, error="m", micro=False)
    return str(code.svg_inline(scale=8, border=4, dark="#000000", light="#ffffff", omitsize=True))


def poster(*, address: str, organisation: Mapping[str, str], title: Mapping[str, str], minutes: int) -> bytes:
    """An A4 poster in both languages as PDF. The texts are escaped; nothing is loaded from anywhere."""
    html = render_to_string(
        "surveys/waves/poster.html",
        {
            "code": inline(address),
            "address": address,
            "organisation": organisation,
            "title": title,
            "minutes": minutes,
            "fonts": {weight: path.as_uri() for weight, path in FONTS.items() if path.exists()},
        },
    )
    return bytes(HTML(string=html).write_pdf())
