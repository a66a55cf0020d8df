"""Indicator trees and questionnaires. A version is a draft until published, then frozen for ever."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from manyi.people.models import User


class IndicatorTree(models.Model):
    """指标体系. Trees and questionnaires belong to the whole organisation, so that branches stay comparable."""

    code = models.SlugField(_("Code"), max_length=40, unique=True)
    name = models.JSONField(_("Name"), default=dict)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.code


class Questionnaire(models.Model):
    code = models.SlugField(_("Code"), max_length=40, unique=True)
    name = models.JSONField(_("Name"), default=dict)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.code


class Version(models.Model):
    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        PUBLISHED = "published", _("Published")

    number = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    definition = models.JSONField(default=dict)
    changed_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True, blank=True)
    published_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        abstract = True
        ordering = ["-number"]

    @property
    def published(self) -> bool:
        return self.state == self.State.PUBLISHED


class TreeVersion(Version):
    """`definition` is the TREE.yaml mapping that `manyi.measures.tree.Tree.from_dict` reads."""

    tree = models.ForeignKey(IndicatorTree, on_delete=models.CASCADE, related_name="versions")

    class Meta(Version.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tree", "number"], name="tree_version_number"),
            models.UniqueConstraint(fields=["tree"], condition=Q(state="draft"), name="tree_one_draft"),
        ]

    def __str__(self) -> str:
        return f"{self.tree.code} v{self.number}"


class QuestionnaireVersion(Version):
    """`definition` is the mapping that `manyi.surveys.questionnaire.parse` reads."""

    questionnaire = models.ForeignKey(Questionnaire, on_delete=models.CASCADE, related_name="versions")
    tree_version = models.ForeignKey(
        TreeVersion, on_delete=models.PROTECT, null=True, blank=True, related_name="questionnaire_versions"
    )

    class Meta(Version.Meta):
        constraints = [
            models.UniqueConstraint(fields=["questionnaire", "number"], name="questionnaire_version_number"),
            models.UniqueConstraint(
                fields=["questionnaire"], condition=Q(state="draft"), name="questionnaire_one_draft"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.questionnaire.code} v{self.number}"
