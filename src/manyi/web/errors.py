"""The one kind of error whose message is meant for the person who asked."""

from __future__ import annotations


class Refused(ValueError):
    """A change that cannot be made: the message says what is wrong, with the value, and what to do next."""
