"""What the next step of a complaint depends on, read for one reader."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from manyi.complaints.lifecycle import State
from manyi.complaints.models import Complaint, HandOver, Proposal, WorkOrder
from manyi.complaints.next_step import Offer, Order, Situation
from manyi.complaints.queries.cases import may_work_on
from manyi.scope import Scope
from manyi.web.templatetags.web import localised


def money(amount: Decimal, currency: str) -> str:
    """'1,250.00 CNY'; '' for nothing."""
    return f"{amount:,.2f} {currency}" if amount else ""


def situation(
    scope: Scope,
    complaint: Complaint,
    *,
    orders: Iterable[WorkOrder],
    proposals: Iterable[Proposal],
    asked: HandOver | None,
    approvable: frozenset[int] = frozenset(),
    unanswered: bool = False,
    suggested: str = "",
) -> Situation:
    """`orders` and `proposals` are all of the complaint; `approvable` are those this reader may decide on."""
    return Situation(
        state=complaint.state,
        may_handle=may_work_on(scope, complaint),
        may_dispatch=may_work_on(scope, complaint, "complaints.dispatch"),
        asked_by=asked.owner.get_full_name() if asked and asked.to_id == scope.user_id else "",
        unit=localised(complaint.handler_unit.name),
        handled_by_nobody=complaint.handler_id is None,
        unanswered=unanswered,
        suggested=suggested,
        orders=[
            Order(
                position=order.position,
                state=order.state,
                unit=localised(order.unit.name),
                mine=scope.may("complaints.handle", order.unit_id) and order.user_id in (None, scope.user_id),
                reason=order.reason,
            )
            for order in orders
            if order.is_open or (order.state == WorkOrder.State.RETURNED and not replaced(order))
        ],
        offers=[
            Offer(p.state, money(p.amount, p.currency) or str(p.get_kind_display()), p.pk in approvable)
            for p in proposals
        ],
        survivor=complaint.merged_into.number
        if complaint.state == State.MERGED and complaint.merged_into
        else "",
    )


def replaced(order: WorkOrder) -> bool:
    """Whether a returned order has been sent again as another one."""
    return hasattr(order, "replacement")
