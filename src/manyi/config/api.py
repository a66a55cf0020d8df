"""The HTTP API: one NinjaAPI, a router per app, bearer tokens, errors as problem+json (RFC 9457)."""

from __future__ import annotations

from ninja import NinjaAPI

api = NinjaAPI(title="Manyi", version="1", urls_namespace="api")
