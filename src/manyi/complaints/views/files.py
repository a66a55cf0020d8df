"""Files of complaints are only ever served by these views, which check who asks."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404
from django.views.decorators.http import require_safe

from manyi.complaints.file_types import SHOWN
from manyi.complaints.models import Attachment
from manyi.complaints.views.cases import found
from manyi.web.http import Request


def download(attachment: Attachment) -> FileResponse:
    """Pictures in place, everything else as a download; nothing in it may run."""
    try:
        content = attachment.file.open("rb")
    except FileNotFoundError as error:
        raise Http404 from error
    response = FileResponse(
        content,
        as_attachment=attachment.content_type not in SHOWN,
        filename=attachment.name,
        content_type=attachment.content_type,
    )
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "no-store, private"
    return response


@login_required
@require_safe
def attachment(request: Request, number: str, pk: int) -> FileResponse:
    """A file of a complaint the reader may see, internal ones included."""
    row = found(request.scope, number).attachments.filter(pk=pk).first()
    if row is None:
        raise Http404
    return download(row)
