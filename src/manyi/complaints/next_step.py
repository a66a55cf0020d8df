"""The one thing that comes next with a complaint, for this reader. Pure: what is known goes in, steps come out.

The first step is the one shown large; the others wait below it. The order: what only this reader can answer,
then what holds the complaint up, then its own way through the lifecycle.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from manyi.complaints.lifecycle import State


@dataclass(frozen=True, slots=True)
class Order:
    """A work order as far as the next step depends on it. `mine`: the reader works for the unit that has it."""

    position: int
    state: str
    unit: str
    mine: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Offer:
    """A proposal: `state` of Proposal.State; `money` such as '500.00 CNY' or ''; may the reader approve it?"""

    state: str
    money: str = ""
    may_approve: bool = False


@dataclass(frozen=True, slots=True)
class Situation:
    """All that decides. `orders` are the open ones and those returned that nobody has dealt with."""

    state: str
    may_handle: bool = False
    may_dispatch: bool = False
    asked_by: str = ""  # who asks this reader to take over first-contact ownership
    unit: str = ""  # the handling unit's name
    handled_by_nobody: bool = False
    unanswered: bool = False  # the last word is the customer's
    suggested: str = ""  # to whom a routing rule would send a work order
    orders: list[Order] = field(default_factory=list)
    offers: list[Offer] = field(default_factory=list)
    survivor: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """`code` names it, `anchor` is where on the page it is done, `waits`: somebody else's turn."""

    code: str
    text: Any
    anchor: str = ""
    waits: bool = False


def steps(now: Situation) -> list[Step]:
    """What comes next, the most pressing first; at least one."""
    found = _answers(now)
    if now.state in (State.RECEIVED, State.WORKING):
        found += _hold_ups(now)
        found += _work(now)
    else:
        found.append(_end(now))
    mine = [s for s in found if not s.waits]
    return mine + [s for s in found if s.waits]


def _answers(now: Situation) -> list[Step]:
    found = []
    if now.asked_by:
        text = _("%(person)s asks you to answer for this complaint from now on.") % {"person": now.asked_by}
        found.append(Step("hand_over", text, "roles"))
    for order in now.orders:
        if order.mine and order.state == "sent":
            text = _("Work order %(number)s waits for you to accept or return it.")
            found.append(Step("accept_order", text % {"number": order.position}, f"order-{order.position}"))
        if order.mine and order.state == "accepted":
            text = _("Report what came out of work order %(number)s.")
            found.append(Step("finish_order", text % {"number": order.position}, f"order-{order.position}"))
    for offer in now.offers:
        if offer.state == "waiting" and offer.may_approve:
            text = _("A proposal of %(money)s waits for your approval.") % {"money": offer.money}
            found.append(Step("approve", text, "settling"))
    return found


def _hold_ups(now: Situation) -> list[Step]:
    found = []
    for order in now.orders:
        if order.state == "returned" and now.may_dispatch:
            text = _(
                "Work order %(number)s came back from %(unit)s: %(reason)s Send it to somebody else."
            ) % {
                "number": order.position,
                "unit": order.unit,
                "reason": _ended(order.reason),
            }
            found.append(Step("send_again", text, f"order-{order.position}"))
    for offer in now.offers:
        if offer.state == "approved" and now.may_handle:
            found.append(Step("offer", _("The proposal is approved: offer it to the customer."), "settling"))
        if offer.state == "offered" and now.may_handle:
            text = _("An offer is with the customer: record what they say to it.")
            found.append(Step("answer", text, "settling"))
    if now.unanswered and now.may_handle:
        found.append(Step("reply", _("The customer has written and waits for an answer."), "conversation"))
    if now.suggested and now.may_dispatch:
        text = _("A routing rule proposes a work order to %(to)s.") % {"to": now.suggested}
        found.append(Step("suggestion", text, "work-orders"))
    if now.handled_by_nobody and now.may_handle:
        text = _("Nobody of %(unit)s works on it yet.") % {"unit": now.unit}
        found.append(Step("take", text))
    return found


def _ended(text: str) -> str:
    return text if text.endswith((".", "。", "!", "！", "?", "？")) else f"{text}{_('.')}"


def _work(now: Situation) -> list[Step]:
    running = [o for o in now.orders if o.state in ("sent", "accepted", "waiting")]
    waiting = [o for o in now.offers if o.state == "waiting" and not o.may_approve]
    found = []
    for order in running:
        if not order.mine:
            text = _("Work order %(number)s is with %(unit)s.") % {
                "number": order.position,
                "unit": order.unit,
            }
            found.append(Step("wait_order", text, f"order-{order.position}", waits=True))
    for offer in waiting:
        text = _("A proposal of %(money)s waits for approval.") % {"money": offer.money}
        found.append(Step("wait_approval", text, "settling", waits=True))
    if not now.may_handle:
        found.append(Step("wait", _("%(unit)s works on it.") % {"unit": now.unit}, waits=True))
    elif now.state == State.RECEIVED:
        found.append(Step("begin", _("Tell the customer that we have it, and begin.")))
    elif not running and not waiting:
        found.append(Step("settle", _("Settle it: agree with the customer, then record how.")))
    return found


def _end(now: Situation) -> Step:
    if now.state == State.MERGED:
        text = _("It was merged and goes on as %(number)s.") % {"number": now.survivor}
        return Step("survivor", text, waits=True)
    if now.state == State.RESOLVED and now.may_handle:
        return Step(
            "close",
            _("The customer has been told how it is settled. Close it, or go on if they do not agree."),
        )
    if now.state == State.RESOLVED:
        return Step("wait", _("It is settled and waits to be closed."), waits=True)
    if now.state == State.WITHDRAWN:
        return Step("ended", _("The customer has withdrawn it; nothing more is to be done."), waits=True)
    return Step("ended", _("It is closed. The follow-up asks whether the customer is satisfied."), waits=True)
