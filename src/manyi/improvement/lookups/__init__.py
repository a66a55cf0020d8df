"""What each kind of button stands for, one module for where it comes from; registered by `register_all`."""

from __future__ import annotations


def register_all() -> None:
    """Called once, when the app is ready."""
    from manyi.improvement.lookups import assessments, complaints, promises, rounds, standards, waves

    for module in (waves, complaints, promises, standards, assessments, rounds):
        module.register()
