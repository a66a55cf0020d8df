from django.urls import include, path

urlpatterns = [
    path("", include("manyi.surveys.urls_trees")),
    path("", include("manyi.surveys.urls_callbacks")),
    path("", include("manyi.surveys.urls_imports")),
    path("", include("manyi.surveys.urls_questionnaires")),
    path("", include("manyi.surveys.urls_respond")),
    path("", include("manyi.surveys.urls_staff")),
    path("", include("manyi.surveys.urls_waves")),
]
