"""The `manyi` command. Thin: each command sets Django up and calls the module that does the work."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    name="manyi", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False,
    help="Manyi 满意: customer satisfaction management.",
)  # fmt: skip
DataDir = Annotated[
    Path | None,
    typer.Option("--data-dir", envvar="MANYI_DATA_DIR", help="Folder of database, files and secret key."),
]


def fail(message: str) -> typer.Exit:
    """Print one readable paragraph on stderr; raise what this returns."""
    typer.echo(message, err=True)
    return typer.Exit(1)


def _setup(data_dir: Path | None) -> None:
    if data_dir is not None:
        os.environ["MANYI_DATA_DIR"] = str(data_dir.resolve())
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "manyi.config.settings")
    import django

    django.setup()


@app.command()
def report(
    answers: Path,
    tree: Annotated[Path, typer.Option(help="The indicator tree (YAML).")],
    out: Annotated[Path, typer.Option(help="report.html, .pdf, .xlsx or .json")],
    by: Annotated[
        list[str] | None, typer.Option(help="Compare the groups of this column; may be repeated.")
    ] = None,
    weight: Annotated[str | None, typer.Option(help="Column of survey weights.")] = None,
    language: Annotated[str, typer.Option(help="zh or en")] = "zh",
) -> None:
    """Report on a spreadsheet of answers: index, dimensions, items, groups. Needs no server."""
    os.environ.setdefault("MANYI_SECRET_KEY", "no-server")  # keeps the command from making a data folder
    _setup(None)
    from datetime import date

    from django.utils import translation

    from manyi.reports import analyst

    language = "en" if language == "en" else "zh-hans"
    translation.activate(language)
    try:
        result = analyst.run(
            answers, tree=tree, out=out, by=by or [], weight=weight, language=language, made=date.today()
        )
    except analyst.ReportError as error:
        raise fail(str(error)) from None
    typer.echo(f"{out}: {result.index:.2f} (n = {result.n:,})")


@app.command()
def demo(
    port: int = 8000,
    data_dir: DataDir = Path("manyi-demo"),
    serve: Annotated[bool, typer.Option("--serve/--no-serve", help="Start the server at the end.")] = True,
) -> None:
    """Make a living demo organisation (once, in ./manyi-demo) and serve it."""
    from manyi.demo import command

    address = f"http://localhost:{port}"
    if serve and not command.port_free(port):
        raise fail(f"Port {port} is taken. Choose another one: manyi demo --port {port + 1}")
    command.environment(address)
    _setup(data_dir)
    from django.conf import settings
    from django.utils.timezone import now  # noqa: TID251

    from manyi.config.processes import prepare, run_all
    from manyi.web.errors import Refused

    prepare()
    try:
        command.show_building(at=now())
    except Refused as refusal:
        raise fail(f"{refusal} ({settings.DATA_DIR})") from None
    command.show_address(address, settings.DATA_DIR, serving=serve)
    if serve:
        run_all("127.0.0.1", port)


@app.command("import-complaints")
def import_complaints(
    file: Path,
    unit: Annotated[str, typer.Option(help="Code of the org unit that answers for them.")],
    owner: Annotated[str, typer.Option(help="User name of the first-contact owner.")],
    source: Annotated[str, typer.Option(help="Name of the other system.")] = "import",
    map: Annotated[
        list[str] | None, typer.Option(help="field=column; may be repeated. Without it columns are guessed.")
    ] = None,
    errors: Annotated[
        Path | None, typer.Option(help="Write the rows that were refused to this CSV file.")
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Import complaints of another system from CSV or XLSX, each row by itself."""
    _setup(data_dir)
    import time

    from django.utils.timezone import now  # noqa: TID251

    from manyi.complaints.services import importing
    from manyi.people.models import OrgUnit, User
    from manyi.scope import Scope
    from manyi.warehouse.tabular import TableError

    place, person = OrgUnit.objects.filter(code=unit).first(), User.objects.filter(username=owner).first()
    if place is None or person is None:
        raise fail(f"There is no {'org unit ' + unit if place is None else 'user ' + owner}.")
    scope, at, began = Scope.system("import-complaints"), now(), time.perf_counter()
    try:
        row = importing.upload(
            scope, data=file.read_bytes(), name=file.name, unit=place, source=source, at=at
        )
    except (TableError, OSError) as error:
        raise fail(str(error)) from None
    if map:
        importing.choose(scope, row=row, mapping=dict(pair.split("=", 1) for pair in map if "=" in pair))
    importing.run(scope, row=row, owner=person, at=at)
    if errors is not None:
        errors.write_bytes(row.error_file("en"))
    for found in row.read_errors()[:10]:
        typer.echo(f"row {found.row}, {found.column}: {found.texts['en']} {found.value}", err=True)
    taken = time.perf_counter() - began
    row.discard()
    typer.echo(
        f"imported {row.imported:,}, here before {row.known:,}, problems {row.errors:,}, in {taken:.1f} s"
    )
    if not row.imported and not row.known:
        raise typer.Exit(1)


@app.command()
def model(
    answers: Path,
    model: Annotated[Path, typer.Option(help="Constructs, their columns and the paths (YAML).")],
    out: Annotated[Path, typer.Option(help="result.json, .html, .pdf or .xlsx")],
    language: Annotated[str, typer.Option(help="zh or en")] = "zh",
) -> None:
    """Fit a structural model (ACSI, ECSI, CCSI or your own) to a spreadsheet. Needs no server."""
    os.environ.setdefault("MANYI_SECRET_KEY", "no-server")
    _setup(None)
    from datetime import date

    from django.utils import translation

    from manyi.reports import structural
    from manyi.reports.analyst import ReportError

    language = "en" if language == "en" else "zh-hans"
    translation.activate(language)
    try:
        with _progress() as progress:
            found = structural.run(
                answers, model=model, out=out, language=language, made=date.today(), progress=progress
            )
    except ReportError as error:
        raise fail(str(error)) from None
    typer.echo(f"{out}: n = {found.fit.n:,}")
    for name, index in found.fit.index.items():
        if index.score is not None and index.low is not None and index.high is not None:
            label = found.file.label(name, language)
            typer.echo(f"  {label}: {index.score:.1f} [{index.low:.1f}, {index.high:.1f}]")
    for warning in found.fit.warnings:
        typer.echo(f"! {structural.sentence(warning, found.file, language)}", err=True)


@contextmanager
def _progress() -> Iterator[Callable[[float], None]]:
    """A bar on stderr, shown on a terminal once the work has taken a second."""
    from time import monotonic

    from rich.console import Console
    from rich.progress import Progress

    start = monotonic()
    bar = Progress(console=Console(stderr=True), transient=True)
    task = bar.add_task("", total=1.0)

    def tell(share: float) -> None:
        if bar.console.is_terminal and monotonic() - start > 1:
            bar.start()
            bar.update(task, completed=share)

    try:
        yield tell
    finally:
        if bar.live.is_started:  # stopping what never ran would print an empty line
            bar.stop()


@app.command()
def migrate(data_dir: DataDir = None) -> None:
    """Create or update the database."""
    _setup(data_dir)
    from manyi.config.processes import prepare

    prepare()


@app.command()
def web(port: int = 8000, host: str = "127.0.0.1", data_dir: DataDir = None) -> None:
    """Serve the pages and the API (no worker)."""
    os.environ.setdefault("MANYI_BASE_URL", f"http://localhost:{port}")
    _setup(data_dir)
    from manyi.config.processes import run_web

    run_web(host, port)


@app.command()
def worker(data_dir: DataDir = None) -> None:
    """Run background jobs and the clock."""
    _setup(data_dir)
    from manyi.config.processes import run_worker

    run_worker()


@app.command()
def serve(port: int = 8000, host: str = "127.0.0.1", data_dir: DataDir = None) -> None:
    """Web, worker and clock together, for one machine."""
    os.environ.setdefault("MANYI_BASE_URL", f"http://localhost:{port}")
    _setup(data_dir)
    from manyi.config.processes import run_all

    run_all(host, port)


@app.command()
def token(user: str, data_dir: DataDir = None) -> None:
    """Make an API token for a user and print it."""
    _setup(data_dir)
    from django.utils.timezone import now  # noqa: TID251

    from manyi.people.models import User
    from manyi.people.services import create_token
    from manyi.scope import Scope

    row = User.objects.filter(username=user, is_active=True).first()
    if row is None:
        raise fail(f"There is no active user {user!r}.")
    typer.echo(create_token(Scope.system("manyi token"), user=row, name="command line", at=now()))


@app.command(name="import-wave")
def import_wave(
    file: Path,
    map_file: Annotated[Path, typer.Option("--map", help="How columns become answers (YAML).")],
    data_dir: DataDir = None,
) -> None:
    """Import a paper or third-party wave: every row, or none."""
    _setup(data_dir)
    from django.utils.timezone import now  # noqa: TID251

    from manyi.config.processes import prepare
    from manyi.events.queue import drain
    from manyi.scope import Scope
    from manyi.surveys.services.imports import run_import
    from manyi.warehouse.tabular import TableError
    from manyi.web.errors import Refused

    prepare()
    try:
        wave = run_import(Scope.system("manyi import-wave"), path=file, map_path=map_file, at=now())
    except OSError as error:
        raise fail(f"{error.filename}: {error.strerror}") from None
    except (TableError, Refused) as error:
        raise fail(str(error)) from None
    drain()  # the snapshot and the stored result, without waiting for a worker
    typer.echo(f"{wave.code}: {wave.responses.count():,} responses")


@app.command()
def admin(user: str, data_dir: DataDir = None) -> None:
    """Make an administrator of the whole organisation; prints the password to sign in with."""
    _setup(data_dir)
    import secrets

    from django.utils.timezone import now  # noqa: TID251

    from manyi.config.processes import prepare
    from manyi.people.services import PeopleError, create_first_administrator

    prepare()
    password = os.environ.get("MANYI_ADMIN_PASSWORD") or secrets.token_urlsafe(12)
    try:
        create_first_administrator(username=user, password=password, at=now())
    except PeopleError as error:
        raise fail(str(error)) from None
    typer.echo(password)


@app.command()
def backup(file: Path, data_dir: DataDir = None) -> None:
    """Write database and files into one .tar.gz."""
    _setup(data_dir)
    from django.utils.timezone import now  # noqa: TID251

    from manyi.config import upkeep

    try:
        counts = upkeep.backup(file, at=now())
    except upkeep.UpkeepError as error:
        raise fail(str(error)) from None
    typer.echo(f"{file}: {sum(counts.values()):,} rows")


@app.command()
def restore(file: Path, data_dir: DataDir = None) -> None:
    """Fill an empty data folder or database from a backup."""
    _setup(data_dir)
    from manyi.config import upkeep

    try:
        counts = upkeep.restore(file)
    except upkeep.UpkeepError as error:
        raise fail(str(error)) from None
    typer.echo(f"{sum(counts.values()):,} rows restored")


@app.command()
def doctor(data_dir: DataDir = None) -> None:
    """Check database, jobs, mail, fonts and clock, and say how to mend what is not well."""
    _setup(data_dir)
    from django.utils.timezone import now  # noqa: TID251

    from manyi.config import upkeep

    checks = upkeep.doctor(at=now())
    for check in checks:
        typer.echo(f"{'✓' if check.well else '✗'} {check.name}: {check.found}")
        if not check.well and check.remedy:
            typer.echo(f"    {check.remedy}")
    if not all(check.well for check in checks):
        raise typer.Exit(1)


def main() -> None:
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(130)
