"""Bearer tokens and idempotency keys of the API.

The token is read by a middleware, before the API runs, because the idempotency of a POST needs to know
whose request it is. The API never accepts the browser's session, so it needs no CSRF token.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable

from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from manyi.people.access import scope_of
from manyi.people.models import IdempotencyKey, User
from manyi.people.services import user_of_token
from manyi.web.api import problem

PREFIX = "/api/"
Handler = Callable[[HttpRequest], HttpResponse]


class BearerMiddleware:
    """Sets request.user and request.scope from `Authorization: Bearer …`; stores answers of keyed POSTs."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path.startswith(PREFIX):
            return self.get_response(request)
        header = request.headers.get("Authorization", "")
        token = header[7:].strip() if header[:7].lower() == "bearer " else ""
        at = timezone.now()  # noqa: TID251
        user = user_of_token(token, at=at) if token else None
        request.user = user or AnonymousUser()
        request.scope = scope_of(request.user)  # type: ignore[attr-defined]
        if user and "Accept-Language" not in request.headers:
            translation.activate(user.language)
        key = request.headers.get("Idempotency-Key", "")
        if request.method == "POST" and key and user:
            return self._once(request, user, key[:100])
        return self.get_response(request)

    def _once(self, request: HttpRequest, user: User, key: str) -> HttpResponse:
        digest = hashlib.sha256(request.path.encode() + b"\0" + request.body).hexdigest()
        try:
            with transaction.atomic():
                row = IdempotencyKey.objects.create(
                    user=user, key=key, path=request.path[:300], body_digest=digest, status=0,
                    created_at=timezone.now(),  # noqa: TID251
                )  # fmt: skip
        except IntegrityError:
            return self._again(user, key, digest)
        try:
            response = self.get_response(request)
        except BaseException:
            row.delete()
            raise
        is_json = "json" in response.headers.get("Content-Type", "")
        if response.status_code >= 500 or getattr(response, "streaming", False) or not is_json:
            row.delete()
            return response
        row.status, row.answer = response.status_code, json.loads(response.content or b"null")
        row.save(update_fields=["status", "answer"])
        return response

    @staticmethod
    def _again(user: User, key: str, digest: str) -> HttpResponse:
        row = IdempotencyKey.objects.filter(user=user, key=key).first()
        if row is None or row.status == 0:
            return problem(
                409, _("Still at it"), _("A request with this Idempotency-Key is being processed.")
            )
        if row.body_digest != digest:
            return problem(
                422, _("Key used before"), _("This Idempotency-Key belongs to a different request.")
            )
        kind = "application/problem+json" if row.status >= 400 else "application/json"
        response = JsonResponse(row.answer, status=row.status, safe=False, content_type=kind)
        response["Idempotent-Replay"] = "true"
        return response


def authenticated(request: HttpRequest) -> User | None:
    """The API's auth callable: whoever the bearer token named."""
    return request.user if isinstance(request.user, User) else None
