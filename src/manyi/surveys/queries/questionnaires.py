"""Reading questionnaires. They belong to the whole organisation: the right `designs.read` opens them all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import Count, Max, OuterRef, Q, QuerySet, Subquery

from manyi.scope import Scope
from manyi.surveys.models import Questionnaire, QuestionnaireVersion, TreeVersion
from manyi.web.templatetags.web import localised


def questionnaires(scope: Scope) -> QuerySet[Questionnaire]:
    """All questionnaires by code, each with `newest` and `published` (version numbers; `published` may be
    None), `changed_at` and `definition` of the newest version, and `waves` (how many use any version).
    """
    scope.require("designs.read")
    newest = QuestionnaireVersion.objects.filter(questionnaire=OuterRef("pk")).order_by("-number")
    return Questionnaire.objects.annotate(
        newest=Max("versions__number"),
        published=Max("versions__number", filter=Q(versions__state=QuestionnaireVersion.State.PUBLISHED)),
        changed_at=Subquery(newest.values("changed_at")[:1]),
        definition=Subquery(newest.values("definition")[:1]),
        waves=Count("versions__waves", distinct=True),
    ).order_by("code")


def versions(scope: Scope, questionnaire: Questionnaire) -> QuerySet[QuestionnaireVersion]:
    """A questionnaire's versions, newest first, each with `uses` (how many waves field it)."""
    scope.require("designs.read")
    return (
        questionnaire.versions.select_related("questionnaire", "published_by", "tree_version__tree")
        .annotate(uses=Count("waves"))
        .order_by("-number")
    )


def indicators(version: TreeVersion | None) -> dict[str, str]:
    """Answer column → name in the reader's language, of a tree's leaves."""
    return {} if version is None else dict(_leaves(version.definition.get("tree") or []))


def _leaves(nodes: list[Any]) -> Iterator[tuple[str, str]]:
    for node in nodes:
        children = node.get("children") or []
        if children:
            yield from _leaves(children)
        else:
            yield str(node.get("column") or node.get("code")), localised(node.get("name") or "")
