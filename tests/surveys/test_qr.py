"""The codes on screen and on the wall, read by a decoder as a phone would."""

from __future__ import annotations

import io

import pymupdf
import pytest
import resvg_py
from PIL import Image

from manyi.surveys import qr

zxingcpp = pytest.importorskip("zxingcpp", reason="no decoder of QR codes: install zxing-cpp")
ADDRESS = "https://manyi.example.com/o/Zm9vYmFyYmF6cXV4MTIz_-A/"


def read(png: bytes) -> list[str]:
    return [code.text for code in zxingcpp.read_barcodes(Image.open(io.BytesIO(png)).convert("L"))]


def test_the_svg_holds_the_address() -> None:
    assert read(bytes(resvg_py.svg_to_bytes(svg_string=qr.svg(ADDRESS)))) == [ADDRESS]


def test_the_printed_poster_holds_the_address() -> None:
    pdf = qr.poster(
        address=ADDRESS,
        organisation={"zh": "满意物业", "en": "Manyi <Homes>"},
        title={"zh": "一季度", "en": "Q1"},
        minutes=2,
    )
    page = pymupdf.open(stream=pdf)[0]
    assert read(page.get_pixmap(dpi=100).tobytes("png")) == [ADDRESS]
    assert "Manyi <Homes>" in page.get_text()
