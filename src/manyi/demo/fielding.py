"""One wave of the demo from opening to closing: mails, bounces, reminders, answers, opt-outs, callbacks.

Everything happens through the services, with the moment it happened passed in.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import numpy as np

from manyi.demo import latent, verbatims
from manyi.demo.designs import Designs
from manyi.demo.organisation import Profile
from manyi.events.queue import drain
from manyi.messaging.bounces import Bounce
from manyi.messaging.models import OutgoingMail
from manyi.messaging.services import note_bounce
from manyi.people.models import OrgUnit
from manyi.scope import Scope
from manyi.surveys.models import Invitation, Response, Wave
from manyi.surveys.services import invitations as inviting
from manyi.surveys.services.callbacks import finish_callback
from manyi.surveys.services.responses import (
    flag_wave,
    note_opened,
    save_draft,
    submit_response,
    wish_callback,
)
from manyi.surveys.services.waves import change_wave, close_wave, create_wave, enable_open_link, open_wave

REMINDERS = (5, 10)
DAYS = 28
ALL = 100_000
BOUNCING, OPTING_OUT, OPENING, COMMENTING = 0.025, 0.006, 0.25, 0.45
Progress = Callable[[int, int], None]
SYSTEM = Scope.system("demo")


@dataclass(frozen=True, slots=True)
class Plan:
    """A wave to be fielded. `period` is that of the latent model; `asked` and `answers` are head counts; `topics`
    whether it also asks the topics of the year."""

    code: str
    name: Mapping[str, str]
    series: str
    period: int
    opened: datetime
    closes: datetime
    asked: int
    answers: int
    open_answers: int = 0
    callbacks_done: bool = True
    topics: bool = False


@dataclass(frozen=True, slots=True)
class Given:
    """One response to come."""

    at: datetime
    invitation: Invitation | None
    answers: Mapping[str, object]
    language: str
    seconds: int


def field_wave(
    scope: Scope,
    *,
    plan: Plan,
    designs: Designs,
    profiles: Mapping[str, Profile],
    rng: np.random.Generator,
    at: datetime,
    progress: Progress,
) -> Wave:
    """Everything of this wave that has happened by `at`; it is closed when its closing time is past."""
    wave = create_wave(
        scope, code=plan.code, name=plan.name, series=plan.series, unit=OrgUnit.objects.get(parent=None),
        questionnaire_version=designs.with_topics if plan.topics else designs.questionnaire,
        tree_version=designs.tree, anonymous=False, audience={},
        sampling={"method": "stratified", "size": plan.asked, "by": "tier", "allocation": "proportional"},
        target=None, closes_at=plan.closes, reminder_days=REMINDERS, subject={}, message={},
        at=plan.opened - timedelta(days=3),
    )  # fmt: skip
    # A seed of our own: the demo is the same one every time.
    wave = change_wave(scope, wave=wave, seed=plan.period + 1, at=wave.created_at)
    if plan.open_answers:
        wave = enable_open_link(scope, wave=wave)
    wave = open_wave(scope, wave=wave, at=plan.opened)
    last = 0
    while last := inviting.queue_invitations(scope, wave=wave, after=last, limit=500, at=plan.opened):
        pass
    _deliver(plan.opened)
    inviting.note_sent(scope, wave=wave, at=plan.opened)
    _bounce(wave, rng, plan.opened + timedelta(minutes=20))
    drain()
    end = min(plan.closes - timedelta(hours=1), at)
    _answer(scope, wave, plan, profiles, rng, end, progress)
    if plan.closes <= at:
        wave = close_wave(scope, wave=wave, reason="date", at=plan.closes)
    else:
        flag_wave(wave=wave)
    drain()
    return wave


def _deliver(at: datetime) -> None:
    """Everything due counts as sent. Nothing leaves a demo, so what `send_batch` does mail by mail is one
    statement here; it saves half a minute of set-up.
    """
    State = OutgoingMail.State
    OutgoingMail.objects.filter(state=State.QUEUED, not_before__lte=at).update(
        state=State.SENT, attempts=1, sent_at=at, text="", html="", headers={}
    )


def _bounce(wave: Wave, rng: np.random.Generator, at: datetime) -> None:
    """Some mails come back; whoever listens for it marks invitation and contact."""
    ids = list(
        wave.invitations.filter(state=Invitation.State.SENT).order_by("pk").values_list("pk", flat=True)
    )
    count = max(1, round(len(ids) * BOUNCING))
    for pk in rng.choice(ids, count, replace=False).tolist():
        mail = OutgoingMail.objects.get(reference=f"invitation:{pk}:0")
        code, text = (550, "5.1.1 user unknown") if pk % 3 else (552, "5.2.2 mailbox full")
        note_bounce(SYSTEM, mail=mail, bounce=Bounce.from_reply(code, text, mail.to), at=at)


def _answer(
    scope: Scope,
    wave: Wave,
    plan: Plan,
    profiles: Mapping[str, Profile],
    rng: np.random.Generator,
    end: datetime,
    progress: Progress,
) -> None:
    reached = list(
        wave.invitations.filter(state=Invitation.State.SENT).select_related("contact", "customer").order_by("pk")
    )  # fmt: skip
    for invitation in reached:
        invitation.wave = wave
    order = rng.permutation(len(reached))
    count = min(plan.answers, len(reached))
    answering = [reached[i] for i in order[:count]]
    silent = [reached[i] for i in order[count:]]
    given = _given(plan, answering, profiles, rng, end)
    happenings: list[tuple[datetime, Callable[[], object]]] = []
    for day in REMINDERS:
        moment = plan.opened + timedelta(days=day, minutes=1)
        if moment <= end:
            happenings.append((moment, partial(_remind, moment)))
    for i, invitation in enumerate(silent):
        moment = min(plan.opened + timedelta(hours=float(rng.uniform(1, 200))), end)
        if i < max(1, round(OPTING_OUT * len(reached))):
            happenings.append((moment, partial(inviting.opt_out, token=invitation.token, at=moment)))
        elif rng.random() < OPENING:
            happenings.append((moment, partial(note_opened, invitation=invitation, at=moment)))
    happenings += [(g.at, partial(_submit, scope, wave, plan, g, rng)) for g in given]
    happenings.sort(key=lambda happening: happening[0])
    for done, (_moment, happen) in enumerate(happenings):
        happen()
        if done % 50 == 0:
            progress(done, len(happenings))
    if plan.open_answers:
        _begin(wave, silent[-max(1, len(silent) // 40) :], end)


def _remind(at: datetime) -> None:
    inviting.queue_reminders(SYSTEM, limit=ALL, at=at)
    _deliver(at)


def _begin(wave: Wave, people: Sequence[Invitation], at: datetime) -> None:
    """Some are in the middle of the questionnaire right now."""
    for invitation in people:
        note_opened(invitation=invitation, at=at)
        save_draft(
            wave=wave, token=invitation.token, answers={"on_time": 4, "quantity": 4}, section="s_delivery",
            language=invitation.language, started_at=at - timedelta(minutes=2),
        )  # fmt: skip


def _given(
    plan: Plan,
    answering: Sequence[Invitation],
    profiles: Mapping[str, Profile],
    rng: np.random.Generator,
    end: datetime,
) -> list[Given]:
    """What they and the visitors of the open link will answer, and when."""
    who = [profiles[invitation.customer.code] for invitation in answering]
    strangers = list(profiles.values())
    who += [strangers[int(i)] for i in rng.integers(len(strangers), size=plan.open_answers)]
    people = latent.People(
        unit=np.array([p.unit for p in who]), segment=np.array([p.segment for p in who]),
        tier=np.array([p.tier for p in who]), bond=np.array([p.bond for p in who]),
    )  # fmt: skip
    drawn = latent.draw(people, period=plan.period, rng=rng)
    topics = latent.draw_topics(drawn, rng=rng.spawn(1)[0]) if plan.topics else {}
    found = []
    for i in range(len(who)):
        invitation = answering[i] if i < len(answering) else None
        language = invitation.language if invitation else "zh-hans"
        points = {column: float(values[i]) for column, values in drawn.answers.items()}
        answers: dict[str, object] = {c: None if math.isnan(p) else int(p) for c, p in points.items()}
        if rng.random() < COMMENTING and not drawn.careless[i]:
            text = verbatims.comment(points, language=language[:2], rng=rng)
            if text:
                answers["comment"] = text
        answers |= {column: int(values[i]) for column, values in topics.items()}
        moment = _moment(plan, rng, end)
        found.append(Given(moment, invitation, answers, language, int(drawn.seconds[i])))
    return found


def _moment(plan: Plan, rng: np.random.Generator, end: datetime) -> datetime:
    """Most answer soon after the invitation or a reminder, in working hours."""
    start = float(rng.choice([0, *REMINDERS], p=[0.62, 0.25, 0.13]))
    day = math.floor(start + rng.exponential(1.6))
    moment = plan.opened + timedelta(days=day, hours=float(rng.uniform(0.4, 8)))
    if moment < end:
        return moment
    span = (end - plan.opened - timedelta(hours=1)).total_seconds()
    return plan.opened + timedelta(hours=1, seconds=float(rng.uniform(0, span)))


def _submit(scope: Scope, wave: Wave, plan: Plan, given: Given, rng: np.random.Generator) -> None:
    started = given.at - timedelta(seconds=given.seconds)
    if given.invitation is not None:
        note_opened(invitation=given.invitation, at=started)
    response = submit_response(
        wave=wave, invitation=given.invitation, answers=given.answers, language=given.language,
        channel=Response.Channel.EMAIL if given.invitation else Response.Channel.OPEN,
        started_at=started, at=given.at,
    )  # fmt: skip
    points = given.answers["csat"]
    contact = given.invitation.contact if given.invitation else None
    if contact is None or not isinstance(points, int) or points > 2 or rng.random() > 0.4:
        return
    wish = {"zh": "请尽快给我回电，谈谈问题怎么解决。", "en": "Please call me soon about how to solve this."}
    asked = given.at + timedelta(minutes=1)
    row = wish_callback(
        wave=wave, response=response, name=contact.name, phone=contact.phone, wish=wish[given.language[:2]],
        at=asked,
    )  # fmt: skip
    if plan.callbacks_done:
        finish_callback(scope, wish=row, at=asked + timedelta(hours=20))
