"""The OpenAPI document tells the truth: generated requests find no server error and no undeclared answer."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from manyi.config.wsgi import application
from manyi.people.services import create_token
from manyi.scope import Scope
from tests import factories
from tests.conftest import Cast


@pytest.fixture
def token(cast: Cast, at: datetime) -> str:
    """The administrator's, in an organisation that has one of everything."""
    wave = factories.wave(cast.group, at, code="spring")
    factories.invitation(wave, factories.customer(cast.east, 1, at), at)
    return create_token(Scope.system("test"), user=cast.admin, name="t", at=at)


CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


@pytest.fixture
def _connection_stays_open() -> Iterator[None]:
    """The test's transaction lives in this connection; Django's own test client keeps it open the same way."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.django_db
@pytest.mark.usefixtures("_connection_stays_open")
def test_generated_requests_are_answered_as_declared(token: str, subtests: Any) -> None:
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application)
    operations = [found.ok() for found in schema.get_all_operations()]
    assert len(operations) > 20
    for operation in operations:

        @given(case=operation.as_strategy())
        @settings(
            max_examples=10,
            deadline=None,
            database=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        )
        def answered_as_declared(case: schemathesis.Case) -> None:
            case.call_and_validate(headers={"Authorization": f"Bearer {token}"}, checks=CHECKS)

        with subtests.test(operation.label):
            answered_as_declared()


@pytest.mark.django_db
def test_every_operation_declares_its_problems(client: Any) -> None:
    paths = client.get("/api/v1/openapi.json").json()["paths"]
    for path, operations in paths.items():
        for method, operation in operations.items():
            assert {"401", "403", "404", "422"} <= set(operation["responses"]), f"{method} {path}"


@pytest.mark.django_db
def test_the_browsable_document_loads_nothing_from_elsewhere(client: Any) -> None:
    page = client.get("/api/v1/docs").content.decode()
    assert "swagger" in page
    assert "//cdn" not in page


def test_no_two_shapes_share_a_name() -> None:
    """The document knows shapes by their bare names: a second one would quietly describe the first one's answers."""
    from ninja import Schema

    def below(shape: type) -> Iterator[type]:
        for one in shape.__subclasses__():
            yield one
            yield from below(one)

    own = {one for one in below(Schema) if one.__module__.startswith("manyi.") and "[" not in one.__name__}
    names = sorted(one.__name__ for one in own)
    assert [name for name in set(names) if names.count(name) > 1] == []
