from django.urls import include, path

# The page of one complaint comes last: its address would swallow the others.
urlpatterns = [
    path("", include("manyi.complaints.urls_listing")),
    path("", include("manyi.complaints.urls_work")),
    path("", include("manyi.complaints.urls_cases")),
]
