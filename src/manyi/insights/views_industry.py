"""Pages of what is published of an industry."""

from __future__ import annotations

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from manyi.insights import industry
from manyi.insights.models import IndustryFigure
from manyi.insights.queries import WaveResult
from manyi.insights.services_industry import enter_figure, remove_figure
from manyi.insights.views import result_or_404
from manyi.web.errors import Refused
from manyi.web.http import Request


class FigureForm(forms.Form):
    node = forms.ChoiceField(label=_("Of what"))
    value = forms.FloatField(label=_("Figure, 0 to 100"), min_value=0, max_value=100)
    source = forms.CharField(
        label=_("Source"),
        max_length=200,
        help_text=_("Who published it, in which report, on how many answers."),
    )
    published_on = forms.DateField(
        label=_("Published on"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, result: WaveResult, data: object = None) -> None:
        super().__init__(data)  # type: ignore[arg-type]
        self.fields["node"].choices = [  # type: ignore[attr-defined]
            (place.code, "\u2003" * (place.level - 1) + result.name(place.code))
            for place in result.tree.nodes()
        ]
        for field in self.fields.values():
            field.widget.attrs["class"] = (
                "form-select" if isinstance(field, forms.ChoiceField) else "form-control"
            )


@login_required
def figures(request: Request, code: str) -> HttpResponse:
    """What was entered, and a form for more."""
    request.scope.require(industry.EDIT)
    result = result_or_404(request, code)
    form = FigureForm(result, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            enter_figure(request.scope, result=result, at=timezone.now(), **form.cleaned_data)  # noqa: TID251
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect("result-industry", code)
    context = {
        "result": result,
        "wave": result.wave,
        "form": form,
        "figures": [(figure, result.name(figure.node)) for figure in industry.figures(result)],
    }
    return render(request, "insights/analysis/industry.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def remove(request: Request, code: str, pk: int) -> HttpResponse:
    request.scope.require(industry.EDIT)
    tree = result_or_404(request, code).wave.tree_version.tree_id
    figure = IndustryFigure.objects.filter(tree=tree, pk=pk).first()
    if figure is None:
        raise Http404
    remove_figure(request.scope, figure=figure, at=timezone.now())  # noqa: TID251
    return redirect("result-industry", code)
