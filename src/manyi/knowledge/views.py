"""Pages of standard answers: list, detail, edit, comparison, topics."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from manyi.knowledge import queries, services
from manyi.knowledge.changes import pieces
from manyi.knowledge.forms import AnswerForm, FilterForm, TopicForm
from manyi.knowledge.models import AnswerVersion, StandardAnswer, Topic
from manyi.knowledge.rendering import to_html, to_text
from manyi.people.queries import org_units
from manyi.scope import NotAllowed
from manyi.web.errors import Refused
from manyi.web.http import Request
from manyi.web.templatetags.web import localised

LANGUAGES = (("zh", "中文"), ("en", "English"))


def _now() -> datetime:
    return timezone.now()  # noqa: TID251


def _today() -> date:
    return timezone.localdate(_now())


def _require_reader(request: Request) -> None:
    if not any(request.scope.may(f"knowledge.{right}") for right in ("read", "edit", "approve")):
        raise NotAllowed("knowledge.read")


def _find(request: Request, pk: int) -> StandardAnswer:
    _require_reader(request)
    try:
        return queries.answer(request.scope, pk)
    except StandardAnswer.DoesNotExist as error:
        raise Http404 from error


def _version(request: Request, answer: StandardAnswer, number: str | None) -> AnswerVersion:
    """The version of that number, else the published one, else the newest the reader may see."""
    rows = queries.versions(request.scope, answer)
    if number:
        if not number.isdecimal() or len(number) > 9:
            raise Http404
        return get_object_or_404(rows, number=int(number))
    return rows.filter(state=AnswerVersion.State.PUBLISHED).first() or rows[0]


@login_required
@require_safe
def answers(request: Request) -> HttpResponse:
    """Search as one types, filters, and what waits for a review."""
    _require_reader(request)
    form = FilterForm(request.GET, topics=queries.topics(), products=queries.products(request.scope))
    selection = form.selection()
    found = queries.answers(request.scope, today=_today(), **selection)
    page = Paginator(found, 25).get_page(request.GET.get("page"))
    for row in page:
        row.excerpt = to_text(localised(row.current[-1].body))  # type: ignore[attr-defined]
    waiting = {
        state: queries.answers(request.scope, state=state, today=_today()).count()
        for state in ("submitted", "review")
    }
    context = {
        "form": form, "page": page, "filtered": any(selection.values()), "today": _today(), "waiting": waiting,
        "may_edit": request.scope.may("knowledge.edit"), "may_approve": request.scope.may("knowledge.approve"),
    }  # fmt: skip
    return render(request, "knowledge/rows.html" if request.htmx else "knowledge/list.html", context)


@login_required
@require_safe
def answer(request: Request, pk: int) -> HttpResponse:
    """One version in both languages, what may be done with it, and all versions."""
    row = _find(request, pk)
    version = _version(request, row, request.GET.get("version"))
    may_edit = request.scope.may("knowledge.edit", row.unit_id)
    may_approve = request.scope.may("knowledge.approve", row.unit_id)
    own = request.scope.user_id is not None and version.authors.filter(pk=request.scope.user_id).exists()
    context = {
        "answer": row, "version": version, "versions": queries.versions(request.scope, row),
        "texts": [
            (code, label, version.title[code], to_html(version.body[code]))
            for code, label in LANGUAGES if version.title.get(code)
        ],
        "unfinished": next((v for v in row.current if v.unfinished), None) if may_edit or may_approve else None,  # type: ignore[attr-defined]
        "may_edit": may_edit, "may_approve": may_approve, "own": own, "today": _today(),
        "next_review": (_now() + services.REVIEW_AFTER).date(), "own_uses": queries.own_uses(request.scope, row)[:10],
        "voted": version.votes.filter(voter=f"user:{request.scope.user_id}").first(),
    }  # fmt: skip
    return render(request, "knowledge/detail.html", context)


def _form(request: Request, answer: StandardAnswer | None, **kwargs: Any) -> AnswerForm:
    return AnswerForm(
        request.POST or None, units=org_units(request.scope, "knowledge.edit"),
        people=queries.reviewers(request.scope), answer=answer, **kwargs,
    )  # fmt: skip


@login_required
@require_http_methods(["GET", "POST"])
def new(request: Request) -> HttpResponse:
    request.scope.require("knowledge.edit")
    form = _form(request, None)
    if request.method == "POST" and form.is_valid():
        try:
            row = services.write_answer(
                request.scope, particulars=form.particulars(), words=form.words(), at=_now()
            )
        except Refused as error:
            form.add_error(None, str(error))
        else:
            return _after_saving(request, row)
    return render(request, "knowledge/edit.html", {"form": form}, status=422 if form.errors else 200)


@login_required
@require_http_methods(["GET", "POST"])
def edit(request: Request, pk: int) -> HttpResponse:
    """Chinese and English side by side. Saving a published answer begins its next version."""
    row = _find(request, pk)
    request.scope.require("knowledge.edit", row.unit_id)
    newest = queries.versions(request.scope, row)[0]
    form = _form(request, row, initial=_initial(row, newest))
    if request.method == "POST" and form.is_valid():
        try:
            services.save_draft(
                request.scope, answer=row, words=form.words(), particulars=form.particulars(), at=_now(),
                seen_at=form.cleaned_data["seen_at"],
            )  # fmt: skip
        except Refused as error:
            form.add_error(None, str(error))
        else:
            return _after_saving(request, row)
    context = {"form": form, "answer": row, "version": newest}
    return render(request, "knowledge/edit.html", context, status=422 if form.errors else 200)


def _initial(row: StandardAnswer, version: AnswerVersion) -> dict[str, Any]:
    return {
        "title_zh": version.title.get("zh"), "title_en": version.title.get("en"),
        "body_zh": version.body.get("zh"), "body_en": version.body.get("en"), "keywords": version.keywords,
        "public": version.public, "note": version.note if version.unfinished else "",
        "unit": row.unit_id, "topic": row.topic_id, "product": row.product, "reviewer": row.reviewer_id,
        "review_on": row.review_on, "seen_at": version.changed_at.isoformat(),
    }  # fmt: skip


def _after_saving(request: Request, row: StandardAnswer) -> HttpResponse:
    version = row.versions.order_by("-number")[0]
    if "submit" in request.POST:
        services.submit(request.scope, answer=row, at=_now())
        messages.success(request, _("Handed in. It is published once somebody else approves it."))
    else:
        messages.success(request, _("The draft is saved. Hand it in when it is ready."))
    return redirect(f"{_address(row)}?version={version.number}")


def _address(row: StandardAnswer) -> str:
    return reverse("standard-answer", args=[row.pk])


@login_required
@require_POST
def act(request: Request, pk: int) -> HttpResponse:
    """Submit, approve, send back, restore, discard, confirm the review, retire: by the button pressed."""
    row = _find(request, pk)
    scope, at, action = request.scope, _now(), request.POST.get("action", "")
    try:
        if action == "submit":
            services.submit(scope, answer=row, at=at)
        elif action == "approve":
            services.approve(scope, answer=row, at=at)
            messages.success(request, _("Published."))
        elif action == "send_back":
            services.send_back(scope, answer=row, reason=request.POST.get("reason", ""), at=at)
        elif action == "restore":
            version = _version(request, row, request.POST.get("version", "0"))
            restored = services.restore(scope, version=version, at=at)
            return redirect(f"{_address(row)}?version={restored.number}")
        elif action == "discard":
            if not services.discard_draft(scope, answer=row, at=at):
                return redirect("standard-answers")
        elif action == "reviewed":
            day = parse_date(request.POST.get("next_on", "")[:10])
            if day is None:
                raise Refused(_("Choose the day of the next review."))
            services.confirm_review(scope, answer=row, next_on=day, at=at)
            messages.success(request, _("Noted: it is still right."))
        elif action in ("retire", "use_again"):
            services.retire(scope, answer=row, retired=action == "retire", at=at)
        else:
            raise Http404
    except ValueError as error:  # Refused, or a day that does not exist
        messages.error(request, str(error))
    return redirect(_address(row))


@login_required
@require_safe
def compare(request: Request, pk: int) -> HttpResponse:
    """Two versions, what was dropped and added in each language."""
    row = _find(request, pk)
    newer = _version(
        request, row, request.GET.get("new") or str(queries.versions(request.scope, row)[0].number)
    )
    older = _version(request, row, request.GET.get("old") or str(max(1, newer.number - 1)))
    languages = [
        (label, list(pieces(older.title.get(code, ""), newer.title.get(code, ""))),
         list(pieces(older.body.get(code, ""), newer.body.get(code, ""))))
        for code, label in LANGUAGES
    ]  # fmt: skip
    context = {
        "answer": row, "older": older, "newer": newer, "languages": languages,
        "keywords": list(pieces(older.keywords, newer.keywords)), "versions": queries.versions(request.scope, row),
    }  # fmt: skip
    return render(request, "knowledge/compare.html", context)


@login_required
@require_POST
def vote(request: Request, pk: int) -> HttpResponse:
    """Did it help? One vote a person and version."""
    row = _find(request, pk)
    version = _version(request, row, None)
    if version.state == AnswerVersion.State.PUBLISHED:
        helped = request.POST.get("helped") == "yes"
        services.vote(version=version, voter=f"user:{request.scope.user_id}", helped=helped, at=_now())
        messages.success(request, _("Thank you: this keeps the answers good."))
    return redirect(_address(row))


@login_required
@require_http_methods(["GET", "POST"])
def topics(request: Request) -> HttpResponse:
    """The headings under which answers stand."""
    request.scope.require("knowledge.approve")
    chosen = request.POST.get("topic", "")
    row = get_object_or_404(Topic, pk=int(chosen)) if chosen.isdecimal() and len(chosen) < 10 else None
    form = TopicForm(request.POST if request.method == "POST" else None, initial={"position": queries.topics().count() + 1})  # fmt: skip
    if request.method == "POST":
        try:
            if row is not None and request.POST.get("action") == "delete":
                services.delete_topic(request.scope, topic=row)
                return redirect("answer-topics")
            if form.is_valid():
                name = {"zh": form.cleaned_data["zh"], "en": form.cleaned_data["en"]}
                services.save_topic(
                    request.scope, topic=row, name=name, position=form.cleaned_data["position"]
                )
                return redirect("answer-topics")
        except Refused as error:
            form.add_error(None, str(error)) if form.is_valid() else messages.error(request, str(error))
    context = {"topics": queries.topics(), "form": form}
    return render(request, "knowledge/topics.html", context, status=422 if form.errors else 200)
