"""The picture of a decision: what an option brings against what it takes."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import mean

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from manyi import charts
from manyi.charts import Chart, Point, Quadrants
from manyi.improvement.models import Option

MIDDLE = 3.0  # of the effort from 1 to 5


def effort_and_gain(options: Sequence[Option]) -> Chart | None:
    """Effort across, expected gain of the index upwards; None where no option has a gain."""
    known = [option for option in options if option.expected_gain is not None]
    if not known:
        return None
    return charts.quadrant(
        [Point(option.name, float(option.effort), option.expected_gain) for option in known],
        MIDDLE,
        mean(option.expected_gain or 0.0 for option in known),
        x_name=_("Effort (1–5)"),
        y_name=_("Expected gain (points)"),
        quadrants=Quadrants(_("Do first"), _("Plan as a project"), _("When there is time"), _("Leave")),
        title=_("Effort and expected gain"),
        texts=charts.texts_for(get_language() or "zh"),
    )
