"""Pages of promises: the list with the kept rate, one promise, and the line that catches one inside other pages."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from manyi.customers import queries_promises as queries
from manyi.customers import services_promises as services
from manyi.customers import subjects
from manyi.customers.forms_promises import FilterForm, PromiseForm, SettleForm
from manyi.customers.models import Promise
from manyi.people.business_time import NeverOpen
from manyi.people.models import User
from manyi.people.queries import org_units
from manyi.scope import NotAllowed
from manyi.web.errors import Refused
from manyi.web.http import Request

DAYS = 90
PEOPLE = 20
SETTLED_SHOWN = 20


def _now() -> datetime:
    return timezone.now()  # noqa: TID251


def _require_reader(request: Request) -> None:
    if not any(request.scope.may(right) for right in ("promises.edit", "customers.read", "results.read")):
        raise NotAllowed("promises.edit")


@login_required
@require_safe
def promises(request: Request) -> HttpResponse:
    """What I have to do, what is overdue, and how many promises were kept in the last 90 days."""
    _require_reader(request)
    scope, now = request.scope, _now()
    form = FilterForm(request.GET, units=org_units(scope, "promises.edit"))
    selection = form.selection()
    page = Paginator(queries.promises(scope, at=now, **selection), 50).get_page(request.GET.get("page"))
    for row in page:
        row.is_overdue = row.overdue(now)  # type: ignore[attr-defined]
    context: dict[str, Any] = {"form": form, "page": page, "view": selection["view"], "days": DAYS}
    if request.htmx:
        return render(request, "customers/promises/rows.html", context)
    context["counts"] = {
        view: queries.promises(scope, view=view, at=now).count() for view in ("mine", "overdue")
    }
    if scope.may("results.read"):
        time = (selection["unit"], now - timedelta(days=DAYS), now)
        context["rate"] = queries.kept_promises(scope, *time)
        context["rates"] = [
            (_("By org unit"), queries.kept_by_unit(scope, *time)),
            (_("By person"), queries.kept_by_person(scope, *time)[:PEOPLE]),
        ]
    return render(request, "customers/promises/list.html", context)


def _subject(request: Request, key: str) -> subjects.Subject:
    try:
        return subjects.find(request.scope, key)
    except subjects.UnknownSubject as error:
        raise Http404 from error


def _panel(request: Request, about: subjects.Subject, form: PromiseForm | None = None, status: int = 200) -> HttpResponse:  # fmt: skip
    """The promises about a subject and the line for the next one."""
    now = _now()
    rows = list(queries.promises_of(request.scope, about.key))
    for row in rows:
        row.is_overdue = row.overdue(now)  # type: ignore[attr-defined]
    may_make = request.scope.may(services.RIGHT, about.unit.pk)
    if form is None and may_make:
        form = _form(request, about, bound=False)
    open_ones = sorted((r for r in rows if r.state == Promise.State.OPEN), key=lambda r: r.due_at)
    settled = [r for r in rows if r.state != Promise.State.OPEN][:SETTLED_SHOWN]
    context = {"about": about, "open_ones": open_ones, "settled": settled, "form": form, "may_make": may_make}
    return render(request, "customers/promises/_panel.html", context, status=status)


def _form(request: Request, about: subjects.Subject, *, bound: bool) -> PromiseForm:
    users = queries.doers(request.scope, about.unit)
    users = User.objects.filter(pk__in=[*users.values_list("pk", flat=True), request.scope.user_id or 0])
    data = request.POST if bound else None
    return PromiseForm(data, users=users.order_by("name", "username"), initial={"owner": request.scope.user_id}, auto_id="promise-%s")  # fmt: skip


@login_required
@require_safe
def of(request: Request) -> HttpResponse:
    """The fragment for another page: `?subject=complaint:12`."""
    return _panel(request, _subject(request, request.GET.get("subject", "")))


@login_required
@require_POST
def new(request: Request) -> HttpResponse:
    """Make a promise about `subject`; answers with the fragment, or goes back to the subject without htmx."""
    about = _subject(request, request.POST.get("subject", ""))
    request.scope.require(services.RIGHT, about.unit.pk)
    form = _form(request, about, bound=True)
    now = _now()
    if form.is_valid():
        try:
            services.make_promise(
                request.scope, subject=about.key, due_at=form.due_at(now, services.calendar()), at=now, **form.given()
            )  # fmt: skip
        except Refused as error:
            form.add_error(None, str(error))
        except NeverOpen:
            form.add_error("due", _("The business calendar has no open hours; choose day and time yourself."))
        else:
            return _panel(request, about) if request.htmx else redirect(about.url)
    return _panel(request, about, form, status=422)


def _find(request: Request, pk: int) -> Promise:
    return get_object_or_404(queries.promises(request.scope, at=_now()), pk=pk)


@login_required
@require_http_methods(["GET", "POST"])
def promise(request: Request, pk: int) -> HttpResponse:
    """One promise; kept, broken or taken back by the button pressed."""
    row = _find(request, pk)
    form = SettleForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            _settle(request, row, form)
        except Refused as error:
            form.add_error(None, str(error))
        else:
            return redirect("promise", pk)
    try:
        about = subjects.find(request.scope, row.subject)
    except subjects.UnknownSubject:
        about = None
    name, email, _language = services.recipient(row)
    own = request.scope.user_id in (row.owner_id, row.made_by_id)
    context = {
        "promise": row, "about": about, "form": form, "is_overdue": row.overdue(_now()), "to": name, "email": email,
        "may_settle": row.state == Promise.State.OPEN and (own or request.scope.may(services.RIGHT, row.unit_id)),
    }  # fmt: skip
    return render(request, "customers/promises/detail.html", context, status=422 if form.errors else 200)


def _settle(request: Request, row: Promise, form: SettleForm) -> None:
    data, now = form.cleaned_data, _now()
    file = data["file"]
    evidence = services.Evidence(
        data["evidence"], file, name=file.name if file else "", size=file.size if file else 0
    )
    action = request.POST.get("action", "")
    if action == "keep":
        services.keep_promise(
            request.scope, promise=row, evidence=evidence, done_at=data["done_at"], message=data["message"],
            tell=data["tell"], at=now,
        )  # fmt: skip
        messages.success(request, _("Kept. Thank you!"))
    elif action == "break":
        services.break_promise(request.scope, promise=row, evidence=evidence, at=now)
    elif action == "withdraw":
        services.withdraw_promise(request.scope, promise=row, evidence=evidence, at=now)
    else:
        raise Http404


@login_required
@require_safe
def evidence(request: Request, pk: int) -> FileResponse:
    """The file that shows it; always a download."""
    row = _find(request, pk)
    if not row.evidence_file:
        raise Http404
    return FileResponse(
        row.evidence_file.open("rb"), as_attachment=True, filename=row.evidence_name,
        content_type="application/octet-stream",
    )  # fmt: skip
