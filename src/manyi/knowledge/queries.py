"""Reading standard answers. An answer holds for its org unit and those below, so readers see what stands above them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.db.models import (
    Case,
    Count,
    Exists,
    F,
    IntegerField,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Value,
    When,
)

from manyi.knowledge import search
from manyi.knowledge.models import AnswerUse, AnswerVersion, StandardAnswer, Topic
from manyi.people.models import User
from manyi.people.queries import org_units
from manyi.scope import Scope

State = AnswerVersion.State
STATES = ("", "published", "draft", "submitted", "review", "retired")
SOON = timedelta(days=14)


def _readable(scope: Scope) -> Q:
    """Published for a unit of the reader or above, or anything of a unit where the reader writes or approves."""
    lineage = scope.lineage_for("knowledge.read") if scope.may("knowledge.read") else frozenset()
    above = Q() if lineage is None else Q(unit__in=lineage)
    published = Exists(AnswerVersion.objects.filter(answer=OuterRef("pk"), state=State.PUBLISHED))
    return (above & Q(published)) | _written(scope)


def _written(scope: Scope) -> Q:
    """Answers of units where the reader writes or approves."""
    own = Q(pk__in=[])
    for right in ("knowledge.edit", "knowledge.approve"):
        if scope.may(right):
            units = scope.units_for(right)
            own |= Q(pk__gt=0) if units is None else Q(unit__in=units)
    return own


def _with_versions(answers: QuerySet[StandardAnswer]) -> QuerySet[StandardAnswer]:
    """With `current`: a list of the published and the unfinished version, newest first."""
    versions = AnswerVersion.objects.exclude(state=State.SUPERSEDED).order_by("-number")
    return answers.select_related("unit", "topic", "reviewer").prefetch_related(
        Prefetch("versions", versions, to_attr="current")
    )


def answers(
    scope: Scope,
    *,
    text: str = "",
    topic: Topic | None = None,
    product: str = "",
    state: str = "",
    today: date | None = None,
) -> QuerySet[StandardAnswer]:
    """Answers the reader may see; a search gives the best first, otherwise the newest.

    `state`: one of STATES; 'review' (needs `today`) are those whose review is due within two weeks. Each has
    `current` (its published and unfinished version) and `uses` (how often any version went into a text).
    """
    found: QuerySet[StandardAnswer] = StandardAnswer.objects.filter(_readable(scope)).order_by("-pk")
    found = found.exclude(retired_at=None) if state == "retired" else found.filter(retired_at=None)
    if topic is not None:
        found = found.filter(topic=topic)
    if product:
        found = found.filter(product__iexact=product)
    if state == "published":
        found = found.filter(Exists(_of(State.PUBLISHED)))
    elif state in ("draft", "submitted"):
        found = found.filter(_written(scope)).filter(Exists(_of(State(state))))
    elif state == "review" and today is not None:
        found = found.filter(Exists(_of(State.PUBLISHED)), review_on__lte=today + SOON).order_by(
            "review_on", "pk"
        )
    if text.strip():
        found = _ranked(found, text, _written(scope))
    return _with_versions(found.annotate(uses=Count("versions__uses", distinct=True)))


def _of(state: State) -> QuerySet[AnswerVersion]:
    return AnswerVersion.objects.filter(answer=OuterRef("pk"), state=state)


def _ranked(found: QuerySet[StandardAnswer], text: str, written: Q) -> QuerySet[StandardAnswer]:
    """Narrowed to what the search finds, best first. Unpublished words are searched only where one may read them."""
    hits = search.find(text)
    versions = AnswerVersion.objects.filter(pk__in=hits).values_list("pk", "answer_id", "state")
    writable = set(StandardAnswer.objects.filter(written).values_list("pk", flat=True)) if hits else set()
    answer_of = {
        pk: answer for pk, answer, state in versions if state == State.PUBLISHED or answer in writable
    }
    order = list(dict.fromkeys(answer_of[pk] for pk in hits if pk in answer_of))
    rank = Case(
        *(When(pk=pk, then=Value(place)) for place, pk in enumerate(order)),
        default=Value(len(order)), output_field=IntegerField(),
    )  # fmt: skip
    return found.filter(pk__in=order).annotate(place=rank).order_by("place", "-pk")


def readable_answers(scope: Scope) -> QuerySet[StandardAnswer]:
    """Every answer the reader may see, those out of use too, with `current` and `uses`."""
    rows = StandardAnswer.objects.filter(_readable(scope)).order_by("-pk")
    return _with_versions(rows.annotate(uses=Count("versions__uses", distinct=True)))


def answer(scope: Scope, pk: int) -> StandardAnswer:
    """Raises StandardAnswer.DoesNotExist, also for one out of sight."""
    return readable_answers(scope).get(pk=pk)


def versions(scope: Scope, answer: StandardAnswer) -> QuerySet[AnswerVersion]:
    """All versions the reader may see, newest first, each with `uses`, `helped` and `votes_given`."""
    rows = answer.versions.select_related("published_by", "answer")
    if not (scope.may("knowledge.edit", answer.unit_id) or scope.may("knowledge.approve", answer.unit_id)):
        rows = rows.exclude(state__in=AnswerVersion.UNFINISHED)
    return rows.annotate(
        used=Count("uses", distinct=True),
        helped=Count("votes", filter=Q(votes__helped=True), distinct=True),
        votes_given=Count("votes", distinct=True),
    ).order_by("-number")


def published(scope: Scope, pk: int) -> AnswerVersion:
    """The published version with that key, if the reader may see its answer. Raises DoesNotExist."""
    readable = StandardAnswer.objects.filter(_readable(scope), retired_at=None)
    return AnswerVersion.objects.select_related("answer").get(
        pk=pk, state=State.PUBLISHED, answer__in=readable
    )


def own_uses(scope: Scope, answer: StandardAnswer) -> QuerySet[AnswerUse]:
    """Where the reader used the answer, newest first."""
    return AnswerUse.objects.filter(version__answer=answer, user_id=scope.user_id or 0).order_by("-at")


def topics() -> QuerySet[Topic]:
    """All topics; they belong to the whole organisation and say nothing confidential."""
    return Topic.objects.order_by("position", "pk")


def products(scope: Scope) -> list[str]:
    """Products named by answers the reader may see."""
    rows = StandardAnswer.objects.filter(_readable(scope), retired_at=None).exclude(product="")
    return sorted(set(rows.values_list("product", flat=True)))


def reviewers(scope: Scope) -> QuerySet[User]:
    """People with a role at a unit where the reader may write answers."""
    units = org_units(scope, "knowledge.edit")
    return User.objects.filter(is_active=True, memberships__unit__in=units).distinct().order_by("username")


def due_reviews(today: date) -> QuerySet[StandardAnswer]:
    """Published answers in use whose review day has come and who have a reviewer."""
    return StandardAnswer.objects.filter(
        Exists(_of(State.PUBLISHED)), retired_at=None, review_on__lte=today, reviewer__is_active=True
    ).select_related("reviewer")


# -- the public page ---------------------------------------------------------------------------------------


def public_answers(text: str = "") -> QuerySet[AnswerVersion]:
    """Published versions marked public, for anybody: by topic, the helpful first; a search gives the best first."""
    rows: Any = AnswerVersion.objects.filter(
        state=State.PUBLISHED, public=True, answer__retired_at=None
    ).select_related("answer__topic")
    if text.strip():
        hits = search.find(text)
        rank = Case(
            *(When(pk=pk, then=Value(place)) for place, pk in enumerate(hits)),
            default=Value(len(hits)), output_field=IntegerField(),
        )  # fmt: skip
        return rows.filter(pk__in=hits).annotate(place=rank).order_by("place")  # type: ignore[no-any-return]
    helped = Count("votes", filter=Q(votes__helped=True))
    return rows.annotate(helped=helped).order_by(  # type: ignore[no-any-return]
        F("answer__topic__position").asc(nulls_last=True), "answer__topic_id", "-helped", "pk"
    )
