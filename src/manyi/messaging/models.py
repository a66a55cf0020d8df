"""The outbox and the inbox: every mail is a row first, so that none is sent or taken twice and none is lost."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from manyi.people.models import OrgUnit, User


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


class Attachment(models.Model):
    """A file that goes out with a mail. It lies in the data folder until the mail was sent or has failed for good."""

    mail = models.ForeignKey(OutgoingMail, on_delete=models.CASCADE, related_name="attachments")
    name = models.CharField(max_length=120)
    content_type = models.CharField(max_length=100)
    file = models.FileField(upload_to="outbox/", max_length=200)
    size = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["mail", "name"], name="attachment_once")]

    def __str__(self) -> str:
        return self.name


class ReadMailbox(models.Model):
    """From which UID on a mailbox is read whether or not somebody has opened the mail: those that came before
    we knew the mailbox are only read while unseen.
    """

    key = models.CharField(max_length=200)
    uidvalidity = models.BigIntegerField()
    first_uid = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "uidvalidity"], name="read_mailbox_once")]

    def __str__(self) -> str:
        return f"{self.key} {self.uidvalidity}"


class IncomingMail(models.Model):
    """A mail as it came: the raw form is kept in `raw`, what became of it in `state`.

    `identity` is a digest of Message-ID and body, so that the same mail is known again when it comes twice or by
    two mailboxes; the later copies are rows too, with `same_as`. `outcome` names what it led to ('complaint:12').
    """

    class State(models.TextChoices):
        NEW = "new", _("Just arrived")
        THREADED = "threaded", _("Added to a complaint")
        OPENED = "opened", _("Opened as a complaint")
        AUTO_REPLY = "auto_reply", _("Automatic reply")
        LOOP = "loop", _("Loop")
        BOUNCE = "bounce", _("Delivery report")
        BROKEN = "broken", _("Cannot be read")
        FLAGGED = "flagged", _("To be decided")
        IGNORED = "ignored", _("Set aside")

    class Reason(models.TextChoices):
        """Why it is in its state, where that needs saying; `error` holds the particulars, in no language."""

        SAME = "same", _("The same mail came before.")
        LARGE = "large", _("It is too large and stays in the mailbox.")
        OURS = "ours", _("A mail of ours came back.")
        FROM_US = "from_us", _("The sender is an address of ours.")
        MANY = "many", _("Too many mails came from this address within an hour.")
        MACHINE = "machine", _("A machine wrote it.")
        NO_SENDER = "no_sender", _("No sender can be read.")
        FAULTY = "faulty", _("Not all of it can be read.")
        EMPTY = "empty", _("Nothing can be read in it.")
        LIST = "list", _("It came by a mailing list.")
        STRANGER = "stranger", _("It names a complaint, but its sender is not known there.")
        NOBODY = "nobody", _("Nobody at the unit may receive complaints.")

    mailbox = models.CharField(max_length=200)
    uidvalidity = models.BigIntegerField()
    uid = models.BigIntegerField()
    unit = models.ForeignKey(OrgUnit, on_delete=models.PROTECT, related_name="+", verbose_name=_("Org unit"))
    identity = models.CharField(max_length=64)
    same_as = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="copies"
    )
    message_id = models.CharField(max_length=255, blank=True, db_index=True)
    references = models.JSONField(default=list, blank=True)
    sender = models.CharField(max_length=254, blank=True)
    sender_name = models.CharField(max_length=200, blank=True)
    recipient = models.CharField(max_length=254, blank=True)
    subject = models.CharField(_("Subject"), max_length=300, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    received_at = models.DateTimeField()
    raw = models.FileField(upload_to="mail/", max_length=200, blank=True)
    size = models.PositiveBigIntegerField()
    state = models.CharField(max_length=10, choices=State, default=State.NEW)
    reason = models.CharField(max_length=10, choices=Reason, blank=True)
    error = models.CharField(max_length=500, blank=True)
    outcome = models.CharField(max_length=60, blank=True)
    handled_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["-received_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["mailbox", "uidvalidity", "uid"], name="incoming_mail_once"),
            models.UniqueConstraint(
                fields=["identity"], condition=Q(same_as=None), name="incoming_mail_identity"
            ),
        ]
        indexes = [
            models.Index(fields=["state", "-received_at"], name="incoming_mail_state"),
            models.Index(fields=["sender", "received_at"], name="incoming_mail_sender"),
        ]

    def __str__(self) -> str:
        return f"{self.mailbox} {self.uid}"
