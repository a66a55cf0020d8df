"""Runs jobs that report progress."""

from __future__ import annotations

import logging

from django.utils.module_loading import import_string
from django.utils.timezone import now  # noqa: TID251

from manyi.events.models import Job

log = logging.getLogger(__name__)


class JobRefused(Exception):
    """Raised by a job to end with a message a person understands; `texts` is {zh, en}."""

    def __init__(self, texts: dict[str, str]) -> None:
        self.texts = texts
        super().__init__(texts.get("en", ""))


def run(function: str, key: str) -> None:
    """Run `function(job)` once; a job that already ended is left alone (the queue may deliver twice)."""
    job = Job.objects.get(key=key)
    if job.ended:
        return
    Job.objects.filter(pk=job.pk).update(state=Job.State.RUNNING)
    try:
        import_string(function)(job)
    except JobRefused as refusal:
        Job.objects.filter(pk=job.pk).update(state=Job.State.FAILED, message=refusal.texts, ended_at=now())
    except Exception:
        log.exception("job %s failed", job)
        Job.objects.filter(pk=job.pk).update(
            state=Job.State.FAILED,
            ended_at=now(),
            message={
                "zh": "任务因系统错误中止，未做任何更改。",
                "en": "The job stopped on an error; nothing was changed.",
            },
        )
        raise
    else:
        job.state, job.ended_at = Job.State.DONE, now()
        job.save(update_fields=["state", "ended_at", "message", "result", "next_url"])
