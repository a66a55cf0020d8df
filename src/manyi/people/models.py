"""Organisation, org units, users, memberships, API tokens."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _

from manyi.people.rights import Role


class Organisation(models.Model):
    """The one organisation this deployment serves, with the rules that hold for all its waves."""

    name = models.JSONField(_("Name"), default=dict)
    quiet_from = models.TimeField(_("Quiet hours from"), default="21:00")
    quiet_until = models.TimeField(_("Quiet hours until"), default="08:30")
    fatigue_days = models.PositiveSmallIntegerField(_("Days between two invitations"), default=30)
    anonymity_minimum = models.PositiveSmallIntegerField(_("Smallest group shown"), default=5)
    postal_address = models.CharField(_("Address in mails"), max_length=300, blank=True)
    mail_from = models.CharField(_("Sender of mails"), max_length=200, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(pk=1), name="one_organisation"),
            models.CheckConstraint(condition=models.Q(anonymity_minimum__gte=3), name="anonymity_floor"),
        ]

    def __str__(self) -> str:
        return str(self.name.get("zh") or self.name.get("en") or "")


class OrgUnit(models.Model):
    """A node of the organisation's own tree. `path` holds the ids from the root: '/1/4/9/'."""

    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="children"
    )
    code = models.CharField(_("Code"), max_length=40, unique=True)
    name = models.JSONField(_("Name"), default=dict)
    path = models.CharField(max_length=300, db_index=True, editable=False)
    active = models.BooleanField(_("Active"), default=True)

    class Meta:
        ordering = ["path"]

    def __str__(self) -> str:
        return str(self.name.get("zh") or self.name.get("en") or self.code)

    @property
    def depth(self) -> int:
        return self.path.count("/") - 2

    @property
    def lineage_ids(self) -> list[int]:
        """Ids from the root down to this unit, itself included."""
        return [int(part) for part in self.path.strip("/").split("/") if part]


class User(AbstractUser):
    name = models.CharField(_("Display name"), max_length=100, blank=True)
    language = models.CharField(
        _("Language"), max_length=10, default="zh-hans", choices=[("zh-hans", "简体中文"), ("en", "English")]
    )

    def get_short_name(self) -> str:
        return self.name or self.username

    def get_full_name(self) -> str:
        return self.name or self.username


class Membership(models.Model):
    """A role of a user at an org unit; it holds there and everywhere below."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(_("Role"), max_length=30, choices=Role)
    unit = models.ForeignKey(OrgUnit, on_delete=models.PROTECT, related_name="memberships")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "role", "unit"], name="membership_once")]

    def __str__(self) -> str:
        return f"{self.user} {self.role} @ {self.unit}"


class ApiToken(models.Model):
    """A bearer token. Only its SHA-256 is kept; the token itself is shown once."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="tokens")
    name = models.CharField(_("Name"), max_length=100)
    digest = models.CharField(max_length=64, unique=True)
    prefix = models.CharField(max_length=12)
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"


class IdempotencyKey(models.Model):
    """The stored answer to a POST, so that repeating the request does not repeat its effect."""

    user = models.ForeignKey(User, on_delete=models.CASCADE)
    key = models.CharField(max_length=100)
    path = models.CharField(max_length=300)
    body_digest = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    answer: Any = models.JSONField(default=dict)
    created_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="idempotency_once")]

    def __str__(self) -> str:
        return f"{self.user_id}:{self.key}"


class BusinessCalendar(models.Model):
    """When the organisation, or a part of it, is open. `week` holds seven texts "08:30-12:00, 13:30-17:30",
    Monday first; `country` whose public holidays and make-up workdays hold.
    """

    class Country(models.TextChoices):
        CN = "CN", _("China, with make-up workdays")

    code = models.SlugField(_("Code"), max_length=40, unique=True)
    name = models.JSONField(_("Name"), default=dict)
    timezone = models.CharField(_("Time zone"), max_length=60, default="Asia/Shanghai")
    week = models.JSONField(_("Open hours"), default=list)
    country = models.CharField(_("Public holidays"), max_length=2, choices=Country, blank=True)
    version = models.UUIDField(default=uuid.uuid4, editable=False)  # another one after every change

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return str(self.name.get("zh") or self.name.get("en") or self.code)


class CalendarDay(models.Model):
    """One day that is not like its weekday; empty `windows` mean closed. It goes before the country's holidays."""

    calendar = models.ForeignKey(BusinessCalendar, on_delete=models.CASCADE, related_name="days")
    day = models.DateField(_("Day"))
    windows = models.CharField(_("Open hours"), max_length=200, blank=True)
    note = models.CharField(_("Remark"), max_length=100, blank=True)

    class Meta:
        ordering = ["day"]
        constraints = [models.UniqueConstraint(fields=["calendar", "day"], name="calendar_day_once")]

    def __str__(self) -> str:
        return f"{self.calendar_id} {self.day}"
