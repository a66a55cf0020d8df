"""The mailbox: mails that wait for a person, and all that came."""

from __future__ import annotations

from django.contrib import messages as notices
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from manyi.complaints.file_types import sniff
from manyi.complaints.models import Complaint
from manyi.complaints.queries import cases as case_queries
from manyi.complaints.queries import mailbox as queries
from manyi.complaints.services import mail_in
from manyi.complaints.views.cases import now
from manyi.messaging.letters import one_line
from manyi.messaging.models import IncomingMail
from manyi.messaging.services_incoming import letter_of
from manyi.people.queries import org_units
from manyi.web.errors import Refused
from manyi.web.http import Request

PER_PAGE = 50


@login_required
@require_safe
def mails(request: Request) -> HttpResponse:
    request.scope.require(mail_in.SORTS)
    everything = request.GET.get("show") == "all"
    waiting = queries.waiting(request.scope, at=now())
    rows = queries.incoming(request.scope) if everything else waiting
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "everything": everything, "waiting": waiting.count()}
    return render(request, "complaints/mailbox/list.html", context)


def _found(request: Request, pk: int) -> IncomingMail:
    request.scope.require(mail_in.SORTS)
    try:
        return queries.incoming(request.scope).get(pk=pk)
    except IncomingMail.DoesNotExist as error:
        raise Http404 from error


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def mail(request: Request, pk: int) -> HttpResponse:
    row = _found(request, pk)
    if request.method == "POST":
        try:
            return _act(request, row)
        except Refused as error:
            notices.error(request, str(error))
            return redirect("mailbox-mail", pk)
    letter = letter_of(row)
    context = {
        "mail": row,
        "letter": letter,
        "files": [(f.name, len(f.content), sniff(f.content, f.name) is not None) for f in letter.files],
        "complaint": queries.complaint_of(request.scope, row),
        "may_decide": row in queries.waiting(request.scope, at=now()),
        "units": org_units(request.scope, "complaints.receive"),
    }
    return render(request, "complaints/mailbox/mail.html", context)


def _act(request: Request, row: IncomingMail) -> HttpResponse:
    match request.POST.get("action"):
        case "open":
            wish = request.POST.get("unit", "")
            units = org_units(request.scope, "complaints.receive")
            chosen = units.filter(pk=wish).first() if wish.isdecimal() and len(wish) < 16 else None
            if chosen is None:
                raise Refused(_("Choose the org unit that answers."))
            complaint = mail_in.open_by_hand(request.scope, mail=row, unit=chosen, at=now())
        case "attach":
            number = one_line(request.POST.get("number", "")).upper()
            try:
                target = case_queries.complaint(request.scope, number)
            except Complaint.DoesNotExist as error:
                text = _("There is no complaint “%(number)s” that you may see.")
                raise Refused(text % {"number": number[:40]}) from error
            complaint = mail_in.attach_by_hand(request.scope, mail=row, complaint=target, at=now())
        case "ignore":
            mail_in.ignore(request.scope, mail=row, at=now())
            notices.success(request, _("Set aside. The mail is kept."))
            return redirect("mailbox")
        case _:
            raise Refused(_("This step is not known."))
    notices.success(request, _("Recorded."))
    return redirect("complaint", complaint.number)


@login_required
@require_safe
def raw(request: Request, pk: int) -> FileResponse:
    """The mail exactly as it came, to save and open elsewhere."""
    row = _found(request, pk)
    try:
        content = row.raw.open("rb")
    except FileNotFoundError as error:
        raise Http404 from error
    name = f"mail-{row.pk}.eml"
    return FileResponse(content, as_attachment=True, filename=name, content_type="message/rfc822")
