"""Reading indicator trees. They belong to the whole organisation: the right `designs.read` opens them all."""

from __future__ import annotations

from django.db.models import Max, OuterRef, Q, QuerySet, Subquery

from manyi.scope import Scope
from manyi.surveys.models import IndicatorTree, Questionnaire, TreeVersion


def trees(scope: Scope) -> QuerySet[IndicatorTree]:
    """All trees by code, each with `newest` and `published` (version numbers; `published` may be None),
    `changed_at` and `definition` of the newest version.
    """
    scope.require("designs.read")
    newest = TreeVersion.objects.filter(tree=OuterRef("pk")).order_by("-number")
    return IndicatorTree.objects.annotate(
        newest=Max("versions__number"),
        published=Max("versions__number", filter=Q(versions__state=TreeVersion.State.PUBLISHED)),
        changed_at=Subquery(newest.values("changed_at")[:1]),
        definition=Subquery(newest.values("definition")[:1]),
    ).order_by("code")


def versions(scope: Scope, tree: IndicatorTree) -> QuerySet[TreeVersion]:
    """A tree's versions, newest first, with whoever published them."""
    scope.require("designs.read")
    return tree.versions.select_related("tree", "published_by").order_by("-number")


def questionnaires_of(scope: Scope, version: TreeVersion) -> QuerySet[Questionnaire]:
    """The questionnaires with a version built on this version of the tree."""
    scope.require("designs.read")
    return Questionnaire.objects.filter(versions__tree_version=version).distinct().order_by("code")
