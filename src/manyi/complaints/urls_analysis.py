from django.urls import path, re_path

from manyi.complaints.views import analysis

urlpatterns = [
    path("complaints/analysis/", analysis.analysis, name="complaint-analysis"),
    path("complaints/analysis/<slug:page>/", analysis.analysis, name="complaint-analysis-page"),
    re_path(
        r"^complaints/analysis/(?P<page>[a-z]+)/(?P<name>[a-z_]+)\.(?P<kind>csv|png)$",
        analysis.picture,
        name="complaint-analysis-picture",
    ),
]
