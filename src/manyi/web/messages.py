"""Translations: compile them, and find texts that have none.

`python -m manyi.web.messages` compiles every `.po` file that is newer than its `.mo`;
`python -m manyi.web.messages --check` lists the texts of templates and Python files that no `zh_Hans` catalogue
translates, and translations whose placeholders differ from the original; it ends with 1 when there is one.

This is a tool of the build: it needs Babel, no configured Django, and no gettext programs.
"""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LOCALE = "zh_Hans"
_CALLS: dict[str, tuple[int | tuple[int, str], ...] | None] = {
    "gettext": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
KEYWORDS = {name + suffix: spec for name, spec in _CALLS.items() for suffix in ("", "_lazy", "_noop")} | {
    "_": None
}


class Text(NamedTuple):
    """One text to translate and where it stands. `ids` holds the singular and, where there is one, the plural."""

    path: Path
    line: int
    context: str | None
    ids: tuple[str, ...]


def compile_all(source: Path) -> list[Path]:
    """Write the `.mo` of every stale catalogue of the apps under `source`; returns the files written."""
    written = []
    for po in sorted(source.glob("*/locale/*/LC_MESSAGES/django.po")):
        mo = po.with_suffix(".mo")
        if mo.exists() and mo.stat().st_mtime >= po.stat().st_mtime:
            continue
        catalogue = _read(po)
        buffer = io.BytesIO()
        write_mo(buffer, catalogue)
        mo.write_bytes(buffer.getvalue())
        written.append(mo)
    return written


def problems(source: Path, locale: str = LOCALE) -> list[str]:
    """Texts under `source` without a translation, and translations with wrong placeholders, one line each."""
    import django  # here, because compiling has to work where Django is not installed

    known: set[tuple[str | None, str]] = set()
    found = []
    # Django's own words ('English', 'January') reach the page without being repeated in an app's catalogue.
    own = Path(django.__file__).parent / "conf/locale" / locale / "LC_MESSAGES/django.po"
    for po in [own, *sorted(source.glob(f"*/locale/{locale}/LC_MESSAGES/django.po"))]:
        catalogue = _read(po)
        for message in catalogue:
            ids = message.id if isinstance(message.id, (list, tuple)) else (message.id,)
            strings = message.string if isinstance(message.string, (list, tuple)) else (message.string,)
            if ids[0] and all(strings) and not message.fuzzy:
                known.add((message.context, ids[0]))
            if ids[0] and all(strings) and po != own:
                found += [f"{po}: {ids[0]!r}: {error}" for error in message.check(catalogue)]
    for text in texts(source):
        if (text.context, text.ids[0]) not in known:
            found.append(
                f"{text.path.relative_to(source)}:{text.line}: no {locale} translation: {text.ids[0]!r}"
            )
    return found


def texts(source: Path) -> Iterator[Text]:
    """Every translatable text of the templates and Python files under `source`."""
    for path in sorted(source.rglob("*.py")):
        yield from _extract(path, path.read_bytes())
    for path in sorted(path for path in source.rglob("templates/**/*") if path.suffix in {".html", ".txt"}):
        # In brackets, because the remains of a template are indented as no Python is.
        yield from _extract(path, f"({_templatize(path)})".encode())


def _templatize(path: Path) -> str:
    from django.conf import settings
    from django.utils.translation import templatize

    if not settings.configured:
        settings.configure(USE_I18N=True)
    return str(templatize(path.read_text("utf-8"), origin=str(path)))


def _extract(path: Path, content: bytes) -> Iterator[Text]:
    for line, found, _, context in extract("python", io.BytesIO(content), keywords=KEYWORDS):
        ids = tuple(_strings(found))
        if ids and ids[0]:
            yield Text(path, line, context, ids)


def _strings(found: str | Iterable[str | None] | None) -> Iterator[str]:
    for text in [found] if isinstance(found, str) or found is None else found:
        if text:
            yield text


def _read(po: Path) -> Catalog:
    try:
        with po.open("rb") as file:
            return read_po(file, locale=po.parent.parent.name, abort_invalid=True)
    except Exception as error:
        raise SystemExit(f"{po}: {error}") from error


def main(arguments: list[str] | None = None) -> int:
    """Command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m manyi.web.messages", description="Compile translations.")
    parser.add_argument("--check", action="store_true", help="list texts without a Chinese translation")
    chosen = parser.parse_args(arguments)
    source = Path(__file__).resolve().parent.parent
    if not chosen.check:
        print(f"{len(compile_all(source))} catalogues compiled.")
        return 0
    found = problems(source)
    print("\n".join(found) if found else "Every text has a translation.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
