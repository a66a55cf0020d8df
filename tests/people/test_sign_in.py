"""Signing in: second factor, throttling, no sign-up by oneself."""

from __future__ import annotations

import pytest
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.test import Client

from tests.conftest import Cast

pytestmark = pytest.mark.django_db
BACKEND = "django.contrib.auth.backends.ModelBackend"
CREDENTIALS = {"login": "manager", "password": "secret-words"}


def _code(secret: str) -> str:
    now = list(yield_hotp_counters_from_time())[-1]
    return str(format_hotp_value(hotp_value(secret, now)))


def _sign_in(client: Client) -> None:
    """Sign in and give the password once more, as the pages of second factors demand."""
    client.post("/accounts/login/", CREDENTIALS)
    client.post("/accounts/reauthenticate/", {"password": CREDENTIALS["password"]})


def test_with_a_second_factor_the_password_alone_opens_nothing(cast: Cast, client: Client) -> None:
    _sign_in(client)
    page = client.get("/accounts/2fa/totp/activate/")
    secret = page.context["form"].secret
    assert client.post("/accounts/2fa/totp/activate/", {"code": _code(secret)}).status_code == 302
    stored = Authenticator.objects.get(user=cast.manager, type="totp").data["secret"]
    assert get_adapter().decrypt(stored) == secret

    visitor = Client()
    answer = visitor.post("/accounts/login/", CREDENTIALS)
    assert answer.headers["Location"].startswith("/accounts/2fa/authenticate/")
    assert visitor.get("/waves/").status_code == 302
    assert visitor.post("/accounts/2fa/authenticate/", {"code": "000000"}).status_code == 200
    assert visitor.get("/waves/").status_code == 302


def test_the_secret_of_the_second_factor_is_not_stored_in_clear(cast: Cast, client: Client) -> None:
    _sign_in(client)
    secret = client.get("/accounts/2fa/totp/activate/").context["form"].secret
    client.post("/accounts/2fa/totp/activate/", {"code": _code(secret)})
    assert secret not in str(Authenticator.objects.get(user=cast.manager, type="totp").data)


def test_nobody_signs_up_by_himself(client: Client) -> None:
    answer = client.post(
        "/accounts/signup/",
        {
            "username": "x",
            "email": "x@example.org",
            "password1": "correct-horse-9",
            "password2": "correct-horse-9",
        },
    )
    assert "closed" in answer.content.decode().lower()


def test_guessing_passwords_is_stopped(cast: Cast) -> None:
    visitor = Client()
    for _ in range(8):
        visitor.post("/accounts/login/", {"login": "manager", "password": "wrong"})
    answer = visitor.post("/accounts/login/", CREDENTIALS)
    assert visitor.get("/waves/").status_code == 302
    assert answer.status_code in (200, 403, 429)


def test_an_inactive_user_stays_outside(cast: Cast, client: Client) -> None:
    cast.manager.is_active = False
    cast.manager.save()
    _sign_in(client)
    assert client.get("/waves/").status_code == 302
