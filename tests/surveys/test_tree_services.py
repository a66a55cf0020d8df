"""Drafts, publication, conflicts; what is published stays as it is."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from manyi.events.models import Event
from manyi.measures.errors import TreeError
from manyi.scope import NotAllowed
from manyi.surveys.models import IndicatorTree, Questionnaire, TreeVersion
from manyi.surveys.queries import trees as queries
from manyi.surveys.services import trees as services
from manyi.surveys.tree import checked
from manyi.web.errors import Refused
from tests.conftest import Cast
from tests.factories import TREE, texts

NAME = texts("客户满意度", "Customer satisfaction")


@pytest.fixture
def tree(cast: Cast, at: datetime) -> IndicatorTree:
    return services.create_tree(cast.scope("manager"), code="csi", name=NAME, definition=TREE, at=at)


def changed(**head: Any) -> dict[str, Any]:
    return {**checked(TREE), **head}


def test_a_new_tree_starts_as_draft_one(tree: IndicatorTree, at: datetime) -> None:
    (version,) = tree.versions.all()
    assert (version.number, version.state, version.changed_at) == (1, "draft", at)
    assert version.definition == checked(TREE)
    assert tree.name == NAME


def test_publishing_freezes_and_tells(tree: IndicatorTree, cast: Cast, at: datetime) -> None:
    version = services.publish_tree(cast.scope("manager"), tree=tree, at=at)
    assert (version.published, version.published_at, version.published_by) == (True, at, cast.manager)
    event = Event.objects.get(kind="tree.published")
    assert (event.subject_id, event.payload) == (str(tree.pk), {"version_number": 1})


def test_publishing_twice_is_refused(tree: IndicatorTree, cast: Cast, at: datetime) -> None:
    services.publish_tree(cast.scope("manager"), tree=tree, at=at)
    with pytest.raises(Refused, match="no draft to publish"):
        services.publish_tree(cast.scope("manager"), tree=tree, at=at)


def test_saving_after_publication_begins_the_next_version(
    tree: IndicatorTree, cast: Cast, at: datetime
) -> None:
    scope = cast.scope("manager")
    services.publish_tree(scope, tree=tree, at=at)
    draft = services.save_draft(scope, tree=tree, definition=changed(name=texts("新", "New")), at=at)
    assert (draft.number, draft.state) == (2, "draft")
    services.save_draft(scope, tree=tree, definition=changed(name=texts("新二", "New 2")), at=at)
    assert [v.number for v in queries.versions(scope, tree)] == [2, 1]
    assert tree.versions.get(number=1).definition["name"] == NAME
    tree.refresh_from_db()
    assert tree.name == texts("新二", "New 2")


@pytest.mark.parametrize("change", [{"definition": {}}, {"state": "draft"}, {"number": 9}])
def test_the_database_refuses_to_change_a_published_version(
    tree: IndicatorTree, cast: Cast, at: datetime, change: dict[str, Any]
) -> None:
    version = services.publish_tree(cast.scope("manager"), tree=tree, at=at)
    with pytest.raises(DatabaseError, match="frozen"), transaction.atomic():
        TreeVersion.objects.filter(pk=version.pk).update(**change)
    version.refresh_from_db()
    assert (version.definition, version.state, version.number) == (checked(TREE), "published", 1)


def test_the_database_refuses_to_delete_a_published_version(
    tree: IndicatorTree, cast: Cast, at: datetime
) -> None:
    version = services.publish_tree(cast.scope("manager"), tree=tree, at=at)
    with pytest.raises(DatabaseError, match="frozen"), transaction.atomic():
        TreeVersion.objects.filter(pk=version.pk).delete()
    assert TreeVersion.objects.filter(pk=version.pk).exists()


def test_a_publisher_who_leaves_does_not_unfreeze_anything(
    tree: IndicatorTree, cast: Cast, at: datetime
) -> None:
    version = services.publish_tree(cast.scope("east_manager"), tree=tree, at=at)
    TreeVersion.objects.filter(pk=version.pk).update(published_by=None)
    version.refresh_from_db()
    assert version.published


def test_two_people_saving_the_second_is_told_and_nothing_is_lost(
    tree: IndicatorTree, cast: Cast, at: datetime
) -> None:
    later = at + timedelta(minutes=1)
    services.save_draft(
        cast.scope("manager"),
        tree=tree,
        definition=changed(name=texts("甲", "A")),
        at=later,
        expected_changed_at=at,
    )
    with pytest.raises(services.DraftConflict, match="Somebody else saved this tree"):
        services.save_draft(
            cast.scope("outsider"), tree=tree, definition=changed(name=texts("乙", "B")),
            at=later + timedelta(minutes=1), expected_changed_at=at,
        )  # fmt: skip
    assert tree.versions.get().definition["name"] == texts("甲", "A")


def test_a_broken_draft_is_not_saved(tree: IndicatorTree, cast: Cast, at: datetime) -> None:
    with pytest.raises(TreeError, match="a tree needs at least one node"):
        services.save_draft(cast.scope("manager"), tree=tree, definition=changed(tree=[]), at=at)
    assert tree.versions.get().definition == checked(TREE)


@pytest.mark.parametrize("code", ["", "new", "A", "a b", "-a", "a" * 41, "a\n", "a\x00", "../x"])
def test_codes_that_would_not_fit_an_address_are_refused(cast: Cast, at: datetime, code: str) -> None:
    with pytest.raises(TreeError, match="cannot be a tree's code"):
        services.create_tree(cast.scope("manager"), code=code, name=NAME, definition=TREE, at=at)


def test_a_code_is_given_once(tree: IndicatorTree, cast: Cast, at: datetime) -> None:
    with pytest.raises(TreeError, match="already a tree with the code 'csi'"):
        services.create_tree(cast.scope("manager"), code="csi", name=NAME, definition=TREE, at=at)
    assert IndicatorTree.objects.count() == 1


@pytest.mark.parametrize("who", ["agent", "executive"])
def test_without_the_right_nothing_can_be_designed(
    tree: IndicatorTree, cast: Cast, at: datetime, who: str
) -> None:
    scope = cast.scope(who)
    with pytest.raises(NotAllowed):
        services.create_tree(scope, code="x", name=NAME, definition=TREE, at=at)
    with pytest.raises(NotAllowed):
        services.save_draft(scope, tree=tree, definition=TREE, at=at)
    with pytest.raises(NotAllowed):
        services.publish_tree(scope, tree=tree, at=at)
    with pytest.raises(NotAllowed):
        services.discard_draft(scope, tree=tree)
    with pytest.raises(NotAllowed):
        services.questionnaire_from_tree(scope, version=tree.versions.get(), at=at)


def test_executives_read_and_agents_do_not(tree: IndicatorTree, cast: Cast) -> None:
    (row,) = queries.trees(cast.scope("executive"))
    assert (row.code, row.newest, row.published) == ("csi", 1, None)
    with pytest.raises(NotAllowed):
        queries.trees(cast.scope("agent"))


def test_discarding_goes_back_to_the_published_version(tree: IndicatorTree, cast: Cast, at: datetime) -> None:
    scope = cast.scope("manager")
    services.publish_tree(scope, tree=tree, at=at)
    services.save_draft(scope, tree=tree, definition=changed(name=texts("新", "New")), at=at)
    services.discard_draft(scope, tree=tree)
    tree.refresh_from_db()
    assert tree.name == NAME
    assert [v.number for v in tree.versions.all()] == [1]
    with pytest.raises(Refused, match="no draft"):
        services.discard_draft(scope, tree=tree)


def test_discarding_the_only_draft_removes_the_tree(tree: IndicatorTree, cast: Cast) -> None:
    services.discard_draft(cast.scope("manager"), tree=tree)
    assert not IndicatorTree.objects.exists()


def test_one_click_makes_a_questionnaire_that_points_to_the_version(
    tree: IndicatorTree, cast: Cast, at: datetime
) -> None:
    scope = cast.scope("manager")
    version = services.publish_tree(scope, tree=tree, at=at)
    first = services.questionnaire_from_tree(scope, version=version, at=at)
    second = services.questionnaire_from_tree(scope, version=version, at=at)
    assert (first.code, second.code) == ("csi", "csi-2")
    assert first.versions.get().tree_version == version
    assert list(queries.questionnaires_of(scope, version)) == [first, second]
    assert Questionnaire.objects.count() == 2


def test_a_draft_with_a_questionnaire_on_it_is_not_discarded(
    tree: IndicatorTree, cast: Cast, at: datetime
) -> None:
    scope = cast.scope("manager")
    services.questionnaire_from_tree(scope, version=tree.versions.get(), at=at)
    with pytest.raises(Refused, match="built on this draft"):
        services.discard_draft(scope, tree=tree)
