"""Forms of business calendars."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext_lazy as _

from manyi.people.forms import BilingualForm
from manyi.people.models import BusinessCalendar
from manyi.people.services_calendars import OFFICE, weekdays

MOST_BYTES = 1_000_000


class CalendarForm(BilingualForm):
    code = forms.SlugField(label=_("Code"), max_length=40)
    timezone = forms.CharField(
        label=_("Time zone"), max_length=60, initial="Asia/Shanghai",
        widget=forms.TextInput(attrs={"list": "time-zones", "autocomplete": "off"}),
        help_text=_("The hours below are local to it, through changes of the clocks."),
    )  # fmt: skip
    country = forms.ChoiceField(
        label=_("Public holidays"), required=False,
        choices=[("", _("None")), *BusinessCalendar.Country.choices],
    )  # fmt: skip

    def __init__(self, *args: Any, calendar: BusinessCalendar | None = None, **kwargs: Any) -> None:
        initial: dict[str, Any] = {"week_5": "", "week_6": ""} | {f"week_{n}": OFFICE for n in range(5)}
        if calendar is not None:
            initial = {f"week_{n}": text for n, text in enumerate(calendar.week)}
            initial |= {f"name_{k}": calendar.name.get(k, "") for k in ("zh", "en")}
            initial |= {name: getattr(calendar, name) for name in ("code", "timezone", "country")}
        super().__init__(*args, **{"initial": initial, **kwargs})
        for n, name in enumerate(weekdays()):
            self.fields[f"week_{n}"] = forms.CharField(label=name, max_length=200, required=False)
        if calendar is not None:
            self.fields["code"].disabled = True

    def week(self) -> Iterator[BoundField]:
        for n in range(7):
            yield self[f"week_{n}"]

    def fields_of_service(self) -> dict[str, Any]:
        """What `save_calendar` takes."""
        data = self.cleaned_data
        return {
            "name": self.name(),
            "week": [data[f"week_{n}"] for n in range(7)],
            **{name: data[name] for name in ("code", "timezone", "country")},
        }


def time_zones() -> list[str]:
    """Names for the list one types into, areas and cities only."""
    return sorted(
        zone for zone in available_timezones() if "/" in zone and not zone.startswith(("Etc/", "posix"))
    )


class DayForm(forms.Form):
    day = forms.DateField(label=_("Day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    hours = forms.CharField(
        label=_("Open hours"), max_length=200, required=False,
        help_text=_("As 08:30-12:00, 13:30-17:30. Empty: closed all day."),
    )  # fmt: skip
    note = forms.CharField(label=_("Remark"), max_length=100, required=False)


class DaysForm(forms.Form):
    file = forms.FileField(
        label=_("File with days (CSV)"),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,text/csv"}),
        help_text=_("Columns date, hours, note. Empty hours close the day."),
    )

    def text(self) -> str:
        """What the file says. Raises ValidationError."""
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            raise forms.ValidationError(_("The file is larger than 1 MB."))
        data: bytes = file.read()
        for encoding in ("utf-8-sig", "gb18030"):
            try:
                return data.decode(encoding)
            except UnicodeDecodeError:
                continue
        raise forms.ValidationError(_("The file is neither UTF-8 nor GB18030 text."))
