"""Standard answers 标准回答: a text that was approved, its versions, and how it serves."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from manyi.people.models import OrgUnit, User


class Topic(models.Model):
    """What answers are about; the headings of the public page. Belongs to the whole organisation."""

    name = models.JSONField(_("Name"), default=dict)
    position = models.PositiveSmallIntegerField(_("Position"), default=0)

    class Meta:
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return str(self.name.get("zh") or self.name.get("en") or self.pk)


class StandardAnswer(models.Model):
    """An answer's lasting part. It holds for its org unit and those below; the words are in its versions."""

    unit = models.ForeignKey(
        OrgUnit, on_delete=models.PROTECT, related_name="standard_answers", verbose_name=_("Org unit")
    )
    topic = models.ForeignKey(
        Topic,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="answers",
        verbose_name=_("Topic"),
    )
    product = models.CharField(_("Product"), max_length=100, blank=True)
    reviewer = models.ForeignKey(
        User,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("Reviewed by"),
    )
    review_on = models.DateField(_("To be reviewed on"), null=True, blank=True, db_index=True)
    created_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["unit", "topic"], name="answer_unit_topic")]

    def __str__(self) -> str:
        return f"answer {self.pk}"


class AnswerVersion(models.Model):
    """Draft → submitted → published → superseded. From 'published' on a trigger freezes it.

    `title` and `body` are `{"zh": …, "en": …}`; the body is text with simple Markdown (`rendering`).
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        SUBMITTED = "submitted", _("Waiting for approval")
        PUBLISHED = "published", _("Published")
        SUPERSEDED = "superseded", _("Superseded")

    UNFINISHED = (State.DRAFT, State.SUBMITTED)

    answer = models.ForeignKey(StandardAnswer, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    title = models.JSONField(default=dict)
    body = models.JSONField(default=dict)
    keywords = models.CharField(_("Keywords"), max_length=300, blank=True)
    public = models.BooleanField(_("Show on the public page"), default=False)
    note = models.CharField(_("What changed"), max_length=300, blank=True)
    #: Everybody who wrote in this version; none of them may approve it.
    authors = models.ManyToManyField(User, related_name="+")
    changed_at = models.DateTimeField()
    returned_because = models.CharField(max_length=500, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)
    published_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["answer", "number"], name="answer_version_number"),
            models.UniqueConstraint(fields=["answer"], condition=Q(state="published"), name="answer_one_published"),
            models.UniqueConstraint(
                fields=["answer"], condition=Q(state__in=["draft", "submitted"]), name="answer_one_draft"
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.answer_id} v{self.number}"

    @property
    def unfinished(self) -> bool:
        return self.state in self.UNFINISHED


class SearchText(models.Model):
    """The tokens of a version that can be found; a full-text index of the database hangs on this table."""

    version = models.OneToOneField(AnswerVersion, on_delete=models.CASCADE, primary_key=True)
    head = models.TextField()
    body = models.TextField()

    def __str__(self) -> str:
        return str(self.version_id)


class AnswerUse(models.Model):
    """A version was put into a text about `subject` ('complaint:12')."""

    version = models.ForeignKey(AnswerVersion, on_delete=models.CASCADE, related_name="uses")
    subject = models.CharField(max_length=60)
    language = models.CharField(max_length=2)
    user = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["version", "subject", "user"], name="answer_use_once")]
        indexes = [models.Index(fields=["subject"], name="answer_use_subject")]

    def __str__(self) -> str:
        return f"{self.version_id} in {self.subject}"


class HelpfulVote(models.Model):
    """Did it help? `voter` is 'user:12', or 'visitor:' and a keyed digest; voting again changes the vote."""

    version = models.ForeignKey(AnswerVersion, on_delete=models.CASCADE, related_name="votes")
    voter = models.CharField(max_length=60)
    helped = models.BooleanField()
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["version", "voter"], name="helpful_vote_once")]

    def __str__(self) -> str:
        return f"{self.version_id} {self.helped}"
