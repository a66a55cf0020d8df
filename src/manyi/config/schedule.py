"""The clock: which job runs how often. Installed into the queue's own schedule table."""

from __future__ import annotations

from django_q.models import Schedule

#: name → (dotted function, minutes between runs)
CLOCK: dict[str, tuple[str, int]] = {
    "send mail": ("manyi.messaging.jobs.send_due", 1),
    "read bounces": ("manyi.messaging.jobs.read_inbox", 5),
    "read mailboxes of complaints": ("manyi.messaging.jobs.read_complaints", 1),
    "follow mails of waves": ("manyi.surveys.jobs.follow_mails", 1),
    "send reminders": ("manyi.surveys.jobs.send_reminders", 10),
    "tell about time limits": ("manyi.complaints.jobs_clocks.fire_clocks", 1),
    "tell about late work orders": ("manyi.complaints.jobs_work_orders.tell_late", 5),
    "close waves": ("manyi.surveys.jobs.close_due", 1),
    "remind of improvement actions": ("manyi.improvement.jobs.remind", 60),
    "remind of promises": ("manyi.customers.jobs_promises.remind_promises", 5),
    "remind of reviews of answers": ("manyi.knowledge.jobs.remind_reviews", 60),
    "delete old customer lists": ("manyi.customers.jobs.discard_old_uploads", 1440),
    "delete old files of answers": ("manyi.surveys.jobs_imports.discard_old_files", 1440),
    "delete files no answer names": ("manyi.surveys.jobs_responses.discard_unused_files", 1440),
    "delete old lists of complaints": ("manyi.complaints.jobs_importing.discard_old_files", 1440),
    "send the weekly report of complaints": ("manyi.reports.jobs_complaints.send_weekly", 60),
    "send scheduled reports": ("manyi.reports.jobs_schedules.send_due_reports", 10),
    "store the newest answers of open waves": ("manyi.insights.jobs.refresh_open_waves", 10),
    "ask by follow-up questionnaire": ("manyi.complaints.jobs_follow_ups.ask_due", 10),
    "check the evidence of closed problems": ("manyi.complaints.jobs_problems.recheck_closed", 1440),
}


def install() -> None:
    """Make the schedule table equal to CLOCK; keeps the next run of what is there already."""
    Schedule.objects.exclude(name__in=CLOCK).delete()
    for name, (function, minutes) in CLOCK.items():
        Schedule.objects.update_or_create(
            name=name,
            defaults={"func": function, "schedule_type": Schedule.MINUTES, "minutes": minutes, "repeats": -1},
        )
