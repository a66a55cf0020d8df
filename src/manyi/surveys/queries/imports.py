"""Reads about files of finished surveys and what they could be measured by; right `waves.run`."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from django.db.models import QuerySet

from manyi.events.models import Job
from manyi.measures.tree import Tree
from manyi.people.models import OrgUnit
from manyi.people.queries import org_units
from manyi.scope import Scope
from manyi.surveys.mapping import same_name
from manyi.surveys.models import ImportFile, TreeVersion


def import_files(scope: Scope) -> QuerySet[ImportFile]:
    """Uploaded files of units for which the reader may run waves, newest first."""
    rows: QuerySet[ImportFile] = scope.limit(
        ImportFile.objects.select_related("unit", "owner", "wave"), "waves.run"
    )
    return rows.order_by("-created_at", "-pk")


def import_file(scope: Scope, key: UUID) -> ImportFile:
    """Raises ImportFile.DoesNotExist, also for a file of a unit out of sight."""
    return import_files(scope).get(key=key)


def job_of(scope: Scope, row: ImportFile) -> Job | None:
    """The reader's own newest job of importing a file."""
    mine = Job.objects.filter(kind="waves.import", owner_id=scope.user_id)
    return mine.filter(arguments__import_id=row.pk).order_by("-pk").first()


def units(scope: Scope) -> QuerySet[OrgUnit]:
    """Units for which the reader may import waves, in tree order."""
    return org_units(scope, "waves.run")


def unit_names(scope: Scope) -> dict[str, int]:
    """Codes and names of those units, as `same_name` gives them → id. A code wins over another's name."""
    rows = list(units(scope))
    names = {same_name(text): row.pk for row in rows for text in row.name.values()}
    return names | {same_name(row.code): row.pk for row in rows}


def published_trees(scope: Scope) -> dict[str, TreeVersion]:
    """The newest published version of each tree by the tree's code. Needs `waves.run` or `designs.read`."""
    if not (scope.may("waves.run") or scope.may("designs.read")):
        return {}
    versions = TreeVersion.objects.filter(state=TreeVersion.State.PUBLISHED).select_related("tree")
    return {version.tree.code: version for version in versions.order_by("tree__code", "number")}


def as_trees(versions: Mapping[str, TreeVersion]) -> dict[str, Tree]:
    return {code: Tree.from_dict(version.definition) for code, version in versions.items()}
