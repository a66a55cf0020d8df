"""Four never-miss: four counts, the list behind each, and the way to mend every row."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from manyi.complaints.queries import never_miss as queries
from manyi.complaints.services import improvement_requests as services
from manyi.complaints.views.found import now
from manyi.people.queries import org_units
from manyi.web.errors import Refused
from manyi.web.http import Request

#: code → (title, what counts as a miss, icon)
BOXES = {
    "recorded": (gettext_lazy("Recorded"), gettext_lazy("heard, but neither a complaint nor a reason why not"), "notes"),
    "handled": (gettext_lazy("Handled"), gettext_lazy("open past a time limit"), "clock"),
    "rechecked": (gettext_lazy("Re-checked"), gettext_lazy("closed without the follow-up that was due"), "phone-check"),
    "fed_back": (
        gettext_lazy("Fed back"),
        gettext_lazy("cause in product or process, and nobody was asked to change it"),
        "arrow-back-up",
    ),
}  # fmt: skip
KINDS = {
    "call": gettext_lazy("Call"),
    "mail": gettext_lazy("Mail"),
    "callback": gettext_lazy("Callback"),
    "score": gettext_lazy("Low score"),
    "complaint": gettext_lazy("Complaint"),
    "problem": gettext_lazy("Problem"),
}


@login_required
@require_safe
def never_miss(request: Request) -> HttpResponse:
    """The four counts of the reader's units, and one list."""
    scope, at = request.scope, now()
    scope.require("complaints.read")
    show = request.GET.get("show", "recorded")
    show = show if show in queries.CODES else "recorded"
    units = list(org_units(scope, "complaints.read"))
    given = request.GET.get("unit", "")
    unit = next((row for row in units if str(row.pk) == given), None)
    counts = queries.counts(scope, at)
    below = {row.pk for row in units if unit is None or row.path.startswith(unit.path)}
    page = Paginator(queries.misses(scope, show, at, unit), 25).get_page(request.GET.get("page"))
    context = {
        "boxes": [
            {
                "code": code, "title": title, "text": text, "icon": icon,
                "count": sum(n for pk, n in counts[code].items() if unit is None or pk in below),
            }
            for code, (title, text, icon) in BOXES.items()
        ],
        "show": show,
        "unit": unit,
        "units": [
            (row, [counts[code][row.pk] for code in queries.CODES])
            for row in units
            if any(counts[code][row.pk] for code in queries.CODES)
        ],
        "titles": [title for title, _text, _icon in BOXES.values()],
        "page": page,
        "rows": [(miss, KINDS[miss.kind], miss.source.partition(":")[2]) for miss in page],
        "may_receive": scope.may("complaints.receive"),
        "now": at,
    }  # fmt: skip
    return render(request, "complaints/never_miss/never_miss.html", context)


@login_required
@require_POST
def set_aside(request: Request) -> HttpResponse:
    """It is no complaint, because …"""
    try:
        services.set_aside(
            request.scope,
            source=request.POST.get("source", "")[:60],
            reason=request.POST.get("reason", ""),
            at=now(),
        )
        messages.success(request, _("Set aside with the reason."))
    except Refused as error:
        messages.error(request, str(error))
    return redirect(reverse("never-miss"))
