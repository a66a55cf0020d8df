"""Finding texts without a translation, and compiling catalogues."""

from __future__ import annotations

import gettext
import os
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

import manyi
from manyi.web import messages

HEAD = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n"Plural-Forms: nplurals=1; plural=0;\\n"\n\n'


def app(source: Path, *, po: str = "", template: str = "", python: str = "") -> Path:
    """An app `shop` with these files."""
    folder = source / "shop"
    catalogue = folder / "locale/zh_Hans/LC_MESSAGES/django.po"
    catalogue.parent.mkdir(parents=True)
    catalogue.write_text(HEAD + po, "utf-8")
    (folder / "templates/shop").mkdir(parents=True)
    (folder / "templates/shop/page.html").write_text(template, "utf-8")
    (folder / "views.py").write_text(python, "utf-8")
    return catalogue


def test_a_template_text_without_translation_is_named_with_its_line(tmp_path: Path) -> None:
    app(tmp_path, template='{% load i18n %}\n  <p>(\n {% translate "Save it" %}</p>')

    assert messages.problems(tmp_path) == [
        "shop/templates/shop/page.html:3: no zh_Hans translation: 'Save it'"
    ]


def test_texts_with_a_translation_are_not_reported(tmp_path: Path) -> None:
    app(
        tmp_path,
        po='msgid "Save it"\nmsgstr "保存"\n\nmsgid "%(n)s wave"\nmsgid_plural "%(n)s waves"\nmsgstr[0] "%(n)s 期"\n\n'
        'msgctxt "verb"\nmsgid "Open"\nmsgstr "打开"\n',
        template="{% load i18n %}{% translate 'Save it' %}"
        "{% blocktranslate trimmed count n=n %}\n{{ n }} wave\n{% plural %}\n{{ n }} waves{% endblocktranslate %}",
        python='from django.utils.translation import gettext_lazy as _, pgettext\na = _("Save it")\n'
        'b = pgettext("verb", "Open")\n',
    )

    assert messages.problems(tmp_path) == []


@pytest.mark.parametrize(
    ("po", "python"),
    [
        ('msgid "Save it"\nmsgstr ""\n', 'a = _("Save it")'),
        ('#, fuzzy\nmsgid "Save it"\nmsgstr "保存"\n', 'a = gettext("Save it")'),
        ('msgctxt "noun"\nmsgid "Save it"\nmsgstr "保存"\n', 'a = pgettext("verb", "Save it")'),
    ],
)
def test_an_empty_fuzzy_or_other_translation_does_not_count(tmp_path: Path, po: str, python: str) -> None:
    app(tmp_path, po=po, python=python)

    assert messages.problems(tmp_path) == ["shop/views.py:1: no zh_Hans translation: 'Save it'"]


def test_words_that_django_translates_need_no_second_translation(tmp_path: Path) -> None:
    app(tmp_path, python='a = _("English")')

    assert messages.problems(tmp_path) == []


def test_a_translation_that_loses_a_placeholder_is_reported(tmp_path: Path) -> None:
    app(tmp_path, po='#, python-format\nmsgid "Hello %(name)s"\nmsgstr "您好 %(nome)s"\n')

    (problem,) = messages.problems(tmp_path)

    assert "'Hello %(name)s'" in problem


def test_only_stale_catalogues_are_compiled(tmp_path: Path) -> None:
    po = app(tmp_path, po='msgid "Save it"\nmsgstr "保存"\n')

    assert messages.compile_all(tmp_path) == [po.with_suffix(".mo")]
    assert messages.compile_all(tmp_path) == []

    os.utime(po, (po.stat().st_atime, po.stat().st_mtime + 10))
    assert messages.compile_all(tmp_path) == [po.with_suffix(".mo")]
    with po.with_suffix(".mo").open("rb") as file:
        assert gettext.GNUTranslations(file).gettext("Save it") == "保存"


def test_a_broken_catalogue_is_named(tmp_path: Path) -> None:
    app(tmp_path, po="<<<<<<< mine\n")

    with pytest.raises(SystemExit, match=r"django\.po"):
        messages.compile_all(tmp_path)


def test_a_text_reads_the_same_in_every_catalogue() -> None:
    """Django merges the catalogues of all apps: of two translations of one text, one would win everywhere."""
    found: dict[str, set[str]] = {}
    for path in sorted(Path(manyi.__file__).parent.glob("*/locale/zh_Hans/LC_MESSAGES/django.po")):
        with path.open("rb") as file:
            for message in read_po(file):
                if isinstance(message.id, str) and message.id and message.string and not message.context:
                    found.setdefault(message.id, set()).add(str(message.string))
    assert {text: sorted(ways) for text, ways in found.items() if len(ways) > 1} == {}
