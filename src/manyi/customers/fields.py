"""A column that holds the comparable form of another one, for look-ups by an index."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import connection, models
from django.db.models import Q


class KeyField(models.CharField):  # type: ignore[type-arg]
    """Computed from `source` by `how` (of `customers.keys`) whenever the row is inserted or saved.

    `QuerySet.update` and `bulk_update` do not compute it; whoever changes the source by them sets it too.
    """

    def __init__(self, *, source: str = "", how: Callable[[str], str] = str, **options: Any) -> None:
        self.source, self.how = source, how
        super().__init__(**{"max_length": 100, "editable": False, "default": "", "db_index": True, **options})

    def deconstruct(self) -> Any:
        # Migrations need the column only; how it is filled is the model's.
        name, _path, args, options = super().deconstruct()
        return name, "django.db.models.CharField", args, options

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        value = self.how(getattr(model_instance, self.source) or "")[: self.max_length]
        setattr(model_instance, self.attname, value)
        return value


def begins(field: str, text: str) -> Q:
    """Rows whose `field` begins with `text`, letter for letter, by the column's index on either database."""
    if connection.vendor == "sqlite":  # its LIKE ignores case, so that it cannot use the index
        return Q(**{f"{field}__gte": text, f"{field}__lt": text + "\U0010ffff"})
    return Q(**{f"{field}__startswith": text})
