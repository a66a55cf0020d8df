"""What a list of complaints needs: the words each is found by, and the filters people keep."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from manyi.complaints.models.cases import Complaint
from manyi.people.models import User


class SearchWords(models.Model):
    """The words a complaint is found by, cut by `knowledge.tokens`; a full-text index hangs on them.

    `sight` names the units and the owner that bring the complaint into sight, and whether it is open
    ('@u7 @p12 @open'). PostgreSQL indexes it beside the words, so that a reader's search looks at no complaint of
    others, nor one for open complaints at closed ones; who may see is decided elsewhere.
    """

    complaint = models.OneToOneField(
        Complaint, on_delete=models.CASCADE, primary_key=True, related_name="search_words"
    )
    words = models.TextField()
    sight = models.TextField(default="")

    def __str__(self) -> str:
        return str(self.complaint_id)


class SavedFilter(models.Model):
    """A query of the list of complaints that somebody wants again."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="complaint_filters")
    name = models.CharField(_("Name"), max_length=60)
    query = models.CharField(max_length=1000, blank=True)

    class Meta:
        ordering = ["name", "pk"]
        constraints = [models.UniqueConstraint(fields=["user", "name"], name="saved_filter_once")]

    def __str__(self) -> str:
        return self.name
