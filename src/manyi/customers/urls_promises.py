from django.urls import path

from manyi.customers import views_promises as views

urlpatterns = [
    path("promises/", views.promises, name="promises"),
    path("promises/of/", views.of, name="promises-of"),
    path("promises/new/", views.new, name="new-promise"),
    path("promises/<int:pk>/", views.promise, name="promise"),
    path("promises/<int:pk>/evidence/", views.evidence, name="promise-evidence"),
]
