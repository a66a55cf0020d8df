"""Creating, changing and publishing questionnaires. A published version never changes: a trigger sees to it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from manyi.events import catalogue
from manyi.events.services import publish
from manyi.scope import Scope
from manyi.surveys import questionnaire as q
from manyi.surveys.models import Questionnaire, QuestionnaireVersion, TreeVersion
from manyi.web.errors import Refused

CODE = re.compile(r"^[a-z0-9](?:[a-z0-9_-]{0,38}[a-z0-9])?$")
RESERVED = frozenset({"new"})  # words of our own addresses
MAX_BYTES = 2_000_000
MILLISECOND = timedelta(milliseconds=1)


class DraftConflict(Refused):
    """Somebody else saved the draft in between. `version` is what is stored now."""

    def __init__(self, version: QuestionnaireVersion) -> None:
        self.version = version
        super().__init__(
            _(
                "Somebody else saved this questionnaire while you were working on it. "
                "Nothing was overwritten, and your changes are still on this page."
            )
        )


class NothingToPublish(Refused):
    """There is no draft, so there is nothing to publish."""

    def __init__(self) -> None:
        super().__init__(_("There is no draft to publish: the newest version is published already."))


def _checked(definition: Any) -> tuple[q.Form, dict[str, Any]]:
    """The form and its definition in canonical order. Raises QuestionnaireError."""
    form = q.parse(definition)
    canonical = q.to_definition(form)
    size = len(json.dumps(canonical, ensure_ascii=False).encode())
    if size > MAX_BYTES:
        raise q.QuestionnaireError(
            "questionnaire", "the questionnaire is larger than {most} MB", most=MAX_BYTES // 1_000_000
        )
    return form, canonical


def create_questionnaire(
    scope: Scope,
    *,
    code: str,
    name: Mapping[str, str],
    definition: Mapping[str, Any],
    tree_version: TreeVersion | None = None,
    at: datetime,
) -> Questionnaire:
    """A new questionnaire whose version 1 is a draft of `definition`; `name` replaces the definition's name.

    `code`: lower-case letters, digits, '-' and '_', at most 40, unique. `tree_version`: the indicator tree
    whose columns the questionnaire is meant to answer. Raises QuestionnaireError (also for the code, with
    `where` 'code'), NotAllowed.
    """
    scope.require("designs.edit")
    if not CODE.match(code) or code in RESERVED:
        raise q.QuestionnaireError(
            "code",
            "code “{code}” cannot be used; take lower-case letters, digits, - and _ (40 at most)",
            code=code[:60],
        )
    form, canonical = _checked({**definition, "name": name})
    try:
        with transaction.atomic():
            row = Questionnaire.objects.create(code=code, name=dict(form.name), created_at=at)
            QuestionnaireVersion.objects.create(
                questionnaire=row, number=1, definition=canonical, tree_version=tree_version, changed_at=at
            )
    except IntegrityError:
        raise q.QuestionnaireError(
            "code", "there is already a questionnaire with the code “{code}”", code=code
        ) from None
    return row


def save_draft(
    scope: Scope,
    *,
    questionnaire: Questionnaire,
    definition: Any,
    at: datetime,
    expected_changed_at: datetime | None = None,
) -> QuestionnaireVersion:
    """Store `definition` as the draft; after a publication this begins the next version.

    `expected_changed_at` is the newest version's `changed_at` as the writer saw it; when it is another now,
    DraftConflict is raised and nothing is stored. Raises QuestionnaireError, NotAllowed.
    """
    scope.require("designs.edit")
    form, canonical = _checked(definition)
    with transaction.atomic():
        Questionnaire.objects.select_for_update().get(pk=questionnaire.pk)
        newest = questionnaire.versions.select_for_update().order_by("-number")[0]
        # JSON carries milliseconds, the database microseconds
        if expected_changed_at is not None and abs(newest.changed_at - expected_changed_at) >= MILLISECOND:
            raise DraftConflict(newest)
        if newest.published:
            newest = QuestionnaireVersion(
                questionnaire=questionnaire, number=newest.number + 1, tree_version=newest.tree_version
            )
        newest.definition, newest.changed_at = canonical, at
        newest.save()
        if questionnaire.name != form.name:
            questionnaire.name = dict(form.name)
            questionnaire.save(update_fields=["name"])
    return newest


def publish_questionnaire(
    scope: Scope, *, questionnaire: Questionnaire, at: datetime
) -> QuestionnaireVersion:
    """Freeze the draft for ever. Raises NothingToPublish, QuestionnaireError (no question yet), NotAllowed."""
    scope.require("designs.edit")
    with transaction.atomic():
        draft = (
            questionnaire.versions.select_for_update().filter(state=QuestionnaireVersion.State.DRAFT).first()
        )
        if draft is None:
            raise NothingToPublish
        if not any(q.parse(draft.definition).questions()):
            raise q.QuestionnaireError("sections", "a questionnaire without a question cannot be published")
        draft.state = QuestionnaireVersion.State.PUBLISHED
        draft.published_at, draft.published_by_id = at, scope.user_id
        draft.save(update_fields=["state", "published_at", "published_by"])
        publish(
            scope,
            catalogue.QuestionnairePublished(subject_id=str(questionnaire.pk), version_number=draft.number),
            at=at,
        )
    return draft


def free_code(wish: str) -> str:
    """`wish`, made fit for an address and unique among questionnaires."""
    base = re.sub(r"[^a-z0-9]+", "-", wish.lower()).strip("-")[:34].strip("-") or "survey"
    taken = set(Questionnaire.objects.filter(code__startswith=base).values_list("code", flat=True)) | RESERVED
    return next(c for c in (base, *(f"{base}-{n}" for n in range(2, 100_000))) if c not in taken)


def duplicate_questionnaire(scope: Scope, *, questionnaire: Questionnaire, at: datetime) -> Questionnaire:
    """A new questionnaire that begins as a copy of the newest version. Raises NotAllowed."""
    scope.require("designs.edit")
    newest = questionnaire.versions.order_by("-number")[0]
    name = {
        language: text[:4990] + (" (copy)" if language == "en" else "（副本）")
        for language, text in newest.definition["name"].items()
    }
    return create_questionnaire(
        scope,
        code=free_code(questionnaire.code),
        name=name,
        definition=newest.definition,
        tree_version=newest.tree_version,
        at=at,
    )


def discard_draft(scope: Scope, *, questionnaire: Questionnaire) -> None:
    """Drop the draft and go back to the published version; a questionnaire never published goes altogether."""
    scope.require("designs.edit")
    with transaction.atomic():
        questionnaire.versions.filter(state=QuestionnaireVersion.State.DRAFT).delete()
        if not questionnaire.versions.exists():
            questionnaire.delete()
