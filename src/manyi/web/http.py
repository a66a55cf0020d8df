"""The request as our middleware leaves it."""

from __future__ import annotations

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from manyi.scope import Scope


class Request(HttpRequest):
    """Views and API operations declare this type; it is never constructed."""

    scope: Scope
    htmx: HtmxDetails
