"""Kano on the page: from the questionnaire's own type, and from a published survey's file in words."""

from __future__ import annotations

import csv
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from manyi.insights import queries
from manyi.insights.kano import _code, classified, features
from manyi.insights.selection import Selection
from manyi.measures import kano
from manyi.surveys.models import Response, Wave
from manyi.surveys.services.imports import run_import
from tests import factories
from tests.conftest import Cast

pytestmark = pytest.mark.django_db
PAIRS = {"A": (1, 3), "O": (1, 5), "M": (3, 5), "I": (3, 3), "R": (5, 1), "Q": (1, 1)}
FORM: dict[str, Any] = {
    "name": factories.texts("质量层次", "Quality levels"), "languages": ["zh", "en"],
    "sections": [{"code": "s", "title": factories.texts("题", "Features"), "questions": [
        {"code": code, "type": "kano", "text": factories.texts(f"有{zh}", f"With {en}"), "text2": factories.texts(f"没有{zh}", f"Without {en}")}
        for code, zh, en in (("track", "物流跟踪", "tracking"), ("gift", "礼品", "gifts"), ("safe", "安全包装", "safe packing"))
    ]}],
}  # fmt: skip
STORED = {
    "I like it": 1, "I like it that way": 1, "I enjoy it that way": 1, "This would be very helpful to me": 1,
    "It must be that way": 2, "I must be that way": 2, "I expect it": 2, "This is a basic requirement for me": 2,
    "It is a basic necessity or I expect it that way": 2,
    "I am neutral": 3, "I’m neutral": 3, "This would not affect me": 3,
    "I can live with it that way": 4, "I can tolerate it": 4, "I dislike it, but I can live with it that way": 4,
    "This would be a minor inconvenience": 4,
    "I dislike it": 5, "I dislike it that way": 5, "I dislike it, and I can’t accept it": 5,
    "This would be a major problem for me": 5,
}  # fmt: skip


def client_of(cast: Cast, who: str = "manager", language: str = "en") -> Client:
    client = Client()
    client.force_login(getattr(cast, who), backend="django.contrib.auth.backends.ModelBackend")
    client.cookies["django_language"] = language
    return client


@pytest.fixture
def wave(cast: Cast, at: datetime) -> Wave:
    """Tracking is compared by, gifts delight, safe packing is taken for granted; three in the west say otherwise."""
    tree = factories.tree_version(at)
    form = factories.questionnaire_version(at, tree, definition=FORM)
    wave = factories.wave(cast.group, at, tree_version=tree, questionnaire_version=form)
    made = []
    for number in range(60):
        letters = {"track": "OOOA"[number % 4], "gift": "AAI"[number % 3], "safe": "MMMMO"[number % 5]}
        answers: dict[str, Any] = dict.fromkeys(("on_time", "complete", "attitude", "speed"), 4)
        for code, letter in letters.items():
            answers[f"{code}__f"], answers[f"{code}__d"] = PAIRS[letter]
        made.append(Response(wave=wave, unit=cast.east, answers=answers, channel="email", submitted_at=at))
    for _ in range(3):
        made.append(Response(wave=wave, unit=cast.west, answers=dict(made[0].answers), channel="email", submitted_at=at))  # fmt: skip
    Response.objects.bulk_create(made)
    return wave


def test_features_are_classified_as_by_the_measure(cast: Cast, wave: Wave) -> None:
    result = queries.result_of(cast.scope("manager"), wave)
    rows = {row.feature.code: row for row in classified(result)}
    assert list(rows) == ["safe", "track", "gift"]  # must-be first
    answers = [response.answers for response in wave.responses.all()]
    for code, row in rows.items():
        wanted = kano.classify([a[f"{code}__f"] for a in answers], [a[f"{code}__d"] for a in answers])
        assert row.found == wanted
    assert {code: row.found.category for code, row in rows.items() if row.found} == {
        "safe": "M", "track": "O", "gift": "A",
    }  # fmt: skip


def test_the_page_names_categories_and_how_sure_they_are(cast: Cast, wave: Wave) -> None:
    client = client_of(cast)
    with CaptureQueriesContext(connection) as asked:
        text = client.get(reverse("result-kano", args=[wave.code])).content.decode()
    assert len(asked) <= 30
    assert "With safe packing" in text
    assert "<strong>Must-be</strong> (M)" in text
    assert "Never fall short here" in text
    assert "当然质量" in client_of(cast, language="zh-hans").get(reverse("result-kano", args=[wave.code])).content.decode()  # fmt: skip
    for name in ("levels", "shares"):
        for kind in ("csv", "png"):
            url = reverse("analysis-picture", args=[wave.code, "kano", name, kind])
            assert client.get(url).status_code == 200
    assert reverse("result-kano", args=[wave.code]) in client.get(reverse("result", args=[wave.code])).content.decode()  # fmt: skip


def test_small_groups_and_outsiders_see_nothing(cast: Cast, wave: Wave, at: datetime) -> None:
    url = reverse("result-kano", args=[wave.code])
    picture = reverse("analysis-picture", args=[wave.code, "kano", "levels", "csv"])
    text = client_of(cast).get(url, {"unit": cast.west.pk}).content.decode()
    assert "Too few answers to show" in text
    assert "Must-be" not in text
    assert client_of(cast).get(picture, {"unit": cast.west.pk}).status_code == 404
    assert "Must-be" not in client_of(cast, "outsider").get(url).content.decode()  # three answers of its own
    assert client_of(cast, "agent").get(url).status_code == 403
    other = factories.wave(cast.east, at, questionnaire_version=wave.questionnaire_version)
    assert client_of(cast, "outsider").get(reverse("result-kano", args=[other.code])).status_code == 404
    small = Response.objects.filter(wave=wave, unit=cast.east).values_list("pk", flat=True)[2:]
    for response in Response.objects.filter(pk__in=list(small)):
        del response.answers["gift__f"]
        response.save()
    rows = classified(queries.result_of(cast.scope("manager"), wave, Selection()))
    assert [row.found is None for row in rows if row.feature.code == "gift"] == [False]  # five remain
    response = Response.objects.filter(wave=wave, answers__has_key="gift__f").first()
    assert response is not None
    del response.answers["gift__f"]
    response.save()
    rows = classified(queries.result_of(cast.scope("manager"), wave, Selection()))
    assert [row.found for row in rows if row.feature.code == "gift"] == [None]


def test_an_answer_out_of_range_is_said_with_its_place(cast: Cast, wave: Wave) -> None:
    Response.objects.filter(wave=wave).update(answers={"on_time": 3, "complete": 3, "attitude": 3, "speed": 3, "gift__f": 7, "gift__d": 1})  # fmt: skip
    text = client_of(cast).get(reverse("result-kano", args=[wave.code])).content.decode()
    assert "gift__f" in text
    assert "holds 7" in text


def test_words_that_nobody_can_read_are_counted(cast: Cast, wave: Wave) -> None:
    wave.questionnaire_version = None
    wave.save()
    for response in wave.responses.all():
        response.answers |= {"tone__f": "Hm.", "tone__d": "I dislike it"}
        response.save()
    text = client_of(cast).get(reverse("result-kano", args=[wave.code])).content.decode()
    assert "63 answers could not be read" in text


def test_a_wave_that_asked_otherwise_says_how_to_ask(cast: Cast, at: datetime) -> None:
    wave = factories.wave(cast.group, at)
    text = client_of(cast).get(reverse("result-kano", args=[wave.code])).content.decode()
    assert "Nothing was asked in this way" in text


@pytest.mark.parametrize(
    ("words", "code"),
    [
        *STORED.items(),
        ("我喜欢这样", 1),
        ("理应如此", 2),
        ("无所谓", 3),
        ("能接受", 4),
        ("很不喜欢", 5),
        (" 4.0 ", 4),
    ],
)
def test_answers_in_words_are_read(words: str, code: int) -> None:
    assert _code(words) == code


def test_a_published_survey_goes_from_its_file_to_the_page(
    cast: Cast, at: datetime, tmp_path: Path, test_data: Path
) -> None:
    """All cohorts of the storage survey, in the words of its file, against the measure on the same answers."""
    lines: list[dict[str, str]] = []
    for number in range(1, 5):
        path = test_data / "kano" / "reppel_kano" / f"storage--cohort{number}-clean.csv"
        with path.open(encoding="utf-8-sig") as file:
            lines += csv.DictReader(file)
    codes = [f"F{number}" for number in range(1, 6)]
    names = [f"{code}_{side}" for code in codes for side in ("functional", "dysfunctional")]
    source = tmp_path / "storage.csv"
    with source.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["importance", *names])
        writer.writerows([line["F1_importance"].split(" ")[0], *(line[name] for name in names)] for line in lines)  # fmt: skip
    map_path = tmp_path / "MAP.yaml"
    tree = {"name": factories.texts("重要性", "Importance"), "scale": {"min": 1, "max": 9}, "tree": [{"code": "importance", "name": factories.texts("重要性", "Importance"), "weight": 1, "column": "importance"}]}  # fmt: skip
    chosen = {"wave": {"name": "Storage", "code": "storage", "date": "2026-02-01", "unit": "group"}, "tree": tree, "items": ["importance"], "texts": names}  # fmt: skip
    map_path.write_text(yaml.safe_dump(chosen), "utf-8")
    wave = run_import(cast.scope("manager"), path=source, map_path=map_path, at=at)
    result = queries.result_of(cast.scope("manager"), wave)
    assert [feature.code for feature in features(result)] == codes
    rows = classified(result)
    for row in rows:
        said = [[STORED[line[f"{row.feature.code}_{side}"]] for line in lines] for side in ("functional", "dysfunctional")]  # fmt: skip
        assert row.found == kano.classify(*said)
    assert sum(row.found.n for row in rows if row.found) == 5 * len(lines)
    text = client_of(cast, "executive").get(reverse("result-kano", args=["storage"])).content.decode()
    for row in rows:
        assert row.found is not None
        assert row.found.better is not None
        assert f"{row.found.better:.2f}" in text
