"""The outbox: every mail is a row first, so that none is sent twice and none is lost."""

from __future__ import annotations

from django.db import models


class OutgoingMail(models.Model):
    """`reference` says what the mail is about ('invitation:12:0') and makes queuing idempotent.

    Text and HTML are blanked once sent: they hold personal links.
    """

    class State(models.TextChoices):
        QUEUED = "queued"
        SENDING = "sending"
        SENT = "sent"
        FAILED = "failed"
        BOUNCED = "bounced"

    reference = models.CharField(max_length=100, unique=True)
    message_id = models.CharField(max_length=200, unique=True)
    to = models.EmailField()
    subject = models.CharField(max_length=300)
    text = models.TextField(blank=True)
    html = models.TextField(blank=True)
    headers = models.JSONField(default=dict, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    not_before = models.DateTimeField()
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=500, blank=True)

    class Meta:
        indexes = [models.Index(fields=["state", "not_before"], name="mail_due")]

    def __str__(self) -> str:
        return self.reference
