"""A work order: a task a unit or a person is given for a complaint, with a time limit (派单, 退单)."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from manyi.complaints.models.cases import Assignment, Complaint, Note
from manyi.people.models import OrgUnit, User


class WorkOrder(models.Model):
    """One task of a complaint. `after` makes a sequence: it waits until that one is done.

    It always belongs to a unit, whether or not a person of it is named, so that it is never nobody's.
    `result` holds what came out, with the evidence attached to it; `replaces` is the returned one it stands for.
    """

    class State(models.TextChoices):
        WAITING = "waiting", pgettext_lazy("work order", "Waits for its turn")
        SENT = "sent", pgettext_lazy("work order", "Sent")
        ACCEPTED = "accepted", pgettext_lazy("work order", "Accepted")
        RETURNED = "returned", pgettext_lazy("work order", "Returned")
        DONE = "done", pgettext_lazy("work order", "Done")
        CANCELLED = "cancelled", pgettext_lazy("work order", "Cancelled")

    complaint = models.ForeignKey(Complaint, on_delete=models.CASCADE, related_name="work_orders")
    position = models.PositiveSmallIntegerField()
    unit = models.ForeignKey(
        OrgUnit, on_delete=models.PROTECT, related_name="+", verbose_name=_("To the org unit")
    )
    user = models.ForeignKey(
        User,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("To the person"),
    )
    instruction = models.TextField(_("What is to be done"))
    due_at = models.DateTimeField(_("Due"), null=True, blank=True)
    after = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="followers",
        verbose_name=_("After the work order"),
    )
    replaces = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="replacement"
    )
    state = models.CharField(max_length=10, choices=State, default=State.SENT)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(_("Reason"), max_length=300, blank=True)
    late_told_at = models.DateTimeField(null=True, blank=True)
    leader_told_at = models.DateTimeField(null=True, blank=True)
    assignment = models.OneToOneField(
        Assignment, on_delete=models.SET_NULL, null=True, blank=True, related_name="work_order"
    )
    result = models.OneToOneField(Note, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["complaint", "position"]
        constraints = [
            models.UniqueConstraint(fields=["complaint", "position"], name="work_order_position_once"),
            models.CheckConstraint(
                condition=Q(state__in=["returned", "done", "cancelled"], ended_at__isnull=False)
                | Q(state__in=["waiting", "sent", "accepted"], ended_at=None),
                name="work_order_ended",
            ),
        ]
        indexes = [
            models.Index(fields=["unit", "state", "due_at"], name="work_order_unit"),
            models.Index(fields=["user", "state", "due_at"], name="work_order_user"),
            models.Index(
                fields=["due_at"],
                condition=Q(state__in=["sent", "accepted"], leader_told_at=None, due_at__isnull=False),
                name="work_order_late",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.complaint_id}/{self.position}"

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_ORDERS


OPEN_ORDERS = frozenset({WorkOrder.State.WAITING, WorkOrder.State.SENT, WorkOrder.State.ACCEPTED})
