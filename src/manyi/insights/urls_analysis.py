from django.urls import path, re_path

from manyi.insights import views_analysis as views

urlpatterns = [
    path("results/<slug:code>/priorities/", views.priorities, name="result-priorities"),
    re_path(
        r"^results/(?P<code>[-\w]+)/(?P<page>priorities|compare|kano|gaps)/(?P<name>[-\w]+)\.(?P<kind>csv|png)$",
        views.picture,
        name="analysis-picture",
    ),
]
