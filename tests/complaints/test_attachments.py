"""Files of a complaint: what is taken, under which name, and how often."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from manyi.complaints.file_types import FileType, safe_name, sniff
from manyi.complaints.services import attachments
from manyi.scope import NotAllowed, Scope
from manyi.web.errors import Refused
from tests import factories
from tests.conftest import Cast

PNG = b"\x89PNG\r\n\x1a\n" + b"x" * 40


@pytest.fixture(autouse=True)
def _own_folder(settings: object, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path  # type: ignore[attr-defined]


def archive(*names: str) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as made:
        for name in names:
            made.writestr(name, "x")
    return target.getvalue()


@pytest.mark.parametrize(
    ("content", "name", "ending"),
    [
        (b"\xff\xd8\xff\xe0 picture", "photo.exe", "jpg"),
        (PNG, "", "png"),
        (b"%PDF-1.7", "报告.pdf", "pdf"),
        (archive("[Content_Types].xml", "word/document.xml"), "a.docx", "docx"),
        (archive("[Content_Types].xml", "xl/workbook.xml"), "a.xlsx", "xlsx"),
        (archive("photos/1.jpg"), "a.zip", "zip"),
        ("温度,湿度".encode("gb18030"), "log.csv", "csv"),
        (b"\x00\x00\x00\x18ftypmp42", "film.mp4", "mp4"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old.doc", "doc"),
    ],
)
def test_a_type_is_seen_in_the_content(content: bytes, name: str, ending: str) -> None:
    found = sniff(content, name)
    assert found is not None
    assert found.ending == ending


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"MZ\x90\x00", "photo.jpg"),
        (b"<html><script>", "page.html"),
        (b"<svg onload=x>", "logo.svg"),
        (b"<script>", "a.png"),
        (archive("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"), "a.docx"),
        (archive("photos/invoice.pdf.exe"), "a.zip"),
        (b"PK\x03\x04 broken", "a.zip"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "setup.msi"),
        (b"text\0binary", "a.txt"),
        (b"", "a.txt.exe"),
    ],
)
def test_what_could_run_or_is_unknown_is_not_taken(content: bytes, name: str) -> None:
    assert sniff(content, name) is None


@given(st.text(max_size=300))
def test_a_name_is_always_harmless(name: str) -> None:
    made = safe_name(name, FileType("png", "image/png"))
    assert made.lower().endswith(".png")
    assert 5 <= len(made) <= 130
    assert not set(made) & set("/\\\r\n\0")


def test_names_keep_what_people_wrote() -> None:
    jpg = FileType("jpg", "image/jpeg")
    assert safe_name("C:\\照片\\轴承.JPEG", jpg) == "轴承.JPEG"
    assert safe_name("../../etc/passwd", jpg) == "passwd.jpg"
    assert safe_name("a.exe", jpg) == "a.jpg"


def test_a_file_is_kept_once_under_a_random_name(cast: Cast, at: datetime) -> None:
    row = factories.complaint(cast.east, cast.agent, at)
    first = attachments.attach(cast.scope("handler"), complaint=row, name="轴承.png", content=PNG, at=at)
    again = attachments.attach(cast.scope("handler"), complaint=row, name="copy.png", content=PNG, at=at)
    assert first == again
    assert (first.name, first.content_type, first.size) == ("轴承.png", "image/png", len(PNG))
    assert "轴承" not in first.file.name
    assert first.file.read() == PNG


def test_refusals_name_the_file(cast: Cast, at: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    row, scope = factories.complaint(cast.east, cast.agent, at), Scope.system("test")
    with pytest.raises(Refused, match=r"“run\.exe” is not taken"):
        attachments.attach(scope, complaint=row, name="run.exe", content=b"MZ", at=at)
    with pytest.raises(Refused, match=r"“a\.png” is empty"):
        attachments.attach(scope, complaint=row, name="a.png", content=b"", at=at)
    with pytest.raises(Refused, match=r"“big\.png” is too large: 26 MB, at most 25 MB"):
        attachments.attach(scope, complaint=row, name="big.png", content=PNG + bytes(25 * 1024**2), at=at)
    assert not row.attachments.exists()


def test_another_branch_attaches_nothing(cast: Cast, at: datetime) -> None:
    row = factories.complaint(cast.east, cast.agent, at)
    with pytest.raises(NotAllowed):
        attachments.attach(cast.scope("outsider"), complaint=row, name="a.png", content=PNG, at=at)
