"""Real servers on loopback: SMTP (aiosmtpd) and IMAP (Dovecot)."""

from __future__ import annotations

import getpass
import grp
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from imap_tools import MailBoxUnencrypted


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Post:
    """Takes mail; refuses whom it is told to, with the reply it is told."""

    def __init__(self) -> None:
        self.refuse: dict[str, str] = {}
        self.refuse_data = ""
        self.mails: list[EmailMessage] = []
        self.envelopes: list[tuple[str, list[str]]] = []
        self.connections = 0

    async def handle_EHLO(self, server: Any, session: Any, envelope: Any, hostname: str) -> str:
        self.connections += 1
        session.host_name = hostname
        return "250 HELP"

    async def handle_RCPT(
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        if address in self.refuse:
            return self.refuse[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.refuse_data:
            return self.refuse_data
        mail = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        self.envelopes.append((envelope.mail_from, list(envelope.rcpt_tos)))
        return "250 taken"


@pytest.fixture
def post(settings: Any) -> Iterator[Post]:
    handler = Post()
    port = _free_port()  # aiosmtpd cannot say which port 0 became
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST = "127.0.0.1"
    settings.EMAIL_PORT = port
    yield handler
    controller.stop()


DOVECOT = """
base_dir = {folder}/run
log_path = {folder}/log
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
first_valid_uid = 1
default_internal_user = {server}
default_internal_group = {server_group}
default_login_user = {login}
mail_location = maildir:{folder}/mail
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
passdb {{
  driver = passwd-file
  args = scheme=PLAIN {folder}/users
}}
userdb {{
  driver = static
  args = uid={owner} gid={owner_group} home={folder}/mail
}}
"""


@pytest.fixture(scope="session")
def dovecot() -> Iterator[str]:
    """The address of an IMAP mailbox of a server of our own; skipped where Dovecot 2.3 is not installed."""
    program = shutil.which("dovecot") or shutil.which("dovecot", path="/usr/sbin")
    if program is None:
        pytest.skip("no Dovecot here: apt-get install dovecot-imapd runs this test")
    root, me, group = os.getuid() == 0, getpass.getuser(), grp.getgrgid(os.getgid()).gr_name
    folder = Path(tempfile.mkdtemp(prefix="manyi-imap-"))  # short, for its sockets, and open to its users
    folder.chmod(0o755)
    (folder / "mail").mkdir()
    owner = ("mail", "mail") if root else (me, group)
    if root:
        shutil.chown(folder / "mail", *owner)
    (folder / "users").write_text("bounces@manyi.example:{PLAIN}open sesame/?:::::\n")
    port = _free_port()
    settings = folder / "dovecot.conf"
    settings.write_text(
        DOVECOT.format(
            folder=folder, port=port, owner=owner[0], owner_group=owner[1],
            server="dovecot" if root else me, server_group="dovecot" if root else group,
            login="dovenull" if root else me,
        )
    )  # fmt: skip
    # It returns once it listens, and lives on in the background: a pipe it inherits would never end.
    with (folder / "errors").open("w+") as errors:
        started = subprocess.run([program, "-c", settings], stdout=errors, stderr=errors, check=False)
        errors.seek(0)
        assert started.returncode == 0, errors.read()
    yield f"imap://bounces%40manyi.example:open%20sesame%2F%3F@127.0.0.1:{port}/INBOX"
    subprocess.run([program, "-c", settings, "stop"], check=True)
    shutil.rmtree(folder)


@pytest.fixture
def inbox(dovecot: str, settings: Any) -> Iterator[MailBoxUnencrypted]:
    """The empty bounce mailbox, which the settings name, opened beside the product."""
    settings.INBOX_URL = dovecot
    port = int(dovecot.rpartition(":")[2].partition("/")[0])
    with MailBoxUnencrypted("127.0.0.1", port).login("bounces@manyi.example", "open sesame/?") as box:
        box.delete(box.uids())
        yield box
