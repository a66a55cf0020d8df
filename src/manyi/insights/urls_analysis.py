from django.urls import path, re_path

from manyi.insights import views_analysis as views
from manyi.insights import views_industry as industry
from manyi.insights import views_models as models

urlpatterns = [
    path("results/<slug:code>/priorities/", views.priorities, name="result-priorities"),
    path("results/<slug:code>/kano/", views.kano, name="result-kano"),
    path("results/<slug:code>/gaps/", views.gaps, name="result-gaps"),
    path("results/<slug:code>/gaps.csv", views.gaps_table, name="result-gaps-table"),
    path(
        "results/<slug:code>/gaps/questionnaires/<slug:respondents>/",
        views.gaps_questionnaire,
        name="result-gaps-questionnaire",
    ),
    path("results/<slug:code>/compare/", views.compare, name="result-compare"),
    path("results/<slug:code>/industry/", industry.figures, name="result-industry"),
    path("results/<slug:code>/industry/<int:pk>/remove/", industry.remove, name="industry-figure-remove"),
    path("results/<slug:code>/model/", models.model, name="result-model"),
    path("results/<slug:code>/model/new/", models.new, name="result-model-new"),
    path("results/<slug:code>/model/<int:pk>.json", models.model_json, name="model-json"),
    path("results/<slug:code>/model/<int:pk>/<slug:table>.csv", models.model_csv, name="model-csv"),
    re_path(
        r"^results/(?P<code>[-\w]+)/(?P<page>priorities|model|compare|kano|gaps)/(?P<name>[-\w]+)\.(?P<kind>csv|png)$",
        views.picture,
        name="analysis-picture",
    ),
]
