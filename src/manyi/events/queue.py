"""The one door to the job queue, so that the queue can be exchanged.

The queue's rows live in the application's database: a job queued in a transaction exists exactly when the
transaction commits.
"""

from __future__ import annotations

import logging
from typing import Any

from django.utils.module_loading import import_string
from django_q.models import OrmQ
from django_q.tasks import async_task

log = logging.getLogger(__name__)


def enqueue(function: str, *args: Any) -> None:
    """Run `function` (dotted name) with `args` (JSON-like) in a worker, at least once."""
    async_task(function, *args)


def drain(limit: int = 100_000) -> int:
    """Run what is queued, here and now, until nothing waits; for the demo's set-up and for tests.

    Returns how many jobs ran. Raises whatever a job raises; that job stays queued.
    """
    ran = 0
    while ran < limit and (row := OrmQ.objects.order_by("pk").first()) is not None:
        task = row.task
        import_string(task["func"])(*task.get("args", ()), **task.get("kwargs", {}))
        row.delete()
        ran += 1
    return ran
