"""You said, we did: those who raised it are told, and the public page shows it (E5)."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from manyi.customers.models import Contact
from manyi.improvement.models.actions import Action
from manyi.people.models import OrgUnit, User


class Announcement(models.Model):
    """Texts are {"zh": …, "en": …}. It goes to the public page when `public`, and to the people of its receipts."""

    action = models.ForeignKey(Action, on_delete=models.PROTECT, related_name="announcements")
    unit = models.ForeignKey(OrgUnit, on_delete=models.PROTECT, related_name="+")
    you_said = models.JSONField(_("You said"), default=dict)
    we_did = models.JSONField(_("We did"), default=dict)
    public = models.BooleanField(_("On the public page"), default=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-published_at", "-pk"]

    def __str__(self) -> str:
        return str(self.we_did.get("zh") or self.we_did.get("en") or self.pk)


class Receipt(models.Model):
    """One person told of one announcement; `words` are the person's own, quoted back. `key` is the address of
    the page in the mail: opening that page by a person (a POST) marks it as read.
    """

    announcement = models.ForeignKey(Announcement, on_delete=models.CASCADE, related_name="receipts")
    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    contact = models.ForeignKey(Contact, on_delete=models.SET_NULL, null=True, related_name="+")
    email = models.EmailField()
    language = models.CharField(max_length=10)
    source = models.CharField(max_length=100)  # 'complaint:12', 'response:uuid'
    words = models.CharField(max_length=500, blank=True)
    sent_at = models.DateTimeField(null=True)
    asked_again_at = models.DateTimeField(null=True)
    read_at = models.DateTimeField(null=True)
    better = models.BooleanField(_("Is it better now?"), null=True)
    answered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["announcement", "email"], name="receipt_once"),
            models.CheckConstraint(
                condition=Q(better=None) | Q(answered_at__isnull=False), name="receipt_answered"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.announcement_id} {self.email}"
