"""Creating, changing and publishing indicator trees. A published version never changes: a trigger sees to it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from manyi.events import catalogue
from manyi.events.services import publish
from manyi.measures.errors import TreeError
from manyi.scope import Scope
from manyi.surveys import tree as trees
from manyi.surveys.models import IndicatorTree, Questionnaire, TreeVersion
from manyi.surveys.services.questionnaires import create_questionnaire
from manyi.web.errors import Refused

CODE = re.compile(r"[a-z0-9](?:[a-z0-9_-]{0,38}[a-z0-9])?")
RESERVED = frozenset({"new"})  # words of our own addresses


class DraftConflict(Refused):
    """Somebody else saved the draft in between. `version` is what is stored now."""

    def __init__(self, version: TreeVersion) -> None:
        self.version = version
        super().__init__(
            _(
                "Somebody else saved this tree while you were working on it. Nothing was overwritten: "
                "compare your version with theirs, then save again."
            )
        )


def free_code(base: str) -> str:
    """A code that no tree has: `base` itself, or with a number behind it."""
    taken = set(IndicatorTree.objects.filter(code__startswith=base[:35]).values_list("code", flat=True))
    return _first_free(base, taken)


def _first_free(base: str, taken: set[str]) -> str:
    stem = base[:35].rstrip("-_")
    return next(code for code in (base, *(f"{stem}-{n}" for n in range(2, 10_000))) if code not in taken)


def create_tree(
    scope: Scope, *, code: str, name: Mapping[str, str], definition: Mapping[str, Any], at: datetime
) -> IndicatorTree:
    """A new tree whose version 1 is a draft of `definition`; `name`, unless empty, replaces the definition's.

    `code`: lower-case letters, digits, '-' and '_', at most 40, unique. Raises TreeError (also for the code,
    with path 'code'), NotAllowed.
    """
    scope.require("designs.edit")
    if not CODE.fullmatch(code) or code in RESERVED:
        raise TreeError(
            "{path}: '{code}' cannot be a tree's code; use lower-case letters, digits, - and _, 40 at most.",
            path="code",
            code=code[:60],
        )
    named = name and isinstance(definition, Mapping)
    checked = trees.checked({**definition, "name": dict(name)} if named else definition)
    try:
        with transaction.atomic():
            tree = IndicatorTree.objects.create(code=code, name=checked["name"], created_at=at)
            TreeVersion.objects.create(tree=tree, number=1, definition=checked, changed_at=at)
    except IntegrityError:
        raise TreeError(
            "{path}: there is already a tree with the code '{code}'.", path="code", code=code
        ) from None
    return tree


def save_draft(
    scope: Scope,
    *,
    tree: IndicatorTree,
    definition: Any,
    at: datetime,
    expected_changed_at: datetime | None = None,
) -> TreeVersion:
    """Store `definition` as the draft; after a publication this begins the next version.

    `expected_changed_at` is the newest version's `changed_at` as the writer saw it; when it is another now,
    DraftConflict is raised and nothing is stored. Raises TreeError, NotAllowed.
    """
    scope.require("designs.edit")
    checked = trees.checked(definition)
    with transaction.atomic():
        IndicatorTree.objects.select_for_update().get(pk=tree.pk)
        newest = tree.versions.order_by("-number")[0]
        if expected_changed_at is not None and newest.changed_at != expected_changed_at:
            raise DraftConflict(newest)
        if newest.published:
            newest = TreeVersion(tree=tree, number=newest.number + 1)
        newest.definition, newest.changed_at = checked, at
        newest.save()
        if tree.name != checked["name"]:
            tree.name = checked["name"]
            tree.save(update_fields=["name"])
    return newest


def publish_tree(scope: Scope, *, tree: IndicatorTree, at: datetime) -> TreeVersion:
    """Freeze the draft for ever and say so in the event log. Raises Refused (no draft), NotAllowed."""
    scope.require("designs.edit")
    with transaction.atomic():
        draft = tree.versions.select_for_update().filter(state=TreeVersion.State.DRAFT).first()
        if draft is None:
            raise Refused(_("There is no draft to publish; change the tree first."))
        trees.checked(draft.definition)
        draft.state = TreeVersion.State.PUBLISHED
        draft.published_at, draft.published_by_id = at, scope.user_id
        draft.save(update_fields=["state", "published_at", "published_by"])
        publish(scope, catalogue.TreePublished(subject_id=str(tree.pk), version_number=draft.number), at=at)
    return draft


def discard_draft(scope: Scope, *, tree: IndicatorTree) -> None:
    """Drop the draft and go back to the published version; a tree never published goes altogether.

    Raises Refused while a questionnaire is built on the draft, NotAllowed.
    """
    scope.require("designs.edit")
    with transaction.atomic():
        draft = tree.versions.select_for_update().filter(state=TreeVersion.State.DRAFT).first()
        if draft is None:
            raise Refused(_("There is no draft to discard."))
        if draft.questionnaire_versions.exists() or draft.waves.exists():
            raise Refused(_("A questionnaire or a wave is built on this draft, so it cannot be discarded."))
        draft.delete()
        newest = tree.versions.order_by("-number").first()
        if newest is None:
            tree.delete()
        elif tree.name != newest.definition["name"]:
            tree.name = newest.definition["name"]
            tree.save(update_fields=["name"])


def questionnaire_from_tree(scope: Scope, *, version: TreeVersion, at: datetime) -> Questionnaire:
    """A new questionnaire (a draft) that measures this version; its code is the tree's, made unique.

    Raises TreeError when a column cannot be a question's code or a scale cannot be asked, NotAllowed.
    """
    definition = trees.questionnaire_of(version.definition)
    base = version.tree.code
    taken = set(Questionnaire.objects.filter(code__startswith=base[:35]).values_list("code", flat=True))
    code = _first_free(base, taken)
    return create_questionnaire(
        scope, code=code, name=definition["name"], definition=definition, tree_version=version, at=at
    )
