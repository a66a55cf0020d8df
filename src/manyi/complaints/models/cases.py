"""A complaint, its category, its three roles, its notes and messages, its attachments."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from manyi.complaints.lifecycle import OPEN, State
from manyi.customers import keys
from manyi.customers.fields import KeyField
from manyi.customers.models import Contact, Customer
from manyi.people.models import OrgUnit, User

LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]


class Channel(models.TextChoices):
    PHONE = "phone", _("Phone")
    COUNTER = "counter", _("Counter")
    WEB = "web", _("Web form")
    MAIL = "mail", _("By e-mail")
    SURVEY = "survey", _("Survey")
    STAFF = "staff", _("Sales or service note")
    DEALER = "dealer", _("Dealer")
    API = "api", _("API")
    IMPORT = "import", _("Import")


class Severity(models.TextChoices):
    ORDINARY = "ordinary", _("Ordinary")
    MAJOR = "major", _("Major")
    URGENT = "urgent", _("Urgent")


class CaseRole(models.TextChoices):
    """The three roles (首问负责制): who answers for it to the end, who works on it, whose process caused it.

    Besides, whoever was given a work order is a worker; there may be several at a time.
    """

    FIRST_CONTACT_OWNER = "first_contact_owner", _("First-contact owner")
    HANDLER = "handler", _("Handler")
    CAUSE_OWNER = "cause_owner", _("Cause owner")
    WORKER = "worker", _("Worker")


class Category(models.Model):
    """What complaints are about: a tree of two levels at most; `industry` says which shipped set it is from."""

    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="children"
    )
    code = models.CharField(_("Code"), max_length=40, unique=True)
    name = models.JSONField(_("Name"), default=dict)
    industry = models.CharField(_("Industry"), max_length=20, blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    active = models.BooleanField(_("Active"), default=True)

    class Meta:
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return str(self.name.get("zh") or self.name.get("en") or self.code)


class NumberSeries(models.Model):
    """The last number given out per unit and day; locked while one is taken."""

    key = models.CharField(max_length=60, unique=True)
    last = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.key}: {self.last}"


class Complaint(models.Model):
    """An expression of dissatisfaction to which a response is expected (ISO 10002 §3.2).

    `unit` answers for it; `handler_unit` works on it now, whether or not a person is named, so that a
    complaint never is ownerless. The complainant may be somebody else than the customer's contacts.
    """

    number = models.CharField(_("Case number"), max_length=40, unique=True)
    secret = models.CharField(max_length=32)
    unit = models.ForeignKey(
        OrgUnit, on_delete=models.PROTECT, related_name="complaints", verbose_name=_("Org unit")
    )
    channel = models.CharField(_("Channel"), max_length=10, choices=Channel)
    language = models.CharField(_("Language"), max_length=10, choices=LANGUAGES, default="zh-hans")
    state = models.CharField(_("State"), max_length=10, choices=State, default=State.RECEIVED)
    severity = models.CharField(_("Severity"), max_length=10, choices=Severity, default=Severity.ORDINARY)
    category = models.ForeignKey(
        Category,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="complaints",
        verbose_name=_("Category"),
        db_index=False,
    )

    customer = models.ForeignKey(
        Customer,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="complaints",
        verbose_name=_("Customer"),
    )
    contact = models.ForeignKey(
        Contact, on_delete=models.SET_NULL, null=True, blank=True, related_name="complaints"
    )
    complainant = models.CharField(_("Complainant"), max_length=100, blank=True)
    phone = models.CharField(_("Phone"), max_length=40, blank=True)
    phone_key = KeyField(source="phone", how=keys.phone)
    email = models.EmailField(_("E-mail"), blank=True, db_index=True)

    title = models.CharField(_("What happened, in one line"), max_length=200)
    description = models.TextField(_("Description"), blank=True)
    happened_on = models.DateField(_("Happened on"), null=True, blank=True)
    place = models.CharField(_("Place"), max_length=200, blank=True)
    product = models.CharField(_("Product"), max_length=100, blank=True)
    serial = models.CharField(_("Serial number"), max_length=60, blank=True, db_index=True)
    batch = models.CharField(_("Batch"), max_length=60, blank=True)
    order_number = models.CharField(_("Order number"), max_length=60, blank=True, db_index=True)
    wanted_remedy = models.CharField(_("Wanted remedy"), max_length=300, blank=True)

    first_contact_owner = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="+", verbose_name=CaseRole.FIRST_CONTACT_OWNER.label
    )
    handler_unit = models.ForeignKey(
        OrgUnit, on_delete=models.PROTECT, related_name="+", verbose_name=_("Handling unit")
    )
    handler = models.ForeignKey(
        User,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=CaseRole.HANDLER.label,
    )
    cause_unit = models.ForeignKey(
        OrgUnit,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("Cause unit"),
    )

    received_at = models.DateTimeField(_("Received"))
    acknowledged_at = models.DateTimeField(_("Acknowledged"), null=True, blank=True)
    responded_at = models.DateTimeField(_("Responded"), null=True, blank=True)
    resolved_at = models.DateTimeField(_("Resolved"), null=True, blank=True)
    closed_at = models.DateTimeField(_("Closed"), null=True, blank=True)
    resolution = models.TextField(_("Resolution"), blank=True)
    first_contact_resolved = models.BooleanField(_("Resolved at first contact"), default=False)
    closings = models.PositiveSmallIntegerField(_("Times closed"), default=0)
    reopened = models.PositiveSmallIntegerField(_("Times reopened"), default=0)

    next_due_at = models.DateTimeField(_("Next due"), null=True, blank=True)
    next_due_kind = models.CharField(max_length=20, blank=True)

    merged_into = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="merged"
    )
    source = models.CharField(max_length=100, blank=True)
    external_id = models.CharField(_("Number in the other system"), max_length=100, blank=True)

    class Meta:
        ordering = ["-received_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["source", "external_id"], condition=~Q(external_id=""), name="complaint_source_once"
            ),
            models.CheckConstraint(
                condition=Q(state=State.MERGED, merged_into__isnull=False)
                | (~Q(state=State.MERGED) & Q(merged_into=None)),
                name="complaint_merged_into",
            ),
        ]
        indexes = [
            models.Index(fields=["-received_at", "-id"], name="complaint_newest"),
            models.Index(fields=["unit", "-received_at", "-id"], name="complaint_unit"),
            models.Index(fields=["unit", "state", "-received_at"], name="complaint_unit_state"),
            models.Index(fields=["handler", "state", "next_due_at"], name="complaint_handler"),
            models.Index(fields=["first_contact_owner", "state", "next_due_at"], name="complaint_owner"),
            models.Index(fields=["handler_unit", "state", "-received_at"], name="complaint_handler_unit"),
            models.Index(fields=["customer", "-received_at"], name="complaint_customer"),
            # What a category is narrowed by further is read from the index, not from a row in every page of the table.
            models.Index(
                fields=["category", "-received_at", "-id"],
                include=["severity", "state"],
                name="complaint_category",
            ),
            models.Index(
                fields=["state", "next_due_at", "id"],
                condition=Q(state__in=[State.RECEIVED, State.WORKING, State.RESOLVED]),
                name="complaint_open",
            ),
            models.Index(
                fields=["product", "-received_at", "-id"], condition=~Q(product=""), name="complaint_product"
            ),
            models.Index(
                fields=["-closed_at", "-id"], condition=Q(closed_at__isnull=False), name="complaint_closed"
            ),
            models.Index(fields=["batch", "-received_at"], condition=~Q(batch=""), name="complaint_batch"),
            models.Index(
                fields=["next_due_at"], condition=Q(next_due_at__isnull=False), name="complaint_next_due"
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def is_open(self) -> bool:
        return self.state in OPEN


class Assignment(models.Model):
    """Who held a role from when to when; the row without `until` is the present one."""

    complaint = models.ForeignKey(
        Complaint, on_delete=models.CASCADE, related_name="assignments", db_index=False
    )
    role = models.CharField(max_length=20, choices=CaseRole)
    unit = models.ForeignKey(OrgUnit, on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    since = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["since", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["complaint", "role"],
                condition=Q(until=None) & ~Q(role="worker"),
                name="assignment_present_once",
            )
        ]
        # Who may see a complaint is read from these alone, without the table (`queries.cases.visible`).
        indexes = [
            models.Index(fields=["complaint", "unit", "user", "role", "until"], name="assignment_sight"),
            models.Index(fields=["unit", "complaint"], name="assignment_unit"),
        ]

    def __str__(self) -> str:
        return f"{self.role} {self.complaint_id}"


class Note(models.Model):
    """An internal word: never shown to the customer. What the customer sees is a `Message`."""

    complaint = models.ForeignKey(Complaint, on_delete=models.CASCADE, related_name="notes")
    author = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    text = models.TextField(_("Note"))

    class Meta:
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.complaint_id} {self.at:%Y-%m-%d %H:%M}"


class Message(models.Model):
    """A word between us and the complainant, in or out; both see it.

    `mail_reference` is the Message-ID of the mail it came or went by.
    """

    class Direction(models.TextChoices):
        IN = "in", _("From the customer")
        OUT = "out", _("To the customer")

    complaint = models.ForeignKey(Complaint, on_delete=models.CASCADE, related_name="messages")
    direction = models.CharField(max_length=3, choices=Direction)
    channel = models.CharField(max_length=10, choices=Channel)
    author = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField()
    text = models.TextField(_("Message"))
    mail_reference = models.CharField(max_length=200, blank=True, db_index=True)

    class Meta:
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.complaint_id} {self.direction} {self.at:%Y-%m-%d %H:%M}"


class Attachment(models.Model):
    """A file of a complaint. It belongs to a message (the customer sees it) or it is internal."""

    complaint = models.ForeignKey(Complaint, on_delete=models.CASCADE, related_name="attachments")
    message = models.ForeignKey(
        Message, on_delete=models.CASCADE, null=True, blank=True, related_name="attachments"
    )
    note = models.ForeignKey(
        Note, on_delete=models.CASCADE, null=True, blank=True, related_name="attachments"
    )
    file = models.FileField(upload_to="complaints/%Y/%m/")
    name = models.CharField(max_length=200)
    content_type = models.CharField(max_length=100)
    size = models.PositiveIntegerField()
    digest = models.CharField(max_length=64, blank=True)
    uploaded_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class CaseLink(models.Model):
    """Two complaints that belong together; stored once, the lower id first."""

    class Kind(models.TextChoices):
        DUPLICATE = "duplicate", _("Same complaint")
        REPEAT = "repeat", _("Repeat")
        RELATED = "related", _("Related")
        SPLIT = "split", _("Split off")

    first = models.ForeignKey(Complaint, on_delete=models.CASCADE, related_name="links_out")
    second = models.ForeignKey(Complaint, on_delete=models.CASCADE, related_name="links_in")
    kind = models.CharField(max_length=10, choices=Kind)
    at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="case_link_once"),
            models.CheckConstraint(condition=Q(first__lt=models.F("second")), name="case_link_order"),
        ]

    def __str__(self) -> str:
        return f"{self.first_id}–{self.second_id}"
