"""Pictures from a phone: accepted by what they are, made smaller, and written anew.

Writing them anew leaves out what a camera adds – place, device, owner – and whatever else hid in the file.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

from manyi.web.errors import Refused

MAX_BYTES = 12 * 1024 * 1024
MAX_PIXELS = 60_000_000
SIDE = 1600
TYPES = ("JPEG", "PNG", "WEBP")
#: What a form lets people choose.
ACCEPT = "image/jpeg,image/png,image/webp"


@dataclass(frozen=True, slots=True)
class Picture:
    """A JPEG of at most SIDE × SIDE pixels, upright, without metadata."""

    content: bytes
    width: int
    height: int


def clean(upload: Any, name: str) -> Picture:
    """The picture in an uploaded file (`size`, `read`). Raises Refused, naming the file, for anything else."""
    name = name[-100:]
    if upload.size > MAX_BYTES:
        raise Refused(
            _("“%(name)s” is too large: %(size)s MB, at most %(most)s MB.")
            % {"name": name, "size": -(-upload.size // 2**20), "most": MAX_BYTES // 2**20}
        )
    try:
        with Image.open(io.BytesIO(upload.read()), formats=TYPES) as opened:
            if opened.width * opened.height > MAX_PIXELS:
                raise Refused(_("“%(name)s” has too many pixels.") % {"name": name})
            opened.draft("RGB", (SIDE, SIDE))  # JPEG decodes straight to a smaller size
            picture = ImageOps.exif_transpose(opened).convert("RGB")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        if isinstance(error, Refused):
            raise
        raise Refused(_("“%(name)s” is not taken: photos are JPEG, PNG or WebP.") % {"name": name}) from error
    picture.thumbnail((SIDE, SIDE))
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=82)
    return Picture(out.getvalue(), picture.width, picture.height)
