"""Questionnaires are created, saved as drafts, published once and frozen for ever."""

from __future__ import annotations

import copy
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from manyi.events.models import Event
from manyi.scope import NotAllowed
from manyi.surveys.models import Questionnaire, QuestionnaireVersion
from manyi.surveys.questionnaire import QuestionnaireError
from manyi.surveys.services import questionnaires as services
from tests.conftest import Cast
from tests.factories import QUESTIONNAIRE, texts, tree_version

NAME = texts("满意度调查", "Satisfaction survey")


def changed(**fields: Any) -> dict[str, Any]:
    return {**copy.deepcopy(QUESTIONNAIRE), **fields}


@pytest.fixture
def questionnaire(cast: Cast, at: datetime) -> Questionnaire:
    return services.create_questionnaire(
        cast.scope("manager"), code="main", name=NAME, definition=QUESTIONNAIRE, at=at
    )


def test_created_as_a_draft_with_its_tree(cast: Cast, at: datetime) -> None:
    tree = tree_version(at)
    row = services.create_questionnaire(
        cast.scope("manager"),
        code="q1",
        name=texts("名", "Name"),
        definition=QUESTIONNAIRE,
        tree_version=tree,
        at=at,
    )
    version = row.versions.get()
    assert (version.number, version.state, version.tree_version) == (1, "draft", tree)
    assert row.name == version.definition["name"] == {"zh": "名", "en": "Name"}


def test_a_code_taken_already_is_refused_and_leaves_nothing(
    cast: Cast, questionnaire: Questionnaire, at: datetime
) -> None:
    with pytest.raises(QuestionnaireError, match="already a questionnaire with the code “main”") as refused:
        services.create_questionnaire(
            cast.scope("manager"), code="main", name=NAME, definition=QUESTIONNAIRE, at=at
        )
    assert refused.value.where == "code"
    assert QuestionnaireVersion.objects.count() == 1


@pytest.mark.parametrize("code", ["", "Main", "a b", "-a", "x" * 41, "new", "<script>", "\x00"])
def test_a_code_unfit_for_an_address_is_refused(cast: Cast, at: datetime, code: str) -> None:
    with pytest.raises(QuestionnaireError) as refused:
        services.create_questionnaire(
            cast.scope("manager"), code=code, name=NAME, definition=QUESTIONNAIRE, at=at
        )
    assert refused.value.where == "code"
    assert not Questionnaire.objects.exists()


def test_a_faulty_definition_stores_nothing(cast: Cast, at: datetime) -> None:
    with pytest.raises(QuestionnaireError):
        services.create_questionnaire(
            cast.scope("manager"), code="q1", name=NAME, definition={"sections": 5}, at=at
        )
    assert not Questionnaire.objects.exists()


@pytest.mark.parametrize("who", ["agent", "executive"])
def test_only_designers_change_anything(
    cast: Cast, questionnaire: Questionnaire, at: datetime, who: str
) -> None:
    scope = cast.scope(who)
    with pytest.raises(NotAllowed):
        services.create_questionnaire(scope, code="q2", name=NAME, definition=QUESTIONNAIRE, at=at)
    with pytest.raises(NotAllowed):
        services.save_draft(scope, questionnaire=questionnaire, definition=QUESTIONNAIRE, at=at)
    with pytest.raises(NotAllowed):
        services.publish_questionnaire(scope, questionnaire=questionnaire, at=at)
    with pytest.raises(NotAllowed):
        services.duplicate_questionnaire(scope, questionnaire=questionnaire, at=at)
    with pytest.raises(NotAllowed):
        services.discard_draft(scope, questionnaire=questionnaire)
    assert questionnaire.versions.get().state == "draft"


def test_saving_a_draft_changes_it_in_place_and_renames(
    cast: Cast, questionnaire: Questionnaire, at: datetime
) -> None:
    later = at + timedelta(minutes=1)
    services.save_draft(
        cast.scope("manager"),
        questionnaire=questionnaire,
        definition=changed(name=texts("新名", "New")),
        at=later,
    )
    questionnaire.refresh_from_db()
    assert questionnaire.name == {"zh": "新名", "en": "New"}
    assert [(v.number, v.changed_at) for v in questionnaire.versions.all()] == [(1, later)]


def test_two_writers_the_second_is_told(cast: Cast, questionnaire: Questionnaire, at: datetime) -> None:
    scope = cast.scope("manager")
    services.save_draft(
        scope,
        questionnaire=questionnaire,
        definition=QUESTIONNAIRE,
        at=at + timedelta(seconds=5),
        expected_changed_at=at,
    )
    with pytest.raises(services.DraftConflict) as conflict:
        services.save_draft(
            scope, questionnaire=questionnaire, definition=changed(callback=False),
            at=at + timedelta(seconds=9), expected_changed_at=at,
        )  # fmt: skip
    assert conflict.value.version.changed_at == at + timedelta(seconds=5)
    assert questionnaire.versions.get().definition["callback"] is True


def test_publishing_freezes_logs_and_the_next_save_begins_version_2(
    cast: Cast, questionnaire: Questionnaire, at: datetime
) -> None:
    scope = cast.scope("manager")
    published = services.publish_questionnaire(scope, questionnaire=questionnaire, at=at)
    assert (published.state, published.published_at, published.published_by) == (
        "published",
        at,
        cast.manager,
    )
    event = Event.objects.get(kind="questionnaire.published")
    assert (event.subject_id, event.payload) == (str(questionnaire.pk), {"version_number": 1})
    with pytest.raises(services.NothingToPublish):
        services.publish_questionnaire(scope, questionnaire=questionnaire, at=at)
    services.save_draft(scope, questionnaire=questionnaire, definition=changed(callback=False), at=at)
    versions = list(questionnaire.versions.all())
    assert [(v.number, v.state) for v in versions] == [(2, "draft"), (1, "published")]
    assert "callback" not in versions[0].definition
    assert versions[1].definition["callback"] is True


def test_an_empty_questionnaire_is_not_published(cast: Cast, at: datetime) -> None:
    scope = cast.scope("manager")
    row = services.create_questionnaire(scope, code="q1", name=NAME, definition={"sections": []}, at=at)
    with pytest.raises(QuestionnaireError, match="without a question"):
        services.publish_questionnaire(scope, questionnaire=row, at=at)
    assert row.versions.get().state == "draft"
    assert not Event.objects.filter(kind="questionnaire.published").exists()


def test_the_database_itself_refuses_to_touch_a_published_version(
    cast: Cast, questionnaire: Questionnaire, at: datetime
) -> None:
    version = services.publish_questionnaire(cast.scope("manager"), questionnaire=questionnaire, at=at)
    rows = QuestionnaireVersion.objects.filter(pk=version.pk)
    for fields in ({"definition": {}}, {"state": "draft"}, {"number": 7}, {"changed_at": at + timedelta(1)}):
        with pytest.raises(DatabaseError, match="frozen"), transaction.atomic():
            rows.update(**fields)
    with pytest.raises(DatabaseError, match="frozen"), transaction.atomic():
        rows.delete()
    with pytest.raises(DatabaseError, match="frozen"), transaction.atomic():
        questionnaire.delete()
    assert rows.get().definition == version.definition


def test_a_deleted_publisher_leaves_the_version_standing(
    cast: Cast, questionnaire: Questionnaire, at: datetime
) -> None:
    version = services.publish_questionnaire(cast.scope("manager"), questionnaire=questionnaire, at=at)
    QuestionnaireVersion.objects.filter(pk=version.pk).update(published_by=None)
    assert QuestionnaireVersion.objects.get(pk=version.pk).published_by is None


def test_a_duplicate_begins_as_a_draft_of_the_newest_version(
    cast: Cast, questionnaire: Questionnaire, at: datetime
) -> None:
    scope = cast.scope("manager")
    services.publish_questionnaire(scope, questionnaire=questionnaire, at=at)
    services.save_draft(scope, questionnaire=questionnaire, definition=changed(callback=False), at=at)
    twin = services.duplicate_questionnaire(scope, questionnaire=questionnaire, at=at)
    version = twin.versions.get()
    assert (twin.code, version.number, version.state) == ("main-2", 1, "draft")
    assert (
        twin.name
        == version.definition["name"]
        == {"zh": "满意度调查（副本）", "en": "Satisfaction survey (copy)"}
    )
    assert "callback" not in version.definition


def test_discarding_goes_back_to_the_published_version_or_removes_what_never_was(
    cast: Cast, questionnaire: Questionnaire, at: datetime
) -> None:
    scope = cast.scope("manager")
    services.publish_questionnaire(scope, questionnaire=questionnaire, at=at)
    services.save_draft(scope, questionnaire=questionnaire, definition=QUESTIONNAIRE, at=at)
    services.discard_draft(scope, questionnaire=questionnaire)
    assert [v.number for v in questionnaire.versions.all()] == [1]
    fresh = services.create_questionnaire(scope, code="fresh", name=NAME, definition=QUESTIONNAIRE, at=at)
    services.discard_draft(scope, questionnaire=fresh)
    assert not Questionnaire.objects.filter(code="fresh").exists()


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        ("Main", "main-2"),
        ("Hotel guests 2026!", "hotel-guests-2026"),
        ("满意度", "survey"),
        ("new", "new-2"),
        ("x" * 60, "x" * 34),
    ],
)
def test_a_free_code_is_made_from_any_wish(questionnaire: Questionnaire, wish: str, code: str) -> None:
    assert services.free_code(wish) == code
