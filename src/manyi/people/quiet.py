"""Quiet hours: when the next mail may leave. Pure; the moment is passed in."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta, tzinfo


def is_quiet(at: datetime, *, quiet_from: time, quiet_until: time, zone: tzinfo) -> bool:
    """Whether the local time at `at` (aware) lies in [quiet_from, quiet_until); equal times mean never."""
    local = at.astimezone(zone).time()
    if quiet_from <= quiet_until:
        return quiet_from <= local < quiet_until
    return local >= quiet_from or local < quiet_until


def next_moment(at: datetime, *, quiet_from: time, quiet_until: time, zone: tzinfo) -> datetime:
    """`at` itself outside quiet hours, else their end, in UTC.

    Where the clocks jump over the end of the quiet hours, the first moment after the jump is taken; where an
    hour comes twice, the first of the two that is not before `at`.
    """
    if not is_quiet(at, quiet_from=quiet_from, quiet_until=quiet_until, zone=zone):
        return at
    local = at.astimezone(zone)
    day = local.date() if local.time() < quiet_until else local.date() + timedelta(days=1)
    for fold in (0, 1):
        end = datetime.combine(day, quiet_until, tzinfo=zone).replace(fold=fold).astimezone(UTC)
        if end > at and not is_quiet(end, quiet_from=quiet_from, quiet_until=quiet_until, zone=zone):
            return end
    # The end does not exist on this day (clocks jump): walk to the first quarter of an hour that is allowed.
    step = at.astimezone(UTC)
    while is_quiet(step, quiet_from=quiet_from, quiet_until=quiet_until, zone=zone):
        step += timedelta(minutes=15) - timedelta(
            minutes=step.minute % 15, seconds=step.second, microseconds=step.microsecond
        )
    return step
