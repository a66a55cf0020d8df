from django.urls import path

from manyi.surveys.views import trees as views

urlpatterns = [
    path("trees/", views.trees, name="trees"),
    path("trees/new/", views.new, name="tree-new"),
    path("trees/<slug:code>/", views.tree, name="tree"),
    path("trees/<slug:code>/edit/", views.edit, name="tree-edit"),
    path("trees/<slug:code>/publish/", views.publish, name="tree-publish"),
    path("trees/<slug:code>/discard/", views.discard, name="tree-discard"),
    path("trees/<slug:code>/import/", views.import_file, name="tree-import"),
    path("trees/<slug:code>/compare/", views.compare, name="tree-compare"),
    path("trees/<slug:code>/questionnaire/", views.make_questionnaire, name="tree-questionnaire"),
    path("trees/<slug:code>/export.yaml", views.export, {"kind": "yaml"}, name="tree-yaml"),
    path("trees/<slug:code>/export.json", views.export, {"kind": "json"}, name="tree-json"),
]
