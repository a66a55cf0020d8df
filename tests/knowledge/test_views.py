"""Pages of standard answers, as people and strangers see them."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from manyi.knowledge import services
from manyi.knowledge.models import AnswerUse, AnswerVersion, HelpfulVote, StandardAnswer, Topic
from manyi.knowledge.views_faq import VOTES_A_MINUTE
from manyi.messaging.models import OutgoingMail
from manyi.people.models import User
from tests.conftest import Cast
from tests.knowledge.test_services import BODY, TITLE, draft, published, words

HOSTILE = "<script>alert(1)</script> **fat** [x](javascript:alert(2)) <img src=x onerror=y>"


def as_(user: User) -> Client:
    client = Client(HTTP_ACCEPT_LANGUAGE="en")
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def form_of(cast: Cast, **changes: str) -> dict[str, str]:
    return {
        "title_zh": TITLE["zh"], "title_en": TITLE["en"], "body_zh": BODY["zh"], "body_en": BODY["en"],
        "unit": str(cast.group.pk), **changes,
    }  # fmt: skip


def test_from_writing_to_published(cast: Cast) -> None:
    author, approver = as_(cast.manager), as_(cast.admin)
    response = author.post(reverse("new-standard-answer"), form_of(cast, submit="1"), follow=True)
    assert "waits for approval" in response.content.decode()
    row = StandardAnswer.objects.get()
    address, act = reverse("standard-answer", args=[row.pk]), reverse("act-on-standard-answer", args=[row.pk])
    assert "Approve and publish" not in author.get(address).content.decode()
    assert (
        "somebody else has to approve"
        in author.post(act, {"action": "approve"}, follow=True).content.decode()
    )
    assert "Approve and publish" in approver.get(address).content.decode()
    assert "Published." in approver.post(act, {"action": "approve"}, follow=True).content.decode()
    page = as_(cast.agent).get(reverse("standard-answers"), {"q": "freight"}).content.decode()
    assert TITLE["en"] in page
    changed = form_of(
        cast,
        body_en="Within ten days.",
        body_zh="十天内。",
        note="ten days",
        seen_at=row.versions.get().changed_at.isoformat(),
    )
    author.post(reverse("edit-standard-answer", args=[row.pk]), changed)
    compared = author.get(reverse("compare-answer-versions", args=[row.pk])).content.decode()
    assert "<del>" in compared
    assert "<ins>十</ins>" in compared


def test_a_form_that_saw_an_older_text_keeps_what_was_written(cast: Cast, at: datetime) -> None:
    row = draft(cast, at)
    response = as_(cast.manager).post(
        reverse("edit-standard-answer", args=[row.pk]),
        form_of(cast, title_en="My own words", seen_at=(at - timedelta(days=1)).isoformat()),
    )
    assert response.status_code == 422
    assert "Somebody else saved" in response.content.decode()
    assert "My own words" in response.content.decode()
    assert row.versions.get().title == TITLE


@pytest.mark.parametrize("name", ["standard-answer", "edit-standard-answer", "compare-answer-versions"])
def test_an_answer_of_another_branch_is_not_there(cast: Cast, at: datetime, name: str) -> None:
    row = published(cast, at, cast.east)
    address = reverse(name, args=[row.pk])
    assert as_(cast.east_manager).get(address).status_code == 200
    assert as_(cast.outsider).get(address).status_code == 404


def test_pages_need_their_rights(cast: Cast, at: datetime) -> None:
    row = published(cast, at)
    executive, agent = as_(cast.executive), as_(cast.agent)
    assert executive.get(reverse("standard-answers")).status_code == 403
    assert executive.get(reverse("insert-answer")).status_code == 403
    assert agent.get(reverse("answer-topics")).status_code == 403
    assert agent.get(reverse("edit-standard-answer", args=[row.pk])).status_code == 403
    assert (
        agent.post(reverse("act-on-standard-answer", args=[row.pk]), {"action": "retire"}).status_code == 403
    )
    assert (
        as_(cast.manager).post(reverse("act-on-standard-answer", args=[row.pk]), {"action": "x"}).status_code
        == 404
    )


def test_markdown_is_shown_and_nothing_in_it_runs(cast: Cast, at: datetime, client: Client) -> None:
    row = published(cast, at, title={"en": HOSTILE}, body={"en": HOSTILE}, public=True)
    for page in (
        as_(cast.manager).get(reverse("standard-answer", args=[row.pk])),
        client.get(reverse("faq-question", args=[row.pk])),
    ):
        text = page.content.decode()
        assert "<strong>fat</strong>" in text
        assert "<script>alert" not in text
        assert 'href="javascript' not in text
        assert "<img src=x" not in text


def test_restoring_and_the_review_by_button(cast: Cast, at: datetime) -> None:
    row = published(cast, at)
    client, act = as_(cast.manager), reverse("act-on-standard-answer", args=[row.pk])
    day = (timezone.now() + timedelta(days=30)).date()  # noqa: TID251
    client.post(act, {"action": "reviewed", "next_on": day.isoformat()})
    row.refresh_from_db()
    assert row.review_on == day
    for wrong in ("", "2026-02-31"):
        client.post(act, {"action": "reviewed", "next_on": wrong})
    row.refresh_from_db()
    assert row.review_on == day
    client.post(act, {"action": "restore", "version": "1"})
    assert row.versions.get(number=2).state == "draft"
    client.post(act, {"action": "discard"})
    assert row.versions.count() == 1


def test_topics_are_named_and_those_with_answers_stay(cast: Cast, at: datetime) -> None:
    client = as_(cast.manager)
    client.post(reverse("answer-topics"), {"zh": "售后", "en": "Service", "position": "1"})
    topic = Topic.objects.get()
    published(cast, at)
    StandardAnswer.objects.update(topic=topic)
    page = client.post(reverse("answer-topics"), {"topic": topic.pk, "action": "delete"})
    assert "belong to this topic" in page.content.decode()
    client.post(reverse("answer-topics"), {"topic": topic.pk, "zh": "售后服务", "en": "", "position": "2"})
    assert Topic.objects.get().name == {"zh": "售后服务"}


# -- in other pages ----------------------------------------------------------------------------------------


def test_hits_give_their_text_in_the_language_asked_for(cast: Cast, at: datetime) -> None:
    published(cast, at)
    draft(cast, at, title={"zh": "退货草稿"}, body={"zh": "退货"})
    only_zh = published(cast, at, title={"zh": "退货地址"}, body={"zh": "退货到仓库"}, keywords="")
    client, address = as_(cast.agent), reverse("insert-answer")
    page = client.get(address, {"q": "退货", "subject": "complaint:12", "language": "en"}).content.decode()
    assert sorted(re.findall(r'data-text="([^"]+)"', page)) == sorted([BODY["en"], "退货到仓库"])
    assert f'data-version="{only_zh.versions.get().pk}" data-language="zh"' in page
    assert "退货草稿" not in page
    assert "data-answer-hit" not in client.get(address, {"q": ""}).content.decode()


def test_putting_one_in_is_counted(cast: Cast, at: datetime) -> None:
    version = published(cast, at, cast.east).versions.get()
    use = {"version": version.pk, "subject": "complaint:12", "language": "en"}
    assert as_(cast.agent).post(reverse("use-answer"), use).status_code == 204
    assert as_(cast.outsider).post(reverse("use-answer"), use).status_code == 404
    assert as_(cast.agent).post(reverse("use-answer"), {**use, "subject": "<>"}).status_code == 422
    assert as_(cast.agent).post(reverse("use-answer"), {**use, "version": "x"}).status_code == 422
    assert AnswerUse.objects.get().subject == "complaint:12"
    assert (
        "complaint:12"
        in as_(cast.agent).get(reverse("standard-answer", args=[version.answer_id])).content.decode()
    )
    assert (
        "complaint:12"
        not in as_(cast.east_manager)
        .get(reverse("standard-answer", args=[version.answer_id]))
        .content.decode()
    )


def test_staff_vote_once(cast: Cast, at: datetime) -> None:
    row = published(cast, at)
    client = as_(cast.agent)
    for helped in ("no", "yes"):
        client.post(reverse("vote-on-answer", args=[row.pk]), {"helped": helped})
    assert HelpfulVote.objects.get().helped
    assert "helped 1 of 1" in client.get(reverse("standard-answer", args=[row.pk])).content.decode()


# -- the public page ---------------------------------------------------------------------------------------


def test_strangers_read_what_is_public_in_their_language(cast: Cast, at: datetime, client: Client) -> None:
    row = published(cast, at, public=True)
    inside = published(cast, at, title={"en": "Internal"}, body={"en": "Only for us"})
    page = client.get(reverse("faq"), headers={"accept-language": "en-GB"})
    assert TITLE["en"] in page.content.decode()
    assert "Internal" not in page.content.decode()
    assert not page.cookies
    chinese = client.get(reverse("faq"), {"lang": "zh"}).content.decode()
    assert TITLE["zh"] in chinese
    assert 'lang="zh-Hans"' in chinese
    assert client.get(reverse("faq-question", args=[row.pk])).status_code == 200
    assert client.get(reverse("faq-question", args=[inside.pk])).status_code == 404
    found = client.get(reverse("faq"), {"q": "only", "lang": "en"}).content.decode()
    assert "Nothing fits" in found


def test_a_new_draft_or_retirement_changes_the_public_page_only_when_it_should(cast: Cast, at: datetime, client: Client) -> None:  # fmt: skip
    row = published(cast, at, public=True)
    services.save_draft(cast.scope("manager"), answer=row, words=words(body={"zh": "新", "en": "new"}), at=at)
    address = reverse("faq-question", args=[row.pk])
    assert BODY["en"] in client.get(address, {"lang": "en"}).content.decode()
    services.retire(cast.scope("manager"), answer=row, retired=True, at=at)
    assert client.get(address).status_code == 404


def test_a_stranger_votes_once_without_cookies_and_leaves_no_address(cast: Cast, at: datetime) -> None:
    row = published(cast, at, public=True)
    client = Client(enforce_csrf_checks=True, REMOTE_ADDR="203.0.113.7")
    address = reverse("faq-vote", args=[row.pk])
    for helped in ("yes", "no"):
        response = client.post(f"{address}?lang=en", {"helped": helped})
    assert response["Location"].endswith("?lang=en&thanks")
    assert "Thank you" in client.get(response["Location"]).content.decode()
    vote = HelpfulVote.objects.get()
    assert not vote.helped
    assert "203" not in vote.voter.partition(":")[2][:3]
    assert client.get(address).status_code == 405


def test_a_flood_of_votes_is_told_to_wait(cast: Cast, at: datetime, client: Client) -> None:
    address = reverse("faq-vote", args=[published(cast, at, public=True).pk])
    codes = [client.post(address, {"helped": "yes"}).status_code for _ in range(VOTES_A_MINUTE + 1)]
    assert codes == [302] * VOTES_A_MINUTE + [429]


# -- reminders ---------------------------------------------------------------------------------------------


def test_the_reviewer_is_reminded_once_for_each_review(cast: Cast, at: datetime) -> None:
    from manyi.knowledge.jobs import remind_reviews

    row = published(cast, at)
    StandardAnswer.objects.filter(pk=row.pk).update(reviewer=cast.agent, review_on=at.date())
    for _ in range(2):
        remind_reviews()
    mail = OutgoingMail.objects.get()
    assert (mail.to, mail.subject) == ("agent@example.org", f"Please review: {TITLE['en']}")
    assert reverse("standard-answer", args=[row.pk]) in mail.text
    AnswerVersion.objects.filter(answer=row).update(state="superseded")
    StandardAnswer.objects.update(review_on=at.date() - timedelta(days=1))
    remind_reviews()
    assert OutgoingMail.objects.count() == 1
