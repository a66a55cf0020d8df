"""The causes of a problem as fishbones and as rows in the order of their whys."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.safestring import SafeString, mark_safe

from manyi.charts import fishbone
from manyi.charts.fishbone import Bone, Twig
from manyi.complaints.models import Cause, Problem


@dataclass(frozen=True)
class Row:
    """A cause and how many whys deep it is, 0 for a bone of its own."""

    cause: Cause
    depth: int


@dataclass(frozen=True)
class Picture:
    """The fishbone of one question, for a wide page and for a phone."""

    title: str
    wide: SafeString
    narrow: SafeString


def rows(causes: Iterable[Cause]) -> list[Row]:
    """Each cause before its whys; by question and branch."""
    known = list(causes)
    below: dict[int | None, list[Cause]] = {}
    for cause in known:
        below.setdefault(cause.parent_id, []).append(cause)
    order = {branch: place for place, branch in enumerate(Cause.Branch.values)}
    tops = sorted(
        below.get(None, []), key=lambda c: (c.question == Cause.Question.ESCAPE, order[c.branch], c.pk)
    )
    found: list[Row] = []

    def walk(cause: Cause, depth: int) -> None:
        found.append(Row(cause, depth))
        for why in below.get(cause.pk, []):
            walk(why, depth + 1)

    for top in tops:
        walk(top, 0)
    return found


def bones(causes: Iterable[Cause], question: str) -> list[Bone]:
    """The six branches (6M), also the empty ones, in the language of the moment."""
    chosen = [row for row in rows(causes) if row.cause.question == question]
    return [
        Bone(
            str(branch.label),
            tuple(Twig(r.cause.text, r.cause.is_root, r.depth) for r in chosen if r.cause.branch == branch),
        )
        for branch in Cause.Branch
    ]


def questions(causes: Iterable[Cause]) -> list[Cause.Question]:
    """The questions that have a cause."""
    asked = {cause.question for cause in causes}
    return [question for question in Cause.Question if question in asked]


def pictures(problem: Problem, causes: list[Cause]) -> list[Picture]:
    """A fishbone for each question that has a cause. The texts were escaped when it was drawn."""
    found = []
    for question in questions(causes):
        title = str(question.label)
        drawn = bones(causes, question)
        found.append(
            Picture(
                title,
                mark_safe(fishbone.wide(problem.title, drawn, title)),  # nosec B308, B703
                mark_safe(fishbone.narrow(problem.title, drawn, title)),  # nosec B308, B703
            )
        )
    return found
