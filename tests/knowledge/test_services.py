"""Standard answers from draft to published, and who may do what."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.utils import DatabaseError

from manyi.events.models import Event
from manyi.knowledge import queries, services
from manyi.knowledge.models import AnswerUse, AnswerVersion, HelpfulVote, StandardAnswer
from manyi.people.models import OrgUnit
from manyi.scope import NotAllowed
from manyi.web.errors import Refused
from tests.conftest import Cast

TITLE = {"zh": "怎样退货", "en": "How to return goods"}
BODY = {
    "zh": "请在七天内联系客服，运费由我们承担。",
    "en": "Write to us within seven days; we pay the freight.",
}


def words(**fields: Any) -> services.Words:
    return services.Words(**{"title": TITLE, "body": BODY, "keywords": "退款 refund", **fields})


def draft(
    cast: Cast, at: datetime, unit: OrgUnit | None = None, by: str = "manager", **fields: Any
) -> StandardAnswer:
    particulars = services.Particulars(unit=unit or cast.group)
    return services.write_answer(cast.scope(by), particulars=particulars, words=words(**fields), at=at)


def published(cast: Cast, at: datetime, unit: OrgUnit | None = None, **fields: Any) -> StandardAnswer:
    answer = draft(cast, at, unit, **fields)
    services.submit(cast.scope("manager"), answer=answer, at=at)
    services.approve(cast.scope("admin"), answer=answer, at=at)
    return answer


def seen(cast: Cast, who: str, **how: Any) -> list[int]:
    return [a.pk for a in queries.answers(cast.scope(who), **how)]


def test_a_draft_is_seen_by_writers_of_its_unit_only(cast: Cast, at: datetime) -> None:
    answer = draft(cast, at, cast.east, by="agent")
    assert seen(cast, "east_manager") == seen(cast, "agent") == [answer.pk]
    assert seen(cast, "outsider") == seen(cast, "executive") == []


def test_a_published_answer_of_the_group_is_seen_in_every_branch_but_not_the_other_way(
    cast: Cast, at: datetime
) -> None:
    top, east = published(cast, at), published(cast, at, cast.east)
    assert seen(cast, "agent") == [east.pk, top.pk]
    assert seen(cast, "outsider") == [top.pk]
    assert seen(cast, "manager") == [east.pk, top.pk]


def test_authors_do_not_approve_their_own_words(cast: Cast, at: datetime) -> None:
    answer = draft(cast, at)
    services.save_draft(cast.scope("admin"), answer=answer, words=words(note="x"), at=at)
    services.submit(cast.scope("manager"), answer=answer, at=at)
    for author in ("manager", "admin"):
        with pytest.raises(Refused, match="somebody else has to approve"):
            services.approve(cast.scope(author), answer=answer, at=at)


def test_agents_write_but_do_not_approve(cast: Cast, at: datetime) -> None:
    answer = draft(cast, at, cast.east, by="agent")
    services.submit(cast.scope("agent"), answer=answer, at=at)
    with pytest.raises(NotAllowed):
        services.approve(cast.scope("agent"), answer=answer, at=at)
    with pytest.raises(NotAllowed):
        services.approve(cast.scope("outsider"), answer=answer, at=at)
    version = services.approve(cast.scope("east_manager"), answer=answer, at=at)
    assert version.published_by == cast.east_manager
    answer.refresh_from_db()
    assert answer.review_on == date(2027, 3, 2)
    assert [e.payload["change"] for e in Event.objects.filter(kind="answer.changed")] == ["created", "submitted", "published"]  # fmt: skip


def test_what_is_sent_back_names_the_reason_until_it_is_handed_in_again(cast: Cast, at: datetime) -> None:
    answer = draft(cast, at)
    services.submit(cast.scope("manager"), answer=answer, at=at)
    with pytest.raises(Refused, match="Say what"):
        services.send_back(cast.scope("admin"), answer=answer, reason=" ", at=at)
    version = services.send_back(cast.scope("admin"), answer=answer, reason="七天还是十四天？", at=at)
    assert (version.state, version.returned_because) == ("draft", "七天还是十四天？")
    assert services.submit(cast.scope("manager"), answer=answer, at=at).returned_because == ""


def test_a_new_version_supersedes_the_old_which_can_be_restored(cast: Cast, at: datetime) -> None:
    answer = published(cast, at)
    services.save_draft(
        cast.scope("manager"), answer=answer, words=words(body={"zh": "十四天", "en": "14 days"}), at=at
    )
    first = answer.versions.get(number=1)
    with pytest.raises(Refused, match="draft already"):
        services.restore(cast.scope("manager"), version=first, at=at)
    services.submit(cast.scope("manager"), answer=answer, at=at)
    services.approve(cast.scope("admin"), answer=answer, at=at)
    assert list(answer.versions.values_list("number", "state")) == [(2, "published"), (1, "superseded")]
    third = services.restore(cast.scope("manager"), version=first, at=at)
    assert (third.number, third.state, third.body) == (3, "draft", BODY)


@pytest.mark.parametrize(
    "change", [{"title": {"zh": "x"}}, {"public": True}, {"state": "draft"}, {"number": 7}]
)
def test_the_database_refuses_to_change_or_delete_a_published_version(cast: Cast, at: datetime, change: dict[str, Any]) -> None:  # fmt: skip
    version = published(cast, at).versions.get()
    with pytest.raises(DatabaseError, match="frozen"), transaction.atomic():
        AnswerVersion.objects.filter(pk=version.pk).update(**change)
    with pytest.raises(DatabaseError, match="frozen"), transaction.atomic():
        AnswerVersion.objects.filter(pk=version.pk).delete()


def test_a_writer_who_saw_an_older_draft_overwrites_nothing(cast: Cast, at: datetime) -> None:
    answer = draft(cast, at)
    later = at + timedelta(minutes=1)
    services.save_draft(cast.scope("admin"), answer=answer, words=words(note="a"), at=later, seen_at=at)
    with pytest.raises(Refused, match="Somebody else saved"):
        services.save_draft(cast.scope("manager"), answer=answer, words=words(note="b"), at=later, seen_at=at)
    assert answer.versions.get().note == "a"


@pytest.mark.parametrize(
    "fields",
    [
        {"title": {}, "body": {}},
        {"title": {"zh": "只有标题"}, "body": {"en": "Only text"}},
        {"title": {"zh": "长" * 201}, "body": {"zh": "x"}},
    ],
)
def test_unusable_words_store_nothing(cast: Cast, at: datetime, fields: dict[str, Any]) -> None:
    with pytest.raises(Refused):
        draft(cast, at, **fields)
    assert not StandardAnswer.objects.exists()


def test_discarding_keeps_what_was_published(cast: Cast, at: datetime) -> None:
    answer = published(cast, at)
    services.save_draft(cast.scope("manager"), answer=answer, words=words(note="x"), at=at)
    assert services.discard_draft(cast.scope("manager"), answer=answer, at=at)
    assert answer.versions.get().state == "published"
    other = draft(cast, at)
    assert not services.discard_draft(cast.scope("manager"), answer=other, at=at)
    assert not StandardAnswer.objects.filter(pk=other.pk).exists()


def test_a_use_counts_once_per_person_and_subject(cast: Cast, at: datetime) -> None:
    version = published(cast, at).versions.get()
    for who, subject in (("agent", "complaint:12"), ("agent", "complaint:12"), ("manager", "complaint:12"), ("agent", "complaint:13")):  # fmt: skip
        services.note_use(cast.scope(who), version=version, subject=subject, language="en", at=at)
    assert AnswerUse.objects.count() == 3
    assert queries.answers(cast.scope("agent"))[0].uses == 3  # type: ignore[attr-defined]
    with pytest.raises(Refused, match="names nothing"):
        services.note_use(cast.scope("agent"), version=version, subject="<b>", language="en", at=at)


def test_a_second_vote_replaces_the_first(cast: Cast, at: datetime) -> None:
    version = published(cast, at).versions.get()
    services.vote(version=version, voter="user:1", helped=False, at=at)
    services.vote(version=version, voter="user:1", helped=True, at=at)
    assert HelpfulVote.objects.get().helped
    row = queries.versions(cast.scope("agent"), version.answer)[0]
    assert (row.helped, row.votes_given) == (1, 1)  # type: ignore[attr-defined]


def test_a_review_moves_on_and_a_retired_answer_is_out_of_use(cast: Cast, at: datetime) -> None:
    answer = published(cast, at)
    today = at.date()
    StandardAnswer.objects.filter(pk=answer.pk).update(review_on=today - timedelta(days=1))
    assert seen(cast, "manager", state="review", today=today) == [answer.pk]
    with pytest.raises(Refused, match="future"):
        services.confirm_review(cast.scope("manager"), answer=answer, next_on=today, at=at)
    services.confirm_review(cast.scope("manager"), answer=answer, next_on=today + timedelta(days=90), at=at)
    assert seen(cast, "manager", state="review", today=today) == []
    services.retire(cast.scope("manager"), answer=answer, retired=True, at=at)
    assert seen(cast, "agent") == []
    assert seen(cast, "agent", state="retired") == [answer.pk]


def test_one_unfinished_version_at_a_time(cast: Cast, at: datetime) -> None:
    answer = draft(cast, at)
    with pytest.raises(IntegrityError), transaction.atomic():
        AnswerVersion.objects.create(answer=answer, number=2, changed_at=at)


def test_a_topic_with_answers_stays(cast: Cast, at: datetime) -> None:
    scope = cast.scope("manager")
    topic = services.save_topic(scope, topic=None, name={"zh": "售后", "en": "Service"}, position=1)
    particulars = services.Particulars(unit=cast.group, topic=topic)
    answer = services.write_answer(scope, particulars=particulars, words=words(), at=at)
    with pytest.raises(Refused, match="belong to this topic"):
        services.delete_topic(scope, topic=topic)
    services.save_draft(
        scope, answer=answer, words=words(), particulars=services.Particulars(unit=cast.group), at=at
    )
    services.delete_topic(scope, topic=topic)
    with pytest.raises(NotAllowed):
        services.save_topic(cast.scope("agent"), topic=None, name={"zh": "x"}, position=1)
