"""Pages of waves: list, plan with preview, monitor, invitations, ledger, open link and poster."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from manyi.charts import daily_line, response_funnel, texts_for
from manyi.customers.models import Customer
from manyi.customers.queries import customer
from manyi.events import catalogue
from manyi.events.services import publish
from manyi.people.queries import org_units
from manyi.people.services import first_moment, organisation
from manyi.surveys import letters, links, qr
from manyi.surveys.audience import Audience
from manyi.surveys.forms_waves import WaveForm, initial_of
from manyi.surveys.models import Invitation, NotAsked, Wave
from manyi.surveys.queries import samples
from manyi.surveys.queries import waves as queries
from manyi.surveys.sampling import Plan
from manyi.surveys.services import invitations as invitation_services
from manyi.surveys.services import waves as services
from manyi.warehouse.tabular import write_csv
from manyi.web.errors import Refused
from manyi.web.http import Request

RUN = "waves.run"


def _wave(request: Request, pk: int) -> Wave:
    try:
        return queries.wave(request.scope, pk)
    except Wave.DoesNotExist as error:
        raise Http404 from error


@login_required
@require_GET
def waves(request: Request) -> HttpResponse:
    request.scope.require(queries.READ)
    state = request.GET.get("state", "")
    state = state if state in Wave.State.values else ""
    page = Paginator(queries.waves(request.scope, state=state), 30).get_page(request.GET.get("page"))
    context = {"page": page, "state": state, "states": Wave.State.choices, "may_run": request.scope.may(RUN)}
    return render(request, "surveys/waves/list.html", context)


@login_required
def create(request: Request) -> HttpResponse:
    request.scope.require(RUN)
    return _form(request, None)


@login_required
def edit(request: Request, pk: int) -> HttpResponse:
    wave = _wave(request, pk)
    request.scope.require(RUN, wave.unit_id)
    if wave.state != Wave.State.DRAFT:
        return redirect("wave", pk=wave.pk)
    return _form(request, wave)


def _form(request: Request, wave: Wave | None) -> HttpResponse:
    message = letters.offered(org_units(request.scope, RUN).first())
    initial = {
        "message_zh": message["zh"], "message_en": message["en"],
        "subject_zh": letters.SUBJECT["zh"], "subject_en": letters.SUBJECT["en"], "reminder_days": "3, 7",
    }  # fmt: skip
    form = WaveForm(
        request.POST or None, scope=request.scope, wave=wave, initial=initial_of(wave) if wave else initial
    )
    if request.method == "POST" and form.is_valid():
        at = timezone.now()  # noqa: TID251
        try:
            if wave is None:
                wave = services.create_wave(
                    request.scope, code=form.cleaned_data["code"], at=at, **form.values()
                )
            else:
                services.change_wave(request.scope, wave=wave, at=at, **form.values())
        except Refused as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("The draft is saved. Nothing has been sent yet."))
            return redirect("wave", pk=wave.pk)
    status = 422 if form.is_bound else 200
    return render(request, "surveys/waves/form.html", {"form": form, "wave": wave}, status=status)


@login_required
@require_POST
def preview(request: Request) -> HttpResponse:
    """Who would be asked by the form as it stands; a fragment."""
    request.scope.require(RUN)
    form = WaveForm(request.POST, scope=request.scope)
    form.is_valid()
    needed = {"unit", "units", "method", "size", "quotas", "by", "margin"}
    wrong = needed & set(form.errors)
    unit = form.org_units.get(form.cleaned_data.get("unit", ""))
    found = None
    if not wrong and unit is not None:
        try:
            found = samples.preview(
                request.scope,
                unit=unit,
                audience=Audience.from_dict(form.audience()),
                plan=Plan.from_dict(form.sampling()),
                seed=0,
                series=form.cleaned_data.get("series", ""),
                margin=float(form.cleaned_data.get("margin") or 0.05),
                at=timezone.now(),  # noqa: TID251
            )
        except ValueError:
            found = None
    return render(request, "surveys/waves/_preview.html", _preview_context(found))


def _preview_context(found: samples.Preview | None) -> dict[str, Any]:
    labels = dict(NotAsked.Reason.choices)
    return {
        "preview": found,
        "reasons": [(labels[reason], n) for reason, n in found.reasons] if found else [],
        "margin": found.advice.margin * 100 if found and found.advice else None,
        "reached": found.advice.reached * 100 if found and found.advice and found.advice.reached else None,
        "rate": found.advice.rate * 100 if found and found.advice else None,
    }


@login_required
@require_GET
def wave(request: Request, pk: int) -> HttpResponse:
    wave = _wave(request, pk)
    scope = request.scope
    may_run = scope.may(RUN, wave.unit_id)
    context: dict[str, Any] = {
        "wave": wave,
        "may_run": may_run,
        "may_read_results": scope.may("results.read"),
    }
    if wave.state == Wave.State.DRAFT:
        if may_run:
            found = samples.preview(
                scope, unit=wave.unit, audience=Audience.from_dict(wave.audience),
                plan=Plan.from_dict(wave.sampling), seed=wave.seed, series=wave.series, margin=0.05,
                at=timezone.now(),  # noqa: TID251
            )  # fmt: skip
            context |= _preview_context(found)
    else:
        context |= _monitor(request, wave)
    if wave.open_token and may_run:
        context["open_link"] = links.open_to_all(wave.open_token)
    return render(request, "surveys/waves/detail.html", context)


def _progress(request: Request, wave: Wave, totals: queries.Totals) -> dict[str, Any]:
    """How far sending and answering are. `sending`: mails leave now; `waits_until`: they wait for this moment."""
    at = timezone.now()  # noqa: TID251
    waiting = wave.state == Wave.State.OPEN and totals.waiting > 0
    first = first_moment(at)
    return {
        "wave": wave,
        "totals": totals,
        "open_answers": queries.open_answers(request.scope, wave),
        "sending": waiting and first <= at,
        "waits_until": first if waiting and first > at else None,
        "share": round(100 * (totals.invited - totals.waiting) / totals.invited) if totals.invited else 0,
        "job": queries.sending_job(request.scope, wave) if waiting else None,
    }


@login_required
@require_GET
def progress(request: Request, pk: int) -> HttpResponse:
    """The progress card, polled while mails leave; once they have, the page around it is loaded anew."""
    wave = _wave(request, pk)
    context = _progress(request, wave, queries.totals(request.scope, wave))
    response = render(request, "surveys/waves/_progress.html", context)
    if not context["sending"]:
        response["HX-Refresh"] = "true"
    return response


@login_required
@require_GET
def of_customer(request: Request, pk: int) -> HttpResponse:
    """The panel of the customer's page: in which waves the customer was asked, and if not, why."""
    request.scope.require("customers.read")
    try:
        found = customer(request.scope, pk)
    except Customer.DoesNotExist as error:
        raise Http404 from error
    if not request.scope.may(queries.READ):
        return HttpResponse("")
    rows = queries.of_customer(request.scope, found)
    return render(request, "surveys/waves/_of_customer.html", {"customer": found, "rows": rows})


def _monitor(request: Request, wave: Wave) -> dict[str, Any]:
    scope, words = request.scope, texts_for(get_language() or "zh")
    totals = queries.totals(scope, wave)
    days = queries.by_day(scope, wave)
    labels = dict(NotAsked.Reason.choices)
    charts = []
    if totals.opened is not None and totals.sent:
        charts.append(
            response_funnel(
                totals.sent,
                totals.opened,
                None,
                totals.answered or 0,
                title=_("From sent to answered"),
                texts=words,
            )
        )
    if days and totals.answered is not None:
        charts.append(
            daily_line(
                [d[0] for d in days],
                [d[1] for d in days],
                None if wave.anonymous else [d[2] for d in days],
                [d[3] for d in days],
                title=_("Day by day"),
                texts=words,
            )
        )
    reasons = queries.reasons(scope, wave)
    return {
        **_progress(request, wave, totals),
        "by_unit": queries.by_unit(scope, wave),
        "charts": charts,
        "reasons": [(reason, labels[reason], n) for reason, n in reasons],
        "not_asked": sum(n for _reason, n in reasons),
    }


@login_required
@require_POST
def open_(request: Request, pk: int) -> HttpResponse:
    wave = _wave(request, pk)
    try:
        services.open_wave(request.scope, wave=wave, at=timezone.now())  # noqa: TID251
    except Refused as error:
        messages.error(request, str(error))
    return redirect("wave", pk=pk)


@login_required
@require_POST
def close(request: Request, pk: int) -> HttpResponse:
    wave = _wave(request, pk)
    try:
        services.close_wave(request.scope, wave=wave, reason="by_hand", at=timezone.now())  # noqa: TID251
        messages.success(request, _("The wave is closed."))
    except Refused as error:
        messages.error(request, str(error))
    return redirect("wave", pk=pk)


@login_required
@require_POST
def delete(request: Request, pk: int) -> HttpResponse:
    try:
        services.delete_draft(request.scope, wave=_wave(request, pk))
    except Refused as error:
        messages.error(request, str(error))
        return redirect("wave", pk=pk)
    messages.success(request, _("The draft is deleted."))
    return redirect("waves")


@login_required
@require_POST
def link(request: Request, pk: int) -> HttpResponse:
    """Switch the open link on or off."""
    wave = _wave(request, pk)
    try:
        if request.POST.get("on") == "1":
            services.enable_open_link(request.scope, wave=wave)
        else:
            services.disable_open_link(request.scope, wave=wave)
    except Refused as error:
        messages.error(request, str(error))
    return redirect("wave", pk=pk)


@login_required
@require_GET
def poster(request: Request, pk: int, kind: str) -> HttpResponse:
    """The QR code as SVG, or the A4 poster as PDF."""
    wave = _wave(request, pk)
    request.scope.require(RUN, wave.unit_id)
    if not wave.open_token or kind not in ("svg", "pdf") or wave.questionnaire_version is None:
        raise Http404
    address = links.open_to_all(wave.open_token)
    if kind == "svg":
        response = HttpResponse(qr.svg(address), content_type="image/svg+xml")
    else:
        pdf = qr.poster(
            address=address,
            organisation=organisation().name,
            title=wave.name,
            minutes=letters.minutes(wave.questionnaire_version.definition),
        )
        response = HttpResponse(pdf, content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{wave.code}-qr.{kind}"'
    return response


@login_required
@require_GET
def invitations(request: Request, pk: int) -> HttpResponse:
    wave = _wave(request, pk)
    state = request.GET.get("state", "")
    state = state if state in Invitation.State.values else ""
    search = request.GET.get("q", "").replace("\0", "")[:100]
    rows = queries.invitations(request.scope, wave, state=state, search=search)
    page = Paginator(rows, 50).get_page(request.GET.get("page"))
    # The link lets its holder answer in the person's name: only those who run the wave see it.
    usable = wave.state == Wave.State.OPEN
    addresses = {
        row.pk: links.personal(row.token) for row in page if usable and request.scope.may(RUN, row.unit_id)
    }
    rows_shown = [(row, addresses.get(row.pk, "")) for row in page]
    context = {
        "wave": wave,
        "page": page,
        "rows": rows_shown,
        "state": state,
        "q": search,
        "states": Invitation.State.choices,
    }
    return render(request, "surveys/waves/invitations.html", context)


@login_required
@require_POST
def resend(request: Request, pk: int, invitation: int) -> HttpResponse:
    wave = _wave(request, pk)
    row = get_object_or_404(queries.invitations(request.scope, wave), pk=invitation)
    try:
        invitation_services.resend(request.scope, invitation=row, at=timezone.now())  # noqa: TID251
        messages.success(request, _("The invitation is on its way again."))
    except Refused as error:
        messages.error(request, str(error))
    return redirect("wave-invitations", pk=pk)


@login_required
@require_GET
def not_asked(request: Request, pk: int) -> HttpResponse:
    wave = _wave(request, pk)
    labels = dict(NotAsked.Reason.choices)
    reason = request.GET.get("reason", "")
    reason = reason if reason in labels else ""
    rows = queries.not_asked(request.scope, wave, reason=reason)
    if request.GET.get("format") == "csv":
        return _ledger_csv(request, wave, rows)
    page = Paginator(rows, 50).get_page(request.GET.get("page"))
    usable = wave.state == Wave.State.OPEN
    shown = [(row, usable and request.scope.may(RUN, row.unit_id)) for row in page]
    context = {"wave": wave, "page": page, "rows": shown, "reason": reason, "labels": NotAsked.Reason.choices}
    return render(request, "surveys/waves/not_asked.html", context)


def _ledger_csv(request: Request, wave: Wave, rows: Any) -> HttpResponse:
    table = [
        (
            row.customer.code,
            row.customer.name,
            str(row.unit),
            str(row.get_reason_display()),
            row.at.isoformat(),
        )
        for row in rows
    ]
    names = (_("Customer number"), _("Customer"), _("Org unit"), _("Reason"), _("Time"))
    with transaction.atomic():
        publish(
            request.scope,
            catalogue.DataExported(
                subject_id=str(wave.pk), unit_id=wave.unit_id, what="not_asked", rows=len(table)
            ),
            at=timezone.now(),  # noqa: TID251
        )
    response = HttpResponse(write_csv(names, table), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{wave.code}-not-asked.csv"'
    return response


@login_required
@require_POST
def invite(request: Request, pk: int, customer: int) -> HttpResponse:
    wave = _wave(request, pk)
    entry = get_object_or_404(queries.not_asked(request.scope, wave), customer_id=customer)
    found: Customer = entry.customer
    try:
        invitation_services.invite_late(request.scope, wave=wave, customer=found, at=timezone.now())  # noqa: TID251
        messages.success(request, _("“%(name)s” is invited.") % {"name": found.name})
    except Refused as error:
        messages.error(request, str(error))
    return redirect("wave-not-asked", pk=pk)
