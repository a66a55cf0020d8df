"""The tree pages: who may do what, what is shown, and what is refused with its reason."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from manyi.people.models import User
from manyi.surveys import exchange, industry
from manyi.surveys.models import IndicatorTree, Questionnaire
from manyi.surveys.services import trees as services
from manyi.surveys.tree import checked
from tests.conftest import Cast
from tests.factories import TREE, texts


def login(user: User, language: str = "en") -> Client:
    client = Client(headers={"accept-language": language})
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def manager(cast: Cast) -> Client:
    return login(cast.manager)


@pytest.fixture
def tree(cast: Cast, at: datetime) -> IndicatorTree:
    return services.create_tree(cast.scope("manager"), code="csi", name={}, definition=TREE, at=at)


def draft(row: IndicatorTree, **changes: Any) -> dict[str, str]:
    version = row.versions.order_by("-number")[0]
    definition = {**version.definition, **changes}
    return {"definition": json.dumps(definition), "changed_at": version.changed_at.isoformat()}


def file(content: str | bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile("tree.yaml", content if isinstance(content, bytes) else content.encode())


READS = ["/trees/", "/trees/csi/", "/trees/csi/compare/", "/trees/csi/export.yaml", "/trees/csi/export.json"]
WRITES = [
    ("get", "/trees/new/"), ("post", "/trees/new/"), ("get", "/trees/csi/edit/"), ("post", "/trees/csi/edit/"),
    ("post", "/trees/csi/publish/"), ("post", "/trees/csi/discard/"), ("get", "/trees/csi/import/"),
    ("post", "/trees/csi/import/"), ("post", "/trees/csi/questionnaire/"),
]  # fmt: skip


@pytest.mark.parametrize("path", READS)
def test_who_may_read(tree: IndicatorTree, cast: Cast, path: str) -> None:
    assert login(cast.executive).get(path).status_code == 200
    assert login(cast.agent).get(path).status_code == 403
    assert Client().get(path).status_code == 302


@pytest.mark.parametrize(("method", "path"), WRITES)
@pytest.mark.parametrize("who", ["executive", "agent"])
def test_without_the_right_to_design_nothing_is_changed(
    tree: IndicatorTree, cast: Cast, method: str, path: str, who: str
) -> None:
    client = login(getattr(cast, who))
    assert getattr(client, method)(path).status_code == 403
    assert tree.versions.get().state == "draft"


@pytest.mark.parametrize("path", [*READS, "/trees/new/", "/trees/csi/edit/", "/trees/csi/import/"])
def test_no_page_asks_the_database_too_often(
    tree: IndicatorTree, manager: Client, cast: Cast, at: datetime, path: str,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:  # fmt: skip
    for n in range(12):
        services.create_tree(cast.scope("manager"), code=f"t{n}", name={}, definition=TREE, at=at)
    with django_assert_max_num_queries(20):
        assert manager.get(path).status_code == 200


def test_the_empty_list_teaches_and_offers_every_industry(manager: Client) -> None:
    page = manager.get("/trees/").content.decode()
    assert "No indicator tree yet" in page
    for template in industry.templates():
        assert f"?start={template.code}" in page


def test_a_tree_from_a_template_keeps_its_names(manager: Client) -> None:
    answer = manager.post("/trees/new/", {"start": "property-management"})
    assert answer.headers["location"] == "/trees/property-management/edit/"
    version = IndicatorTree.objects.get().versions.get()
    assert version.definition == industry.template("property-management").tree  # type: ignore[union-attr]
    second = manager.post("/trees/new/", {"start": "property-management"})
    assert second.headers["location"] == "/trees/property-management-2/edit/"


def test_a_blank_tree_needs_a_name(manager: Client) -> None:
    assert "needs a name" in manager.post("/trees/new/", {"start": "blank"}).content.decode()
    manager.post("/trees/new/", {"start": "blank", "name_zh": "满意度", "code": "mine"})
    assert IndicatorTree.objects.get(code="mine").name == {"zh": "满意度"}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("a: &x [1]\nb: *x", "Line 1: anchors and aliases"),
        (b"\xff\xfe\x00", "The file is not UTF-8 text (byte 1)."),
        (
            exchange.dump_tree(TREE).replace("code: speed", "code: attitude"),
            "already used by Service › Attitude",
        ),
        (exchange.dump_tree(TREE).replace("weight: 70", "weight: -70"), "Service › Attitude: the weight of"),
        ("x" * 1_000_001, "The file has 1000001 bytes"),
    ],
    ids=["alias", "encoding", "twice", "negative", "huge"],
)
def test_a_bad_file_is_refused_with_the_reason(manager: Client, content: str | bytes, reason: str) -> None:
    page = manager.post("/trees/new/", {"start": "file", "file": file(content)}).content.decode()
    assert reason in page.replace("&#x27;", "'")
    assert not IndicatorTree.objects.exists()


def test_saving_and_publishing_from_the_editor(manager: Client, tree: IndicatorTree) -> None:
    answer = manager.post("/trees/csi/edit/", {**draft(tree, name=texts("新名", "New name")), "publish": "1"})
    assert answer.headers["location"] == "/trees/csi/"
    version = tree.versions.get()
    assert (version.state, version.definition["name"]["en"]) == ("published", "New name")


def test_a_script_in_a_name_is_shown_as_text(manager: Client, tree: IndicatorTree) -> None:
    evil = "</script><script>alert(1)</script>"
    nodes = [{"code": "a", "name": texts(evil, evil), "weight": 1, "column": "a"}]
    assert (
        manager.post("/trees/csi/edit/", draft(tree, tree=nodes, name=texts(evil, evil))).status_code == 302
    )
    for path in ["/trees/", "/trees/csi/", "/trees/csi/edit/", "/trees/csi/compare/"]:
        assert "<script>alert" not in manager.get(path).content.decode()


@pytest.mark.parametrize(
    ("nodes", "reason"),
    [
        ([{"code": "a", "name": texts("甲", "A")}, {"code": "a", "name": texts("乙", "B")}], "B: the code 'a' is already used by A."),
        ([{"code": "a", "name": texts("甲", "A"), "weight": -1}], "A: the weight of 'a' is -1.0"),
        ([{"code": "a", "name": texts("甲\0", "A")}], "there is a control character in this text."),
        ([{"code": "a", "name": {}}], "a: a name is missing."),
        ([], "Tree: a tree needs at least one node."),
        ([5], "expected keys and values here."),
        (5, "expected a list of nodes here."),
    ],
)  # fmt: skip
def test_a_bad_draft_stays_on_the_page_with_the_reason(
    manager: Client, tree: IndicatorTree, nodes: Any, reason: str
) -> None:
    answer = manager.post("/trees/csi/edit/", draft(tree, tree=nodes))
    assert answer.status_code == 422
    assert reason in answer.content.decode().replace("&#x27;", "'")
    assert tree.versions.get().definition == checked(TREE)


@pytest.mark.parametrize("sent", [{}, {"definition": "{"}, {"definition": "[" * 99999}, {"changed_at": "x"}])
def test_nonsense_is_refused(manager: Client, tree: IndicatorTree, sent: dict[str, str]) -> None:
    body = {**draft(tree), **sent} if sent else {}
    assert manager.post("/trees/csi/edit/", body).status_code == 422


def test_the_second_of_two_writers_is_told_and_keeps_the_text(
    manager: Client, tree: IndicatorTree, cast: Cast, at: datetime
) -> None:
    body = draft(tree, name=texts("我的", "Mine"))
    services.save_draft(
        cast.scope("outsider"), tree=tree, definition={**checked(TREE), "name": texts("他的", "Theirs")},
        at=at + timedelta(minutes=1),
    )  # fmt: skip
    answer = manager.post("/trees/csi/edit/", body)
    assert answer.status_code == 422
    assert "Somebody else saved this tree" in answer.content.decode()
    assert "Mine" in answer.content.decode()
    assert tree.versions.get().definition["name"]["en"] == "Theirs"


def test_an_import_shows_first_what_it_would_change(manager: Client, tree: IndicatorTree) -> None:
    new = checked(TREE)
    dropped = new["tree"][0]["children"].pop()
    answer = manager.post("/trees/csi/import/", {"file": file(exchange.dump_tree(new))})
    page = answer.content.decode()
    assert "1 dropped" in page
    assert dropped["code"] in page
    assert tree.versions.get().definition == checked(TREE)
    body = {**draft(tree), "definition": answer.context["definition"]}
    assert manager.post("/trees/csi/edit/", body).status_code == 302
    assert tree.versions.get().definition == new


def test_one_click_to_a_questionnaire(manager: Client, tree: IndicatorTree) -> None:
    answer = manager.post("/trees/csi/questionnaire/", {"version": "1"})
    assert answer.headers["location"] == "/questionnaires/csi/"
    assert Questionnaire.objects.get().versions.get().tree_version == tree.versions.get()


@pytest.mark.parametrize(
    "path", ["/trees/nix/", "/trees/csi/?version=9", "/trees/csi/?version=x", "/trees/csi/?version=²"]
)
def test_what_is_not_there_is_not_found(manager: Client, tree: IndicatorTree, path: str) -> None:
    assert manager.get(path).status_code == 404


def test_an_export_is_the_file_that_an_import_reads(manager: Client, tree: IndicatorTree) -> None:
    for kind in ("yaml", "json"):
        answer = manager.get(f"/trees/csi/export.{kind}")
        assert answer.headers["content-disposition"] == f'attachment; filename="csi-v1.{kind}"'
        assert exchange.load_tree(answer.content) == checked(TREE)


def test_discarding_the_only_draft_leads_back_to_the_list(manager: Client, tree: IndicatorTree) -> None:
    assert manager.post("/trees/csi/discard/").headers["location"] == "/trees/"
    assert not IndicatorTree.objects.exists()
