"""Responses, half-finished ones, and wishes to be called back."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from manyi.customers.models import Customer
from manyi.people.models import OrgUnit, User
from manyi.surveys.models.waves import Invitation, Wave


class Response(models.Model):
    """答卷. `answers` maps answer columns (see `surveys.questionnaire`) to numbers, codes, lists or texts.

    The key is random and, in an anonymous wave, `invitation`, `customer` and `owner` are empty and
    `submitted_at` is cut to the day: nothing orders or joins responses to people.
    """

    class Channel(models.TextChoices):
        EMAIL = "email"
        LINK = "link"
        OPEN = "open"
        IMPORT = "import"
        API = "api"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    wave = models.ForeignKey(Wave, on_delete=models.CASCADE, related_name="responses")
    invitation = models.OneToOneField(
        Invitation, on_delete=models.PROTECT, null=True, blank=True, related_name="response"
    )
    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, null=True, blank=True, related_name="responses"
    )
    unit = models.ForeignKey(
        OrgUnit, on_delete=models.PROTECT, null=True, blank=True, related_name="responses"
    )
    owner = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    tier = models.CharField(max_length=1, blank=True)
    segment = models.CharField(max_length=60, blank=True)
    attributes = models.JSONField(default=dict, blank=True)
    answers = models.JSONField(default=dict)
    weight = models.FloatField(default=1.0)
    language = models.CharField(max_length=10, default="zh-hans")
    channel = models.CharField(max_length=10, choices=Channel)
    seconds = models.PositiveIntegerField(null=True, blank=True)
    flags = models.JSONField(default=list, blank=True)
    submitted_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["wave", "submitted_at"], name="response_wave_time")]
        constraints = [
            models.CheckConstraint(condition=Q(weight__gt=0), name="response_weight_positive"),
        ]

    def __str__(self) -> str:
        return str(self.id)


class ResponseDraft(models.Model):
    """Answers of somebody who has not finished, by the secret of the link or the open visitor's cookie.

    Deleted when the response is submitted or the wave closes.
    """

    wave = models.ForeignKey(Wave, on_delete=models.CASCADE, related_name="drafts")
    token = models.CharField(max_length=43, unique=True)
    answers = models.JSONField(default=dict)
    section = models.CharField(max_length=40, blank=True)
    language = models.CharField(max_length=10, default="zh-hans")
    started_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"draft of {self.wave_id}"


class CallbackWish(models.Model):
    """A respondent who wants to be called. Given freely on the thank-you page, so it may name the person."""

    wave = models.ForeignKey(Wave, on_delete=models.CASCADE, related_name="callback_wishes")
    response = models.OneToOneField(
        Response, on_delete=models.SET_NULL, null=True, blank=True, related_name="callback_wish"
    )
    unit = models.ForeignKey(OrgUnit, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    name = models.CharField(max_length=100)
    phone = models.CharField(max_length=40)
    wish = models.TextField(blank=True, max_length=1000)
    created_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"callback {self.pk}"
