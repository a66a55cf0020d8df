"""The demo's complaints: some months of them, followed from the first word to the follow-up call.

Late deliveries of the east branch become fewer after its new way of promising dates; bearings of one batch are noisy
in the south, which opens a problem with its eight disciplines. Everything goes through the product's services, dated
back, so that clocks, follow-ups and figures are what they would be.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from django.utils import timezone

from manyi.complaints.models import Category, Channel, Complaint, FollowUp, Severity
from manyi.complaints.services import cases, follow_ups, messages, problems, proposals, roles, work_orders
from manyi.complaints.services.categories import install_categories
from manyi.customers.models import Customer
from manyi.customers.services_file import add_order, add_product
from manyi.customers.services_promises import Evidence, break_promise, keep_promise, make_promise
from manyi.events.queue import drain
from manyi.knowledge.models import Topic
from manyi.knowledge.services import Particulars, Words, approve, submit, write_answer
from manyi.people.access import scope_of
from manyi.people.models import OrgUnit, User
from manyi.scope import Scope
from manyi.web.errors import Refused

HERE = Path(__file__).parent
DAYS, PER_DAY = 120, 0.8
BATCH = "B2609"
OWNERS = {"east": "agent", "south": "manager", "west": "manager"}
CHANNELS = (Channel.PHONE, Channel.WEB, Channel.COUNTER, Channel.STAFF, Channel.DEALER)
FOLLOWED = timedelta(days=12)  # cases closed longer ago than this have been followed up


@dataclass(frozen=True)
class Story:
    """One complaint as it is to be told."""

    kind: dict[str, Any]
    unit: str
    at: datetime
    severity: str
    channel: str
    english: bool

    def text(self, name: str = "") -> str:
        language = "en" if self.english else "zh"
        return str(self.kind[f"{name}_{language}" if name else language])


class Teller:
    """Tells stories through the services; `now` is today, nothing happens after it."""

    def __init__(self, rng: np.random.Generator, now: datetime) -> None:
        self.rng, self.now = rng, now

    @cached_property
    def scopes(self) -> dict[str, Scope]:
        return {user.username: scope_of(user) for user in User.objects.all()}

    @cached_property
    def users(self) -> dict[str, User]:
        return {user.username: user for user in User.objects.all()}

    @cached_property
    def units(self) -> dict[str, OrgUnit]:
        return {unit.code: unit for unit in OrgUnit.objects.all()}

    @cached_property
    def categories(self) -> dict[str, Category]:
        return {category.code: category for category in Category.objects.all()}

    @cached_property
    def customers(self) -> dict[str, list[Customer]]:
        found: dict[str, list[Customer]] = {}
        for customer in Customer.objects.filter(active=True).prefetch_related("contacts").order_by("pk"):
            found.setdefault(self._code(customer.unit_id), []).append(customer)
        return found

    def _code(self, unit_id: int) -> str:
        return next(code for code, unit in self.units.items() if unit.pk == unit_id)

    def hours(self, low: float, high: float) -> timedelta:
        return timedelta(hours=float(self.rng.uniform(low, high)))

    # --- one case

    def receive(self, story: Story) -> Complaint:
        customers = self.customers[story.unit]
        # A few customers complain again and again.
        first = self.rng.random() < 0.12
        customer = customers[int(self.rng.integers(12 if first else len(customers)))]
        contact = next(iter(customer.contacts.all()), None)
        product = story.kind.get("product", "")
        serial = ""
        if product:
            serial = f"{product}-{int(self.rng.integers(10_000, 99_999))}"
            add_product(
                self.scopes["manager"], customer=customer, model=product, serial=serial,
                batch=BATCH if product == "DL-40" else f"B{int(self.rng.integers(2501, 2610))}",
                bought_on=(story.at - timedelta(days=60)).date(),
                warranty_until=(story.at + timedelta(days=670)).date(), at=story.at,
            )  # fmt: skip
        owner = OWNERS[story.unit]
        row = cases.receive(
            self.scopes[owner], unit=self.units[story.unit], channel=story.channel, title=story.text(),
            first_contact_owner=self.users[owner], at=story.at, language="en" if story.english else "zh-hans",
            severity=story.severity, category=self.categories[story.kind["category"]], customer=customer,
            contact=contact, complainant=contact.name if contact else customer.name,
            phone=contact.phone if contact else "", email=contact.email if contact else "", product=product,
            serial=serial, batch=BATCH if product == "DL-40" else "",
        )  # fmt: skip
        drain()
        row.refresh_from_db()
        return row

    def settle(self, row: Complaint, story: Story) -> datetime | None:
        """From work to closing; the moment of closing, None where today comes first."""
        owner = OWNERS[story.unit]
        scope, at = self.scopes[owner], story.at + self.hours(0.5, 20 if story.severity == "ordinary" else 3)
        slow = 3.0 if story.kind["category"] in ("after-sales-slow", "after-sales-parts") else 1.0
        if at > self.now:
            return None
        cases.start(scope, complaint=row, at=at)
        if self.rng.random() < 0.85:
            cases.respond(scope, complaint=row, at=at)
        if self.rng.random() < 0.45 and story.unit == "east":
            order = work_orders.send(
                scope, complaint=row, unit=self.units["east"], user=self.users["handler"], at=at,
                instruction="请到现场检查并回复处理结果 Please inspect on site and report",
                due_at=at + timedelta(days=2),
            )  # fmt: skip
            at += self.hours(1, 8)
            if at > self.now:
                return None
            work_orders.accept(self.scopes["handler"], order=order, at=at)
            at += self.hours(3, 30) * slow
            if at > self.now:
                return None
            work_orders.finish(self.scopes["handler"], order=order, result=story.text("remedy"), at=at)
        at += self.hours(2, 40) * slow
        if at > self.now:
            return None
        row.refresh_from_db()
        if self.rng.random() < 0.3:
            offer = proposals.propose(
                scope, complaint=row, kind="repair", remedy=story.text("remedy"),
                amount=Decimal(int(self.rng.integers(1, 9)) * 100), at=at,
            )  # fmt: skip
            if offer.state == "waiting":
                proposals.approve(self.scopes["executive"], proposal=offer, at=at + timedelta(hours=1))
            row.refresh_from_db()
        cases.resolve(scope, complaint=row, resolution=story.text("remedy"), at=at)
        if story.unit != "south" and story.kind["category"].startswith("quality"):
            roles.name_cause(scope, complaint=row, unit=self.units[story.unit], at=at)
        at += self.hours(2, 24)
        if at > self.now:
            return None
        row.refresh_from_db()
        cases.close(scope, complaint=row, at=at)
        return at

    def promise(self, row: Complaint, story: Story) -> None:
        scope, at = self.scopes[OWNERS[story.unit]], story.at + timedelta(hours=1)
        due = at + timedelta(days=2)
        made = make_promise(
            scope, subject=f"complaint:{row.pk}", due_at=due, at=at,
            text="两天内给出书面答复 A written answer within two days",
        )  # fmt: skip
        if due > self.now:
            return
        if self.rng.random() < 0.85:
            keep_promise(
                scope, promise=made, evidence=Evidence(text="已发送 Sent"), at=due - timedelta(hours=5)
            )
        else:
            why = Evidence(text="等待供应商回复 Waiting for the supplier")
            break_promise(scope, promise=made, evidence=why, at=due + timedelta(hours=20))

    def call_back(self) -> None:
        """Whoever asked in a survey to be called has been called, except in the last days."""
        asked = Complaint.objects.filter(channel=Channel.SURVEY, received_at__lt=self.now - timedelta(days=4))
        kinds = ("delivery-late", "after-sales-slow", "quality-noise", "after-sales-parts", "quality-leak")
        for row in asked.select_related("unit", "first_contact_owner"):
            scope = self.scopes[row.first_contact_owner.username]
            at = row.received_at + self.hours(1, 30)
            category = self.categories[str(self.rng.choice(kinds))]
            cases.edit(scope, complaint=row, at=at, category=category)
            said = "已致电客户，问题已说明并解决 Called the customer; explained and settled"
            cases.resolve(scope, complaint=row, resolution=said, at=at)
            row.refresh_from_db()
            cases.close(scope, complaint=row, at=min(at + self.hours(1, 20), self.now))

    def follow_up(self, *, dissatisfied: float) -> None:
        """Calls that were due some time ago have been made; a share of customers was not content, and what
        opened again was settled again.
        """
        due = FollowUp.objects.filter(result="", due_at__lt=self.now - timedelta(days=2))
        for row in due.select_related("complaint").order_by("due_at"):
            scope = self.scopes["manager"]
            at = row.due_at + self.hours(1, 5)
            if self.rng.random() < 0.04:
                continue  # these are the misses that the page of four never-miss lists
            if self.rng.random() < 0.2:
                follow_ups.note_attempt(scope, follow_up=row, answered=False, at=at)
                at += timedelta(hours=20)
            content = self.rng.random() >= dissatisfied
            follow_ups.finish(
                scope, follow_up=row, result="satisfied" if content else "dissatisfied",
                score=int(self.rng.integers(4, 6)) if content else 2,
                words="" if content else "问题又出现了 It is happening again", at=min(at, self.now),
            )  # fmt: skip
            if not content and at < self.now - timedelta(days=6):
                case = row.complaint
                case.refresh_from_db()
                again = at + self.hours(20, 60)
                said = "主管再次上门并彻底解决 The supervisor came again; settled for good"
                cases.resolve(scope, complaint=case, resolution=said, at=again)
                case.refresh_from_db()
                cases.close(scope, complaint=case, at=again + self.hours(2, 20))
        drain()


def complain(*, rng: np.random.Generator, at: datetime, progress: Callable[[int, int], None]) -> None:
    """Categories, standard answers, and DAYS of complaints before `at`."""
    manager = scope_of(User.objects.get(username="manager"))
    began = at - timedelta(days=DAYS + 30)
    install_categories(manager, industry="manufacturing", at=began)
    _write_answers(at=began)
    teller = Teller(rng, at)
    stories = _stories(rng, at)
    for number, story in enumerate(stories):
        row = teller.receive(story)
        if rng.random() < 0.2:
            teller.promise(row, story)
        teller.settle(row, story)
        progress(number, len(stories))
    teller.call_back()
    drain()
    teller.follow_up(dissatisfied=0.1)
    teller.follow_up(dissatisfied=0.0)  # of what was settled again
    _word_from_the_customer(teller)
    _problem(teller)
    _orders(teller)
    drain()


def _stories(rng: np.random.Generator, at: datetime) -> list[Story]:
    """Complaints by day and hour, oldest first."""
    kinds: list[dict[str, Any]] = yaml.safe_load((HERE / "complaints.yaml").read_text("utf-8"))
    weights = np.array([kind["weight"] for kind in kinds], dtype=float)
    found = []
    for ago in range(DAYS, -1, -1):
        morning = timezone.localtime(at - timedelta(days=ago)).replace(hour=8, minute=30, second=0)
        quiet = morning.weekday() >= 5
        for _ in range(int(rng.poisson(PER_DAY * (0.3 if quiet else 1.2)))):
            now = weights.copy()
            if ago < 80:  # the dates of the east branch hold since then
                now[0] *= 0.35
            kind = kinds[int(rng.choice(len(kinds), p=now / now.sum()))]
            moment = morning + timedelta(hours=float(rng.uniform(0, 9)))
            if moment > at - timedelta(minutes=20):
                continue
            severity = str(
                rng.choice([Severity.ORDINARY, Severity.MAJOR, Severity.URGENT], p=[0.72, 0.2, 0.08])
            )
            unit = kind["unit"] if rng.random() < 0.7 else str(rng.choice(list(OWNERS)))
            channel = str(rng.choice([str(c) for c in CHANNELS], p=[0.5, 0.2, 0.1, 0.1, 0.1]))
            found.append(Story(kind, unit, moment, severity, channel, bool(rng.random() < 0.15)))
    return sorted(found, key=lambda story: story.at)


def _write_answers(*, at: datetime) -> None:
    writer = scope_of(User.objects.get(username="east"))
    approver = scope_of(User.objects.get(username="manager"))
    everywhere = Scope(
        user_id=writer.user_id, grants=approver.grants
    )  # the group asked the east branch to write
    top = OrgUnit.objects.get(parent=None)
    for number, given in enumerate(yaml.safe_load((HERE / "answers.yaml").read_text("utf-8"))):
        topic, _made = Topic.objects.get_or_create(name=given["topic"])
        words = Words(
            title={"zh": given["zh"][0], "en": given["en"][0]}, body={"zh": given["zh"][1], "en": given["en"][1]},
            public=given["public"],
        )  # fmt: skip
        particulars = Particulars(unit=top, topic=topic, reviewer=User.objects.get(username="manager"))
        row = write_answer(everywhere, particulars=particulars, words=words, at=at)
        submit(everywhere, answer=row, at=at + timedelta(hours=1))
        if number < 4:
            approve(approver, answer=row, at=at + timedelta(days=1))


def _word_from_the_customer(teller: Teller) -> None:
    """The newest open complaint of the east branch has a message that waits for an answer."""
    row = Complaint.objects.filter(unit__code="east", state__in=["received", "working"]).first()
    if row is not None:
        messages.receive(
            Scope.system("demo"), complaint=row, channel=Channel.WEB, at=teller.now - timedelta(minutes=15),
            text="请问今天能有结果吗？ Will there be an answer today?",
        )  # fmt: skip


def _problem(teller: Teller) -> None:
    """The noisy bearings of one batch, if no rule has opened the problem already."""
    noisy = list(Complaint.objects.filter(batch=BATCH, problems=None, unit__code="south")[:6])
    if not noisy:
        return
    try:
        problems.open_problem(
            teller.scopes["manager"], unit=teller.units["south"], complaints=noisy, same="batch",
            title="DL-40 轴承异响（批次 B2609） Noisy bearings of DL-40, batch B2609",
            at=teller.now - timedelta(days=9),
        )  # fmt: skip
    except Refused:
        return


def _orders(teller: Teller) -> None:
    """Some orders and a return, so that the customer file has them."""
    for branch in teller.customers.values():
        for number, customer in enumerate(branch[:15]):
            day = teller.now - timedelta(days=20 + 11 * number)
            add_order(
                teller.scopes["manager"], customer=customer, now=teller.now, number=f"SO-{customer.pk:05d}-1",
                kind="order" if number % 7 else "return", at=day, product="DL-40", quantity=Decimal(2 + number % 4),
                amount=Decimal(18_000 + 900 * number),
            )  # fmt: skip
