"""Audits: a checklist gone through at a unit by somebody who says so."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from manyi.people.models import User
from manyi.standards.models.checks import Mark, Photo, Round, mark_constraints


class Audit(Round):
    class State(models.TextChoices):
        PLANNED = "planned", _("Planned")
        DOING = "doing", _("Under way")
        SUBMITTED = "submitted", _("Submitted")
        CANCELLED = "cancelled", _("Called off")

    auditor = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="audits", verbose_name=_("Auditor")
    )
    due_on = models.DateField(_("Due date"))
    state = models.CharField(_("State"), max_length=10, choices=State, default=State.PLANNED)

    class Meta:
        ordering = ["-planned_at", "-pk"]
        indexes = [models.Index(fields=["unit", "state", "-submitted_at"], name="audit_unit_state")]

    def __str__(self) -> str:
        return f"{self.checklist} · {self.unit}"

    @property
    def is_open(self) -> bool:
        return self.state in (self.State.PLANNED, self.State.DOING)


class AuditMark(Mark):
    round = models.ForeignKey(Audit, on_delete=models.CASCADE, related_name="marks")

    class Meta(Mark.Meta):
        constraints = mark_constraints("audit_mark")


class AuditPhoto(Photo):
    mark = models.ForeignKey(AuditMark, on_delete=models.CASCADE, related_name="photos")
    file = models.FileField(upload_to="standards/audits/%Y/%m/", max_length=200)
