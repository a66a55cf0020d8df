"""What stands in the way of a demo, said before anything is made."""

import os
import socket
from datetime import UTC, datetime

import pytest
from pytest_django.fixtures import Settings
from typer.testing import CliRunner

from manyi.cli import app
from manyi.demo import build, command
from manyi.people.models import OrgUnit
from manyi.people.services import create_org_unit
from manyi.scope import Scope
from manyi.web.errors import Refused

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)


def test_a_folder_with_other_data_is_refused(db: None) -> None:
    create_org_unit(Scope.system("test"), code="own", name={"en": "Own"}, parent=None, at=NOW)
    with pytest.raises(Refused, match="another organisation"):
        build.build(at=NOW, answers=60)
    assert OrgUnit.objects.count() == 1


def test_the_demo_refuses_to_send_mail(db: None, settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    with pytest.raises(Refused, match="must not send mail"):
        build.build(at=NOW, answers=60)
    assert not OrgUnit.objects.exists()


def test_a_taken_port_is_named_with_the_way_out() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert not command.port_free(port)
        outcome = CliRunner().invoke(app, ["demo", "--port", str(port)])
    assert outcome.exit_code == 1
    assert f"Port {port} is taken" in outcome.output
    assert f"--port {port + 1}" in outcome.output


def test_the_demo_mails_nowhere_and_shows_its_hints(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MANYI_DEMO", "MANYI_EMAIL_URL", "MANYI_BASE_URL"):
        monkeypatch.setenv(name, "")  # so that monkeypatch puts the old state back
        monkeypatch.delenv(name)
    command.environment("http://localhost:1")
    assert os.environ["MANYI_DEMO"] == "1"
    assert os.environ["MANYI_EMAIL_URL"] == "dummymail://"
    assert os.environ["MANYI_BASE_URL"] == "http://localhost:1"


def test_every_step_of_the_build_has_a_line_of_progress() -> None:
    assert set(command.STEPS) == {
        "people",
        "customers",
        *build.FINISHED,
        build.OPEN,
        "reports",
        "model",
        "complaints",
        "improvement",
    }
