from django.urls import path

from manyi.surveys.views import questionnaires as views

urlpatterns = [
    path("questionnaires/", views.questionnaires, name="questionnaires"),
    path("questionnaires/new/", views.new, name="questionnaire-new"),
    path("questionnaires/<slug:code>/", views.questionnaire, name="questionnaire"),
    path("questionnaires/<slug:code>/edit/", views.edit, name="questionnaire-edit"),
    path("questionnaires/<slug:code>/preview/", views.preview, name="questionnaire-preview"),
    path("questionnaires/<slug:code>/publish/", views.publish, name="questionnaire-publish"),
    path("questionnaires/<slug:code>/duplicate/", views.duplicate, name="questionnaire-duplicate"),
    path("questionnaires/<slug:code>/discard/", views.discard, name="questionnaire-discard"),
    path("questionnaires/<slug:code>/import/", views.import_file, name="questionnaire-import"),
    path("questionnaires/<slug:code>/compare/", views.compare, name="questionnaire-compare"),
    path("questionnaires/<slug:code>/export.yaml", views.export, {"kind": "yaml"}, name="questionnaire-yaml"),
    path("questionnaires/<slug:code>/export.json", views.export, {"kind": "json"}, name="questionnaire-json"),
]
