"""What kind of file an upload is, by its content: the sender's name and type are not trusted. Pure.

Taken are pictures, sound, short films, PDF, office documents without macros, text, mails, and ZIP archives
of such; never anything a browser or a desktop would run.
"""

from __future__ import annotations

import io
import re
import unicodedata
import zipfile
from dataclasses import dataclass

MAX_BYTES = 25 * 1024 * 1024
#: First bytes → (ending, media type).
_STARTS: tuple[tuple[bytes, str, str], ...] = (
    (b"\xff\xd8\xff", "jpg", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "png", "image/png"),
    (b"GIF87a", "gif", "image/gif"),
    (b"GIF89a", "gif", "image/gif"),
    (b"BM", "bmp", "image/bmp"),
    (b"II*\x00", "tif", "image/tiff"),
    (b"MM\x00*", "tif", "image/tiff"),
    (b"%PDF-", "pdf", "application/pdf"),
    (b"#!AMR", "amr", "audio/amr"),
    (b"ID3", "mp3", "audio/mpeg"),
    (b"\xff\xfb", "mp3", "audio/mpeg"),
    (b"\xff\xf3", "mp3", "audio/mpeg"),
    (b"OggS", "ogg", "audio/ogg"),
)
_OFFICE = {
    "word/": ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    "xl/": ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "ppt/": ("pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
}
_OLE = {
    "doc": "application/msword",
    "xls": "application/vnd.ms-excel",
    "ppt": "application/vnd.ms-powerpoint",
    "wps": "application/vnd.ms-works",
    "et": "application/vnd.ms-excel",
    "msg": "application/vnd.ms-outlook",
}
_TEXT = {"txt": "text/plain", "csv": "text/csv", "log": "text/plain", "eml": "message/rfc822"}
#: Endings that are refused also inside a ZIP archive.
_RUNS = re.compile(
    r"\.(?:exe|com|scr|pif|bat|cmd|ps1|vbs|vbe|js|jse|wsf|hta|lnk|msi|jar|dll|reg|apk|docm|xlsm|pptm|html?|svg)$",
    re.IGNORECASE,
)
#: Types a browser may show in place; everything else is only ever downloaded.
SHOWN = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp"})


@dataclass(frozen=True, slots=True)
class FileType:
    """The ending the file is kept under, without dot, and its media type."""

    ending: str
    media_type: str


def sniff(content: bytes, name: str = "") -> FileType | None:
    """The type of an accepted file, None for one that is not taken. `name` decides only among harmless types."""
    for start, ending, media_type in _STARTS:
        if content.startswith(start):
            return FileType(ending, media_type)
    if content[:4] == b"RIFF":
        kind = {b"WEBP": ("webp", "image/webp"), b"WAVE": ("wav", "audio/wav"), b"AVI ": ("avi", "video/avi")}
        found = kind.get(content[8:12])
        return FileType(*found) if found else None
    if content[4:8] == b"ftyp":
        return _of_media_container(content[8:12])
    given = name.rpartition(".")[2].lower()
    if content.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return FileType(given, _OLE[given]) if given in _OLE else None
    if content.startswith(b"PK\x03\x04"):
        return _of_archive(content)
    return FileType(given, _TEXT[given]) if given in _TEXT and _is_text(content) else None


def _of_media_container(brand: bytes) -> FileType:
    if brand in (b"heic", b"heix", b"mif1", b"msf1"):
        return FileType("heic", "image/heic")
    if brand.startswith(b"M4A"):
        return FileType("m4a", "audio/mp4")
    if brand == b"qt  ":
        return FileType("mov", "video/quicktime")
    return FileType("mp4", "video/mp4")


def _of_archive(content: bytes) -> FileType | None:
    try:
        names = zipfile.ZipFile(io.BytesIO(content)).namelist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return None
    if any(_RUNS.search(n) or n.endswith("vbaProject.bin") for n in names):
        return None
    if "[Content_Types].xml" in names:
        for folder, (ending, media_type) in _OFFICE.items():
            if any(n.startswith(folder) for n in names):
                return FileType(ending, media_type)
        return None
    return FileType("zip", "application/zip")


def _is_text(content: bytes) -> bool:
    if b"\0" in content:
        return False
    for charset in ("utf-8", "gb18030"):
        try:
            content.decode(charset)
        except UnicodeDecodeError:
            continue
        return True
    return False


def safe_name(name: str, file_type: FileType, fallback: str = "file") -> str:
    """A name to show and to download under: the sender's without folders and control signs, at most 120
    characters, with the ending of what the file really is.
    """
    base = re.split(r"[\\/]", name)[-1]
    base = "".join(s for s in unicodedata.normalize("NFC", base) if unicodedata.category(s)[0] != "C").strip(
        " ."
    )
    stem, dot, ending = base.rpartition(".")
    if not dot or len(ending) > 5:
        stem = base
    same = {"jpeg": "jpg", "tiff": "tif"}.get(ending.lower(), ending.lower()) == file_type.ending
    kept = ending if dot and same else file_type.ending
    return f"{stem[:110] or fallback}.{kept}"
