"""Customers and their contacts."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from manyi.customers import keys
from manyi.customers.fields import KeyField
from manyi.customers.uploads import UploadedTable
from manyi.people.models import OrgUnit, User


class Customer(models.Model):
    """An organisation or person that buys or receives (ISO 9000 §3.2.4). `code` is the organisation's own number."""

    class Kind(models.TextChoices):
        ORGANISATION = "organisation", _("Organisation")
        PERSON = "person", _("Person")

    class Tier(models.TextChoices):
        A = "A", "A"
        B = "B", "B"
        C = "C", "C"
        D = "D", "D"

    code = models.CharField(_("Customer number"), max_length=60, unique=True)
    kind = models.CharField(_("Kind"), max_length=15, choices=Kind, default=Kind.ORGANISATION)
    name = models.CharField(_("Name"), max_length=200)
    code_key = KeyField(source="code", how=keys.number)
    name_key = KeyField(source="name", how=keys.folded, max_length=200)
    unit = models.ForeignKey(
        OrgUnit, on_delete=models.PROTECT, related_name="customers", verbose_name=_("Org unit")
    )
    owner = models.ForeignKey(
        User,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="customers",
        verbose_name=_("Owner"),
    )
    tier = models.CharField(_("Tier"), max_length=1, choices=Tier, blank=True)
    segment = models.CharField(_("Segment"), max_length=60, blank=True)
    industry = models.CharField(_("Industry"), max_length=60, blank=True)
    region = models.CharField(_("Region"), max_length=60, blank=True)
    attributes = models.JSONField(_("Other attributes"), default=dict, blank=True)
    active = models.BooleanField(_("Active"), default=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["name", "pk"]
        indexes = [
            models.Index(Lower("name"), name="customer_name"),
            models.Index(fields=["unit", "tier"], name="customer_unit_tier"),
        ]

    def __str__(self) -> str:
        return self.name


class Contact(models.Model):
    """A person at a customer whom one may write to or call."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="contacts")
    name = models.CharField(_("Name"), max_length=100)
    email = models.EmailField(_("E-mail"), blank=True)
    email_key = KeyField(source="email", how=keys.folded)
    phone = models.CharField(_("Phone"), max_length=40, blank=True)
    phone_key = KeyField(source="phone", how=keys.phone)
    name_key = KeyField(source="name", how=keys.folded)
    language = models.CharField(
        _("Language"), max_length=10, default="zh-hans", choices=[("zh-hans", "简体中文"), ("en", "English")]
    )
    is_primary = models.BooleanField(_("Main contact"), default=True)
    opted_out_at = models.DateTimeField(null=True, blank=True)
    bounced_at = models.DateTimeField(null=True, blank=True)
    last_invited_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-is_primary", "pk"]
        indexes = [
            models.Index(Lower("email"), name="contact_email"),
            models.Index(fields=["phone"], name="contact_phone"),
        ]

    def __str__(self) -> str:
        return self.name


class CustomerImport(UploadedTable):
    """An uploaded customer list. `mapping` is what `customers.imports` reads."""

    class Meta(UploadedTable.Meta):
        pass
