"""Writing, approving, using and rating standard answers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from manyi.events import catalogue
from manyi.events.services import publish
from manyi.knowledge import search
from manyi.knowledge.models import (
    AnswerUse,
    AnswerVersion,
    HelpfulVote,
    StandardAnswer,
    Topic,
)
from manyi.people.models import OrgUnit, User
from manyi.scope import Scope
from manyi.web.errors import Refused

State = AnswerVersion.State
MAX_TITLE, MAX_BODY, MAX_KEYWORDS, MAX_NOTE = 200, 20_000, 300, 300
LANGUAGES = ("zh", "en")
SUBJECT = re.compile(r"^[a-z_]{1,20}:[A-Za-z0-9-]{1,36}$")
#: When an answer is to be looked at again, unless another day is chosen.
REVIEW_AFTER = timedelta(days=365)


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What a version says. At least one language has both title and body."""

    title: Mapping[str, str]
    body: Mapping[str, str]
    keywords: str = ""
    public: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Particulars:
    """Where an answer belongs and who looks after it."""

    unit: OrgUnit
    topic: Topic | None = None
    product: str = ""
    reviewer: User | None = None
    review_on: date | None = None


def _clean(texts: Mapping[str, str], most: int, name: str) -> dict[str, str]:
    cleaned = {k: str(texts.get(k) or "").replace("\0", "").replace("\r\n", "\n").strip() for k in LANGUAGES}
    for text in cleaned.values():
        if len(text) > most:
            raise Refused(
                _("%(name)s is too long: %(length)d characters, %(most)d are allowed.")
                % {"name": name, "length": len(text), "most": most}
            )
    return {k: text for k, text in cleaned.items() if text}


def _checked(words: Words) -> dict[str, object]:
    title = _clean(words.title, MAX_TITLE, _("The title"))
    body = _clean(words.body, MAX_BODY, _("The answer"))
    if not title or title.keys() != body.keys():
        raise Refused(
            _("Give a title and a text in Chinese, in English, or in both: each title needs its text.")
        )
    return {
        "title": {k: " ".join(t.split()) for k, t in title.items()}, "body": body,
        "keywords": " ".join(words.keywords.replace("\0", "").split())[:MAX_KEYWORDS],
        "public": words.public, "note": " ".join(words.note.replace("\0", "").split())[:MAX_NOTE],
    }  # fmt: skip


def _changed(scope: Scope, version: AnswerVersion, change: str, at: datetime) -> None:
    answer = version.answer
    event = catalogue.AnswerChanged(
        subject_id=str(answer.pk), unit_id=answer.unit_id, change=change, version_number=version.number
    )
    publish(scope, event, at=at)


def _unfinished(answer: StandardAnswer, state: State) -> AnswerVersion:
    """The answer's version in that state, locked. Raises Refused when there is none."""
    version = answer.versions.select_for_update().filter(state=state).first()
    if version is None:
        raise Refused(
            _("No version of this answer waits for approval.")
            if state == State.SUBMITTED
            else _("This answer has no draft.")
        )
    return version


def _store(scope: Scope, version: AnswerVersion, words: Words, at: datetime) -> None:
    for name, value in _checked(words).items():
        setattr(version, name, value)
    version.changed_at = at
    version.save()
    if scope.user_id is not None:
        version.authors.add(scope.user_id)
    search.put(version)


def _assign(answer: StandardAnswer, particulars: Particulars) -> None:
    answer.unit, answer.topic = particulars.unit, particulars.topic
    answer.product = " ".join(particulars.product.split())[:100]
    answer.reviewer, answer.review_on = particulars.reviewer, particulars.review_on


@transaction.atomic
def write_answer(scope: Scope, *, particulars: Particulars, words: Words, at: datetime) -> StandardAnswer:
    """A new answer whose version 1 is a draft. Raises Refused, NotAllowed."""
    scope.require("knowledge.edit", particulars.unit.pk)
    answer = StandardAnswer(created_at=at)
    _assign(answer, particulars)
    answer.save()
    version = AnswerVersion(answer=answer, number=1)
    _store(scope, version, words, at)
    _changed(scope, version, "created", at)
    return answer


@transaction.atomic
def save_draft(
    scope: Scope,
    *,
    answer: StandardAnswer,
    words: Words,
    at: datetime,
    particulars: Particulars | None = None,
    seen_at: datetime | None = None,
) -> AnswerVersion:
    """Store the words as the draft, and the particulars if given; after a publication this begins the next version.

    A version that waits for approval becomes a draft again. Moving to another unit needs the right at both.
    `seen_at` is `changed_at` of the newest version as the writer saw it. Raises Refused when somebody else
    saved since, or for unusable words; NotAllowed.
    """
    answer = StandardAnswer.objects.select_for_update().get(pk=answer.pk)
    scope.require("knowledge.edit", answer.unit_id)
    newest = answer.versions.select_for_update().order_by("-number")[0]
    if seen_at is not None and abs(newest.changed_at - seen_at) >= timedelta(milliseconds=1):
        raise Refused(
            _(
                "Somebody else saved this answer while you were writing. Nothing was overwritten: copy your text, open the page anew and put both together."
            )
        )
    if particulars is not None:
        scope.require("knowledge.edit", particulars.unit.pk)
        _assign(answer, particulars)
        answer.save()
    if newest.unfinished:
        newest.state = State.DRAFT
    else:
        newest = AnswerVersion(answer=answer, number=newest.number + 1)
    _store(scope, newest, words, at)
    return newest


@transaction.atomic
def submit(scope: Scope, *, answer: StandardAnswer, at: datetime) -> AnswerVersion:
    """Hand the draft in for approval."""
    scope.require("knowledge.edit", answer.unit_id)
    version = _unfinished(answer, State.DRAFT)
    version.state, version.returned_because = State.SUBMITTED, ""
    version.save(update_fields=["state", "returned_because"])
    _changed(scope, version, "submitted", at)
    return version


@transaction.atomic
def approve(scope: Scope, *, answer: StandardAnswer, at: datetime) -> AnswerVersion:
    """Publish what was handed in; the version before is superseded, and the review begins anew.

    Nobody approves what they wrote. Raises Refused, NotAllowed.
    """
    scope.require("knowledge.approve", answer.unit_id)
    version = _unfinished(answer, State.SUBMITTED)
    if scope.user_id is not None and version.authors.filter(pk=scope.user_id).exists():
        raise Refused(_("You wrote in this version yourself; somebody else has to approve it."))
    for before in answer.versions.filter(state=State.PUBLISHED):
        before.state = State.SUPERSEDED
        before.save(update_fields=["state"])
        search.put(before)
    version.state, version.published_at, version.published_by_id = State.PUBLISHED, at, scope.user_id
    version.save(update_fields=["state", "published_at", "published_by"])
    if answer.review_on is None or answer.review_on <= at.date():
        answer.review_on = (at + REVIEW_AFTER).date()
        answer.save(update_fields=["review_on"])
    _changed(scope, version, "published", at)
    return version


@transaction.atomic
def send_back(scope: Scope, *, answer: StandardAnswer, reason: str, at: datetime) -> AnswerVersion:
    """Not like this: back to draft, with the reason. Raises Refused without one."""
    scope.require("knowledge.approve", answer.unit_id)
    reason = " ".join(reason.replace("\0", "").split())[:500]
    if not reason:
        raise Refused(_("Say what is to be changed, so that the author knows."))
    version = _unfinished(answer, State.SUBMITTED)
    version.state, version.returned_because = State.DRAFT, reason
    version.save(update_fields=["state", "returned_because"])
    _changed(scope, version, "sent_back", at)
    return version


@transaction.atomic
def restore(scope: Scope, *, version: AnswerVersion, at: datetime) -> AnswerVersion:
    """A new draft with the words of an earlier version. Raises Refused when a draft is there already."""
    answer = version.answer
    scope.require("knowledge.edit", answer.unit_id)
    if answer.versions.filter(state__in=AnswerVersion.UNFINISHED).exists():
        raise Refused(_("There is a draft already. Publish or discard it first."))
    words = Words(
        title=version.title, body=version.body, keywords=version.keywords, public=version.public,
        note=_("Version %(number)d restored") % {"number": version.number},
    )  # fmt: skip
    return save_draft(scope, answer=answer, words=words, at=at)


@transaction.atomic
def discard_draft(scope: Scope, *, answer: StandardAnswer, at: datetime) -> bool:
    """Drop the unfinished version; an answer never published goes altogether. Returns whether it is still there."""
    scope.require("knowledge.edit", answer.unit_id)
    answer.versions.filter(state__in=AnswerVersion.UNFINISHED).delete()
    if answer.versions.exists():
        return True
    answer.delete()
    return False


@transaction.atomic
def confirm_review(scope: Scope, *, answer: StandardAnswer, next_on: date, at: datetime) -> None:
    """Looked at and still right; to be reviewed again on `next_on`. Raises Refused for a day not in the future."""
    scope.require("knowledge.edit", answer.unit_id)
    if next_on <= at.date():
        raise Refused(_("The next review must lie in the future."))
    answer.review_on = next_on
    answer.save(update_fields=["review_on"])
    _changed(scope, answer.versions.order_by("-number")[0], "reviewed", at)


@transaction.atomic
def retire(scope: Scope, *, answer: StandardAnswer, retired: bool, at: datetime) -> None:
    """Take an answer out of use, or back into it. Its versions stay readable."""
    scope.require("knowledge.approve", answer.unit_id)
    answer.retired_at = at if retired else None
    answer.save(update_fields=["retired_at"])
    _changed(scope, answer.versions.order_by("-number")[0], "retired" if retired else "in_use_again", at)


@transaction.atomic
def note_use(scope: Scope, *, version: AnswerVersion, subject: str, language: str, at: datetime) -> None:
    """A published version went into a text about `subject` ('complaint:12'); once per person and subject."""
    scope.require("knowledge.read")
    if not SUBJECT.match(subject):
        raise Refused(_("“%(subject)s” names nothing an answer can be used in.") % {"subject": subject[:60]})
    if version.state == State.PUBLISHED and scope.user_id is not None:
        AnswerUse.objects.get_or_create(
            version=version, subject=subject, user_id=scope.user_id,
            defaults={"language": "en" if language.startswith("en") else "zh", "at": at},
        )  # fmt: skip


@transaction.atomic
def vote(*, version: AnswerVersion, voter: str, helped: bool, at: datetime) -> None:
    """Somebody says whether it helped; saying it again replaces what they said. Open to everybody who can read it."""
    HelpfulVote.objects.update_or_create(
        version=version, voter=voter[:60], defaults={"helped": helped, "at": at}
    )


@transaction.atomic
def save_topic(scope: Scope, *, topic: Topic | None, name: Mapping[str, str], position: int) -> Topic:
    """A new topic (`topic` None) or another name. Topics belong to the whole organisation."""
    scope.require("knowledge.approve")
    cleaned = _clean(name, 60, _("The name"))
    if not cleaned:
        raise Refused(_("Give the topic a name."))
    topic = topic or Topic()
    topic.name, topic.position = cleaned, position
    topic.save()
    return topic


@transaction.atomic
def delete_topic(scope: Scope, *, topic: Topic) -> None:
    scope.require("knowledge.approve")
    if topic.answers.exists():
        raise Refused(_("Answers belong to this topic. Give them another one first."))
    topic.delete()
