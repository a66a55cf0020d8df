from django.urls import path, re_path

from manyi.standards.views import assessments as views

urlpatterns = [
    path("self-assessment/", views.assessments, name="self-assessments"),
    path("self-assessment/new/", views.new, name="new-assessment"),
    path("self-assessment/<int:pk>/", views.assessment, name="self-assessment"),
    path("self-assessment/<int:pk>/act/", views.act, name="assessment-act"),
    path("self-assessment/<int:pk>/sheet/", views.sheet, name="assessment-sheet"),
    re_path(
        r"^self-assessment/(?P<pk>\d+)/report-(?P<language>zh|en)\.pdf$",
        views.report,
        name="assessment-report",
    ),
    re_path(
        r"^self-assessment/(?P<pk>\d+)/(?P<name>radar|history)\.(?P<kind>csv|png)$",
        views.picture,
        name="assessment-picture",
    ),
]
