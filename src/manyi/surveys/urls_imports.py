from django.urls import path

from manyi.surveys.views import imports as views

urlpatterns = [
    path("imports/", views.imports, name="wave-imports"),
    path("imports/<uuid:key>/", views.wave_import, name="wave-import"),
    path("imports/<uuid:key>/errors.csv", views.error_file, name="wave-import-errors"),
    path("imports/<uuid:key>/discard/", views.discard_import, name="discard-wave-import"),
]
