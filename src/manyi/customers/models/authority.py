"""Up to what somebody may promise or compensate on their own (授权额度、底线)."""

from __future__ import annotations

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from manyi.people.models import OrgUnit, User
from manyi.people.rights import Role


class AuthorityLimit(models.Model):
    """What a role, or one person, may give at a unit and below: an amount per case and perhaps a budget a month.

    Of several that apply the one for the person comes before one for a role, then that of the nearest unit,
    then the larger. Without any limit nobody gives away anything without approval.
    """

    unit = models.ForeignKey(
        OrgUnit, on_delete=models.PROTECT, related_name="+", verbose_name=_("At the org unit and below")
    )
    role = models.CharField(_("Role"), max_length=30, choices=Role, blank=True)
    user = models.ForeignKey(
        User, on_delete=models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("Person")
    )
    currency = models.CharField(_("Currency"), max_length=3, default="CNY")
    per_case = models.DecimalField(
        _("At most per case"), max_digits=12, decimal_places=2, validators=[MinValueValidator(0)]
    )
    per_month = models.DecimalField(
        _("Budget per month"),
        max_digits=12,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text=_("What one person may give in a calendar month without approval. Empty: no budget."),
    )

    #: Kinds of promises (`Promise.Kind`) that may not be made at all, whatever they cost.
    forbidden = models.JSONField(_("May not promise"), default=list, blank=True)

    class Meta:
        ordering = ["unit__path", "role", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "role", "currency"], condition=~Q(role=""), name="authority_role_once"
            ),
            models.UniqueConstraint(
                fields=["unit", "user", "currency"], condition=Q(role=""), name="authority_user_once"
            ),
            models.CheckConstraint(
                condition=Q(role="", user__isnull=False) | (~Q(role="") & Q(user=None)),
                name="authority_role_or_user",
            ),
            models.CheckConstraint(condition=Q(per_case__gte=0), name="authority_per_case"),
        ]

    def __str__(self) -> str:
        return f"{self.role or self.user_id} @ {self.unit_id}: {self.per_case} {self.currency}"
