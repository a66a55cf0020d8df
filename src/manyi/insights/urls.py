from django.urls import include, path, re_path

from manyi.insights import views

urlpatterns = [
    path("", include("manyi.insights.urls_league")),  # before the codes of waves
    path("", include("manyi.insights.urls_staff")),
    path("", include("manyi.insights.urls_analysis")),
    path("results/", views.results, name="results"),
    path("results/<slug:code>/", views.result, name="result"),
    path("results/<slug:code>/verbatims/", views.verbatims, name="result-verbatims"),
    path("results/<slug:code>/verbatims.csv", views.verbatims_csv, name="result-verbatims-csv"),
    path("results/<slug:code>/stored/", views.store, name="result-store"),
    path("results/<slug:code>/stored/<int:pk>/", views.stored, name="result-stored"),
    re_path(
        r"^results/(?P<code>[-\w]+)/charts/(?P<name>[-\w]+)\.(?P<kind>json|csv|png|svg)$",
        views.picture,
        name="result-picture",
    ),
]
