"""A list of complaints of another system that somebody uploaded."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from manyi.customers.uploads import UploadedTable


class ComplaintImport(UploadedTable):
    """`source` names the other system: with its number it says which complaint is here already."""

    source = models.SlugField(_("Name of the other system"), max_length=40, default="import")
    imported = models.PositiveIntegerField(default=0)
    known = models.PositiveIntegerField(default=0)

    class Meta(UploadedTable.Meta):
        pass
