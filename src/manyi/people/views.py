"""Settings (organisation, units, users, event log) and the account page."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from manyi.events.queries import log_of
from manyi.people import forms, queries, services
from manyi.people.models import ApiToken, User
from manyi.web.http import Request


def _now() -> Any:
    return timezone.now()  # noqa: TID251


@login_required
def settings(request: Request) -> HttpResponse:
    """The organisation and the rules that hold for all its waves."""
    request.scope.require("people.manage")
    row = services.organisation()
    form = forms.OrganisationForm(request.POST or None, initial=forms.OrganisationForm.of(row))
    if request.method == "POST" and form.is_valid():
        fields = {k: v for k, v in form.cleaned_data.items() if not k.startswith("name_")}
        services.change_organisation(request.scope, at=_now(), name=form.name(), **fields)
        messages.success(request, _("Saved."))
        return redirect("settings")
    return render(request, "people/organisation.html", {"form": form}, status=422 if form.errors else 200)


@login_required
def units(request: Request) -> HttpResponse:
    request.scope.require("people.manage")
    rows = queries.org_units(request.scope, "people.manage")
    form = forms.UnitForm(request.POST or None, units=rows)
    if request.method == "POST" and form.is_valid():
        try:
            services.create_org_unit(
                request.scope, code=form.cleaned_data["code"], name=form.name(),
                parent=form.cleaned_data["parent"], at=_now(),
            )  # fmt: skip
        except services.PeopleError as error:
            form.add_error("code", str(error))
        else:
            messages.success(request, _("The unit was added."))
            return redirect("units")
    context = {"units": rows, "form": form}
    return render(request, "people/units.html", context, status=422 if form.errors else 200)


@login_required
def unit(request: Request, pk: int) -> HttpResponse:
    row = get_object_or_404(queries.org_units(request.scope, "people.manage"), pk=pk)
    initial = {"name_zh": row.name.get("zh", ""), "name_en": row.name.get("en", ""), "active": row.active}
    form = forms.UnitChangeForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        services.rename_org_unit(
            request.scope, unit=row, name=form.name(), active=form.cleaned_data["active"], at=_now()
        )
        return redirect("units")
    return render(
        request, "people/unit.html", {"unit": row, "form": form}, status=422 if form.errors else 200
    )


@login_required
def users(request: Request) -> HttpResponse:
    request.scope.require("people.manage")
    rows = queries.users(request.scope).prefetch_related("memberships__unit")
    page = Paginator(rows, 50).get_page(request.GET.get("page"))
    return render(request, "people/users.html", {"page": page})


@login_required
def user(request: Request, pk: int | None = None) -> HttpResponse:
    """Add or change a user."""
    request.scope.require("people.manage")
    row = get_object_or_404(queries.users(request.scope), pk=pk) if pk else None
    initial: dict[str, Any] = {}
    if row:
        initial = {f: getattr(row, f) for f in ("username", "name", "email", "language", "is_active")}
    held = [{"role": m.role, "unit": m.unit} for m in row.memberships.select_related("unit")] if row else []
    manageable = queries.org_units(request.scope, "people.manage")
    form = forms.UserForm(request.POST or None, initial=initial, user=row)
    roles = forms.RoleForms(
        request.POST or None, initial=held, form_kwargs={"units": manageable}, prefix="roles"
    )
    if request.method == "POST" and form.is_valid() and roles.is_valid():
        data = dict(form.cleaned_data)
        chosen = {
            (r["role"], r["unit"])
            for r in (f.cleaned_data for f in roles)
            if r.get("unit") and not r.get("DELETE")
        }
        try:
            if row:
                data.pop("username")
                services.change_user(request.scope, user=row, roles=list(chosen), at=_now(), **data)
            else:
                data.pop("is_active")
                services.create_user(request.scope, roles=list(chosen), at=_now(), **data)
        except services.PeopleError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Saved."))
            return redirect("users")
    failed = form.errors or (roles.is_bound and not roles.is_valid())
    context = {"form": form, "roles": roles, "row": row}
    return render(request, "people/user.html", context, status=422 if failed else 200)


@login_required
def event_log(request: Request) -> HttpResponse:
    request.scope.require("events.read")
    kind, subject = request.GET.get("kind", ""), request.GET.get("subject", "")
    rows = log_of(request.scope)
    if kind:
        rows = rows.filter(kind=kind)
    if subject:
        rows = rows.filter(subject_id=subject)
    page = Paginator(rows, 50).get_page(request.GET.get("page"))
    names = dict(User.objects.filter(pk__in={e.actor_id for e in page}).values_list("pk", "username"))
    entries = [(event, names.get(event.actor_id or 0, "")) for event in page]
    context = {"page": page, "entries": entries, "kind": kind}
    return render(request, "people/events.html", context)


@login_required
def account(request: Request) -> HttpResponse:
    """Name and language, the ways to sign in, API tokens."""
    user: User = request.user  # type: ignore[assignment]
    form = forms.AccountForm(request.POST or None, initial={"name": user.name, "language": user.language})
    if request.method == "POST" and form.is_valid():
        services.change_account(request.scope, user=user, at=_now(), **form.cleaned_data)
        response = redirect("account")
        remember_language(response, form.cleaned_data["language"])
        return response
    context = {"form": form, "token_form": forms.TokenForm(), "tokens": queries.tokens(user)}
    return render(request, "people/account.html", context, status=422 if form.errors else 200)


def remember_language(response: HttpResponse, language: str) -> None:
    from django.conf import settings as django_settings

    translation.activate(language)
    response.set_cookie(django_settings.LANGUAGE_COOKIE_NAME, language, max_age=365 * 86400, samesite="Lax")


@login_required
@require_POST
def create_token(request: Request) -> HttpResponse:
    """Answers with the token: the only time it is shown."""
    user: User = request.user  # type: ignore[assignment]
    form = forms.TokenForm(request.POST)
    token = ""
    if form.is_valid():
        token = services.create_token(request.scope, user=user, name=form.cleaned_data["name"], at=_now())
    context = {
        "form": forms.AccountForm(initial={"name": user.name, "language": user.language}),
        "token_form": form, "token": token, "tokens": queries.tokens(user),
    }  # fmt: skip
    return render(request, "people/account.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def revoke_token(request: Request, pk: int) -> HttpResponse:
    row = get_object_or_404(ApiToken, pk=pk, user=request.user)
    services.revoke_token(request.scope, token=row, at=_now())
    messages.success(request, _("The token no longer works."))
    return redirect("account")
