from django.urls import path

from manyi.complaints.views import categories

urlpatterns = [
    path("settings/categories/", categories.categories, name="complaint-categories"),
    path("settings/categories/<int:pk>/", categories.category, name="complaint-category"),
]
