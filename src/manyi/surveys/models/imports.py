"""Files of finished surveys, uploaded to become imported waves."""

from __future__ import annotations

from django.db import models

from manyi.customers.uploads import UploadedTable
from manyi.surveys.models.waves import Wave


class ImportFile(UploadedTable):
    """A file of answers. `mapping` is a MAP.yaml (see `surveys.mapping`); `wave` is what it became."""

    wave = models.OneToOneField(
        Wave, on_delete=models.SET_NULL, null=True, blank=True, related_name="import_file"
    )

    class Meta(UploadedTable.Meta):
        pass
