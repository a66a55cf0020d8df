"""A generous limit for public pages: it stops a flood, never a busy office behind one address.

Counts live in the memory of each web process, so that the limit holds per process: with two of them a
flood is stopped at twice the number. The key is an HMAC, so that neither an address nor a link's secret
stands in it.
"""

from __future__ import annotations

import time

from django.conf import settings
from django.core.cache import caches
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

PER_ADDRESS = 600
PER_LINK = 60
WINDOW_SECONDS = 60


def client_address(request: HttpRequest) -> str:
    """The visitor's address; behind a proxy (MANYI_BEHIND_PROXY) the one the nearest proxy saw."""
    if settings.SECURE_PROXY_SSL_HEADER:
        forwarded = request.headers.get("X-Forwarded-For", "")
        if forwarded:
            return forwarded.rsplit(",", 1)[-1].strip()
    return str(request.META.get("REMOTE_ADDR", ""))


def exceeded(what: str, value: str, *, limit: int) -> bool:
    """Count one use of `value`; whether it was used more than `limit` times in this minute."""
    window = int(time.time()) // WINDOW_SECONDS
    digest = salted_hmac("manyi.web.ratelimit", f"{what}\x1f{value}\x1f{window}", algorithm="sha256")
    key = f"rate:{digest.hexdigest()[:32]}"
    cache = caches["limits"]
    if cache.add(key, 1, WINDOW_SECONDS * 2):
        return limit < 1
    try:
        return cache.incr(key) > limit
    except ValueError:  # the entry ran out between the two calls
        return False
