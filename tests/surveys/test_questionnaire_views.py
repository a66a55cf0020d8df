"""The pages of questionnaires: who may open them, what they store, what they say about bad input."""

from __future__ import annotations

import copy
import json
from datetime import datetime
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from manyi.surveys import exchange
from manyi.surveys.models import IndicatorTree, Questionnaire
from manyi.surveys.services import questionnaires as services
from tests.conftest import Cast
from tests.factories import QUESTIONNAIRE, texts, tree_version

BACKEND = "django.contrib.auth.backends.ModelBackend"
EDIT = "/questionnaires/main/edit/"


@pytest.fixture
def main(cast: Cast, at: datetime) -> Questionnaire:
    return services.create_questionnaire(
        cast.scope("manager"), code="main", name=QUESTIONNAIRE["name"], definition=QUESTIONNAIRE, tree_version=tree_version(at), at=at
    )  # fmt: skip


@pytest.fixture
def designer(cast: Cast, client: Client) -> Client:
    client.force_login(cast.manager, backend=BACKEND)
    return client


def changed(**fields: Any) -> dict[str, Any]:
    return {**copy.deepcopy(QUESTIONNAIRE), **fields}


def save(client: Client, definition: Any, at: str = "") -> Any:
    return client.post(EDIT, {"definition": json.dumps(definition), "changed_at": at})


PAGES = ("/questionnaires/", "/questionnaires/main/", "/questionnaires/main/preview/", "/questionnaires/main/compare/", "/questionnaires/main/export.yaml", "/questionnaires/main/export.json")  # fmt: skip
DESIGN = ("/questionnaires/new/", EDIT, "/questionnaires/main/import/")
DEEDS = ("publish", "duplicate", "discard")


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("page", PAGES + DESIGN)
def test_every_page_opens_in_both_languages_with_few_queries(
    designer: Client, main: Questionnaire, page: str, language: str, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(30):
        response = designer.get(page, headers={"Accept-Language": language})
    assert response.status_code == 200


def test_readers_may_look_but_not_design(cast: Cast, client: Client, main: Questionnaire) -> None:
    client.force_login(cast.executive, backend=BACKEND)
    assert [client.get(page).status_code for page in PAGES] == [200] * len(PAGES)
    assert [client.get(page).status_code for page in DESIGN] == [403] * len(DESIGN)
    assert [client.post(f"/questionnaires/main/{deed}/").status_code for deed in DEEDS] == [403] * len(DEEDS)
    assert save(client, changed(callback=False)).status_code == 403
    assert "/edit/" not in client.get("/questionnaires/main/").content.decode()
    assert main.versions.get().definition["callback"] is True


def test_others_see_nothing_and_strangers_are_asked_to_sign_in(
    cast: Cast, client: Client, main: Questionnaire
) -> None:
    assert [client.get(page).status_code for page in PAGES + DESIGN] == [302] * 9
    client.force_login(cast.agent, backend=BACKEND)
    assert [client.get(page).status_code for page in PAGES + DESIGN] == [403] * 9


def test_deeds_are_not_done_by_looking(designer: Client, main: Questionnaire) -> None:
    assert [designer.get(f"/questionnaires/main/{deed}/").status_code for deed in DEEDS] == [405] * 3


def test_the_editor_saves_and_tells_what_the_check_found(designer: Client, main: Questionnaire) -> None:
    definition = changed(callback=False)
    definition["sections"][0]["questions"][0]["items"][0]["text"] = {"zh": "速度和质量"}
    answer = save(designer, definition, main.versions.get().changed_at.isoformat()).json()
    version = main.versions.get()
    assert answer["changed_at"] == version.changed_at.isoformat()
    assert [(f["where"], f["rule"]) for f in answer["findings"]] == [
        ("sections[0].questions[0].items[0].text", "missing_translation"),
        ("sections[0].questions[0].items[0].text", "double_barrelled"),
    ]
    assert "callback" not in version.definition


def test_a_fault_is_said_with_its_place_and_nothing_is_stored(designer: Client, main: Questionnaire) -> None:
    definition = changed()
    definition["sections"][1]["questions"][1]["text"] = {}
    response = save(designer, definition)
    assert (response.status_code, response.json()) == (
        422,
        {"where": "sections[1].questions[1].text", "message": "Section 2, question 2: a text is missing"},
    )
    definition["sections"][1]["questions"][1]["text"] = texts("好\x00", "ok")
    assert "control character" in save(designer, definition).json()["message"]
    assert main.versions.get().definition["sections"] == services.q.to_definition(services.q.parse(QUESTIONNAIRE))["sections"]  # fmt: skip


@pytest.mark.parametrize(
    "body",
    ["", "{", "NaN", "[" * 100_000, '{"name": NaN}', "\x00", '"text"', "[]", "7", '{"sections": [{"questions": 5}]}', '{"name": "x", "sections": [{"code": "s", "title": "t", "questions": [{"code": "n", "type": "number", "text": "t", "min": 1e999}]}]}'],
    ids=range(11),
)  # fmt: skip
def test_nonsense_is_refused_politely(designer: Client, main: Questionnaire, body: str) -> None:
    response = designer.post(EDIT, {"definition": body})
    assert response.status_code == 422
    assert response.json()["message"]


def test_a_thousand_questions_get_one_clear_sentence(designer: Client, main: Questionnaire) -> None:
    many = [{"code": f"q{n}", "type": "text", "text": "?"} for n in range(1000)]
    response = save(designer, changed(sections=[{"code": "s", "title": "t", "questions": many}]))
    assert response.json()["message"] == "Sections: 1000 questions are too many; 300 are the most"


def test_the_second_of_two_editors_is_told(designer: Client, main: Questionnaire) -> None:
    seen = main.versions.get().changed_at.isoformat()
    assert save(designer, changed(callback=False), seen).status_code == 200
    response = save(designer, changed(), seen)
    assert response.status_code == 409
    assert response.json()["changed_at"] == main.versions.get().changed_at.isoformat()
    assert "callback" not in main.versions.get().definition
    assert save(designer, changed(), "yesterday").status_code == 422


def test_script_in_a_text_stays_text_on_every_page(designer: Client, main: Questionnaire) -> None:
    evil = "</script><script>alert(1)</script>"
    definition = changed(name=texts(evil, evil), intro=texts(evil, evil))
    definition["sections"][0]["title"] = texts(evil, evil)
    definition["sections"][0]["questions"][0]["text"] = texts(evil, evil)
    definition["sections"][0]["questions"][0]["items"][0]["text"] = texts(evil, evil)
    assert save(designer, definition).status_code == 200
    for page in ("/questionnaires/", "/questionnaires/main/", EDIT, "/questionnaires/main/preview/", "/questionnaires/main/import/"):  # fmt: skip
        assert "<script>alert" not in designer.get(page).content.decode(), page


def test_publishing_from_the_page_and_the_version_stays_readable(
    designer: Client, main: Questionnaire
) -> None:
    response = designer.post("/questionnaires/main/publish/", follow=True)
    assert "Version 1 is published" in response.content.decode()
    again = designer.post("/questionnaires/main/publish/", follow=True)
    assert "no draft to publish" in again.content.decode()
    save(designer, changed(name=texts("第二版", "Second")))
    assert "Second" in designer.get("/questionnaires/main/").content.decode()
    assert "Satisfaction survey" in designer.get("/questionnaires/main/?version=1").content.decode()
    compared = designer.get("/questionnaires/main/compare/").content.decode()
    assert "<del>Satisfaction survey</del>" in compared
    assert "<ins>Second</ins>" in compared


@pytest.mark.parametrize("number", ["0", "9", "x", "-1", "99999999999999999999", "²"])
def test_a_version_that_is_not_there_is_not_found(designer: Client, main: Questionnaire, number: str) -> None:
    assert designer.get("/questionnaires/main/", {"version": number}).status_code == 404
    assert designer.get("/questionnaires/main/compare/", {"old": number}).status_code == 404


def test_duplicate_opens_the_copy_in_the_editor(designer: Client, main: Questionnaire) -> None:
    response = designer.post("/questionnaires/main/duplicate/")
    assert response.headers["Location"] == "/questionnaires/main-2/edit/"


def test_discarding_the_only_draft_goes_back_to_the_list(designer: Client, main: Questionnaire) -> None:
    assert designer.post("/questionnaires/main/discard/").headers["Location"] == "/questionnaires/"
    assert not Questionnaire.objects.exists()


def test_new_from_nothing_from_a_template_and_with_its_tree(designer: Client, cast: Cast) -> None:
    names = {"name_zh": "住客调查", "name_en": "Hotel guests"}
    assert (
        designer.post("/questionnaires/new/", names).headers["Location"]
        == "/questionnaires/hotel-guests/edit/"
    )
    assert designer.post("/questionnaires/new/", {**names, "start": "hotel"}).status_code == 302
    assert not IndicatorTree.objects.exists()
    assert (
        designer.post("/questionnaires/new/", {**names, "start": "hotel", "with_tree": "on"}).status_code
        == 302
    )
    tree = IndicatorTree.objects.get()
    version = Questionnaire.objects.get(code="hotel-2").versions.get()
    assert version.tree_version == tree.versions.get()
    assert version.definition["name"] == {"zh": "住客调查", "en": "Hotel guests"}
    page = designer.post("/questionnaires/new/", {"name_zh": "", "name_en": "x\x00"})
    assert page.status_code == 200
    assert Questionnaire.objects.count() == 3


def test_export_and_import_give_back_the_same(designer: Client, main: Questionnaire) -> None:
    for kind in ("yaml", "json"):
        response = designer.get(f"/questionnaires/main/export.{kind}")
        assert f'filename="main-v1.{kind}"' in response.headers["Content-Disposition"]
        assert exchange.load_questionnaire(response.content) == main.versions.get().definition
        page = designer.post(
            "/questionnaires/main/import/", {"file": SimpleUploadedFile(f"q.{kind}", response.content)}
        )
        assert "Both are the same." in page.content.decode()


def test_import_shows_first_and_stores_after_consent(designer: Client, main: Questionnaire) -> None:
    definition = changed(callback=False)
    dropped = definition["sections"][1]["questions"].pop()
    assert dropped["code"] == "comment"
    file = SimpleUploadedFile("q.yaml", exchange.dump_questionnaire(definition).encode())
    page = designer.post("/questionnaires/main/import/", {"file": file})
    assert "Anything else?" in page.content.decode()
    assert main.versions.get().definition["callback"] is True
    draft = page.context["draft"]
    done = designer.post(
        "/questionnaires/main/import/",
        {"definition": draft.data["definition"], "changed_at": draft.data["changed_at"]},
    )
    assert done.headers["Location"] == EDIT
    assert len(main.versions.get().definition["sections"][1]["questions"]) == 2


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\xff\xfe\x00", "UTF-8"),
        (b"", "empty"),
        (b"a: [1", "Line"),
        (b"a: &x 1\nb: *x", "anchors"),
        (b"name: X\nsections: 5", "a list is expected"),
        (b"<script>alert(1)</script>", "keys and values"),
        (b"x" * 1_100_000, "1100000"),
        (b'name: "a\\0b"\nsections: []', "control"),
    ],
)
def test_files_that_cannot_be_used_are_refused_with_a_reason(
    designer: Client, main: Questionnaire, content: bytes, said: str
) -> None:
    page = designer.post("/questionnaires/main/import/", {"file": SimpleUploadedFile("q.yaml", content)})
    text = page.content.decode()
    assert page.status_code == 200
    assert page.context["form"].errors, text
    assert said.lower() in str(page.context["form"].errors).lower()
    assert "<script>alert" not in text


def test_the_preview_speaks_the_wished_language(designer: Client, main: Questionnaire) -> None:
    assert "Delivered on time" in designer.get("/questionnaires/main/preview/?language=en").content.decode()
    assert "准时交付" in designer.get("/questionnaires/main/preview/?language=zh").content.decode()
    assert designer.get("/questionnaires/main/preview/?language=xx").status_code == 200


def test_indicators_of_the_tree_reach_the_editor(designer: Client, main: Questionnaire) -> None:
    editor = designer.get(EDIT).context["editor"]
    assert editor["indicators"]["on_time"] == "On time"
    assert set(editor["starters"]) == set(editor["types"])
