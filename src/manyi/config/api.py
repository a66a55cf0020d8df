"""The HTTP API: one NinjaAPI, a router per app, bearer tokens, errors as problem+json (RFC 9457)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import NinjaAPI
from ninja.openapi.docs import Swagger
from ninja.security import HttpBearer

from manyi import __version__
from manyi.customers.api import router as customers
from manyi.people.api import router as people
from manyi.people.bearer import authenticated
from manyi.surveys.api_imports import router as imports
from manyi.surveys.api_questionnaires import router as questionnaires
from manyi.web.api import install_error_handlers


class Bearer(HttpBearer):
    """Documents the bearer scheme; the token itself was read by BearerMiddleware."""

    def __call__(self, request: HttpRequest) -> Any:
        return authenticated(request)

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        return authenticated(request)


api = NinjaAPI(
    title="Manyi",
    version=__version__,
    urls_namespace="api",
    auth=Bearer(),
    docs=Swagger(),
    description="Customer satisfaction management. Lists answer {items, next}; errors are problem+json.",
)
install_error_handlers(api)

for prefix, router in (
    ("", people),
    ("", customers),
    ("", imports),
    ("", questionnaires),
):
    api.add_router(prefix, router)
