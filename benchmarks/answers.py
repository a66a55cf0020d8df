"""Answers accepted per second by a running server, on SQLite and on PostgreSQL, and whether they last.

    python benchmarks/answers.py [--seconds 15] [--connections 32] [--port 18690]

One answer is one POST of a 31-item page: form token checked, answers validated, invitation claimed, response
and event stored, one commit. The CPU time is that of the web processes alone, so that it says more than
answers per second on a machine that is busy with other things. The server is killed with SIGKILL during a second, shorter run; every answer it
had acknowledged must then be in the database. Everything stays on this machine: loopback, a throw-away data
folder, and, where the PostgreSQL programs are found, a throw-away cluster.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import glob
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FIRST, SECOND = 4000, 400  # invitations of the timed run and of the one that ends with SIGKILL
SEED = """
import json, os, sys
sys.path.insert(0, {root!r})
import django
django.setup()
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode
from uuid import uuid4
from manyi.config.processes import prepare
prepare()
from manyi.customers.models import Customer
from manyi.people.models import OrgUnit
from manyi.surveys.models import Invitation
from manyi.surveys.questionnaire import parse
from manyi.surveys.views.respond import form_token
from tests import factories
from tests.surveys.test_respond import long_definition
at = datetime.now(UTC) - timedelta(days=1)
unit = OrgUnit.objects.create(code="g", name={{"en": "Group"}}, path="/1/")
definition = long_definition()
wave = factories.wave(unit, at, questionnaire_version=factories.questionnaire_version(at, definition=definition))
count = {count}
Customer.objects.bulk_create(
    [Customer(code=f"c{{n}}", name=f"C {{n}}", unit=unit, created_at=at) for n in range(count)], batch_size=500)
Invitation.objects.bulk_create(
    [Invitation(wave=wave, customer=c, unit=unit, token=f"t{{i:06d}}", state="sent", created_at=at)
     for i, c in enumerate(Customer.objects.order_by("pk"))], batch_size=500)
form = parse(definition)
shown = [("_shown", q.code) for q in form.questions()]
bodies = []
for i in range(count):
    token = form_token(f"t{{i:06d}}", started_at=at, key=uuid4())
    rated = [(c, str(1 + (i + n) % 5)) for n, c in enumerate(form.columns())]
    bodies.append(urlencode([("_form", token), ("_section", "all"), ("_go", "next"), *shown, *rated]))
json.dump(bodies, open({out!r}, "w"))
"""
COUNT = """
import json, django
django.setup()
from manyi.surveys.models import Response
print(json.dumps(list(Response.objects.values_list("invitation__token", flat=True))))
"""


@contextlib.contextmanager
def postgres(folder: Path, port: int) -> Iterator[str | None]:
    """A throw-away cluster; None where the programs are missing."""
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"))
    if not found:
        yield None
        return
    programs = Path(found[-1]).parent
    run = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
    data = folder / "pg"
    data.mkdir()
    if run:
        shutil.chown(data, "postgres")
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": "/tmp"}
    subprocess.run(
        [*run, programs / "initdb", "-D", data, "-A", "trust", "-U", "postgres"], check=True, **quiet
    )
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={data}"
    start = [*run, programs / "pg_ctl", "-D", data, "-o", options, "-w", "start"]
    try:
        subprocess.run(start, check=True, **quiet)
        yield f"postgres://postgres@127.0.0.1:{port}/postgres"
    finally:
        subprocess.run(
            [*run, programs / "pg_ctl", "-D", data, "-m", "immediate", "stop"], check=False, **quiet
        )


def cpu_seconds(group: int) -> float:
    """CPU time so far of the processes of a group."""
    ticks = 0
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = path.read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12]) if int(fields[2]) == group else 0
    return ticks / os.sysconf("SC_CLK_TCK")


@contextlib.contextmanager
def server(env: dict[str, str], port: int) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "manyi", "web", "--port", str(port)]
    process = subprocess.Popen(command, env=env, cwd=env["MANYI_DATA_DIR"], start_new_session=True)
    try:
        for _ in range(150):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/s/t000000/", timeout=5)
                break
            except OSError:
                time.sleep(0.2)
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


async def load(
    port: int,
    jobs: list[tuple[str, str]],
    connections: int,
    seconds: float,
    kill_after: int = 0,
    group: int = 0,
) -> tuple[list[str], list[float], float]:
    """POST every body once, as far as the time goes. Acknowledged tokens, seconds of each, seconds in all.

    Each request names another address of a proxy, because the pages limit what one address may send.
    """
    acknowledged: list[str] = []
    times: list[float] = []
    waiting = iter(enumerate(jobs))

    async def connection() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            for number, (token, body) in waiting:
                if time.perf_counter() - began > seconds:
                    break
                head = (
                    f"POST /s/{token}/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n"
                    f"X-Forwarded-For: 10.0.{number // 250 % 250}.{number % 250}\r\n"
                    "Content-Type: application/x-www-form-urlencoded\r\n\r\n"
                )
                start = time.perf_counter()
                writer.write((head + body).encode())
                status = int((await reader.readline()).split()[1])
                length = 0
                while (line := await reader.readline()) not in (b"\r\n", b""):
                    name, _, value = line.partition(b":")
                    length = int(value) if name.lower() == b"content-length" else length
                if length:
                    await reader.readexactly(length)
                if status != 302:
                    raise RuntimeError(f"{token} was answered with {status}")
                times.append(time.perf_counter() - start)
                acknowledged.append(token)
                if kill_after and len(acknowledged) == kill_after:
                    os.killpg(group, signal.SIGKILL)
        except (ConnectionError, asyncio.IncompleteReadError, IndexError):
            if not kill_after:
                raise
        finally:
            writer.close()

    began = time.perf_counter()
    await asyncio.gather(*(connection() for _ in range(connections)))
    return acknowledged, times, time.perf_counter() - began


def measure(label: str, database: str | None, folder: Path, arguments: argparse.Namespace) -> None:
    data = folder / label
    data.mkdir()
    env = {
        **os.environ, "MANYI_DATA_DIR": str(data), "DJANGO_SETTINGS_MODULE": "manyi.config.settings",
        "MANYI_BEHIND_PROXY": "1", "MANYI_SECRET_KEY": "benchmark", "PYTHONPATH": str(ROOT / "src"),
        "MANYI_LOG_LEVEL": "ERROR",
    }  # fmt: skip
    env.pop("DATABASE_URL", None)
    if database:
        env["DATABASE_URL"] = database
    total, out = FIRST + SECOND, str(data / "bodies.json")
    script = SEED.format(root=str(ROOT), count=total, out=out)
    subprocess.run([sys.executable, "-c", script], env=env, check=True)
    jobs = [(f"t{i:06d}", body) for i, body in enumerate(json.loads(Path(out).read_text()))]
    port, connections, limit = arguments.port, arguments.connections, arguments.seconds
    with server(env, port) as process:
        before = cpu_seconds(process.pid)
        first, times, seconds = asyncio.run(load(port, jobs[:FIRST], connections, limit))
        cpu = (cpu_seconds(process.pid) - before) / len(first)
    with server(env, port) as process:
        second, _, _ = asyncio.run(
            load(port, jobs[FIRST:], connections, limit, kill_after=SECOND // 2, group=process.pid)
        )
    stored = json.loads(
        subprocess.run(
            [sys.executable, "-c", COUNT], env=env, check=True, capture_output=True, text=True
        ).stdout
    )
    lost = len({*first, *second} - set(stored))
    cuts = statistics.quantiles(times, n=100)
    print(
        f"{label:12} {len(first) / seconds:10.0f} {cuts[49] * 1000:8.0f} {cuts[98] * 1000:8.0f} "
        f"{cpu * 1000:8.1f} {len(first) + len(second):14} {lost:6}",
        flush=True,
    )
    if lost:
        sys.exit(f"{label}: {lost} acknowledged answers are not in the database")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=15)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--port", type=int, default=18690)
    arguments = parser.parse_args()
    # So that everything started here ends here.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended by SIGTERM"))
    with tempfile.TemporaryDirectory(prefix="manyi-bench-", dir="/tmp") as name:
        folder = Path(name)
        folder.chmod(0o755)
        print(
            f"{'database':12} {'answers/s':>10} {'p50 ms':>8} {'p99 ms':>8} {'CPU ms':>8} {'acknowledged':>14} {'lost':>6}"
        )
        measure("SQLite", None, folder, arguments)
        with postgres(folder, arguments.port + 1) as database:
            if database is None:
                print("PostgreSQL   left out: its programs were not found")
            else:
                measure("PostgreSQL", database, folder, arguments)


if __name__ == "__main__":
    main()
