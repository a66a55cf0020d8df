from django.urls import include, path

# The page of one complaint comes last: its address would swallow the others.
urlpatterns = [
    path("", include("manyi.complaints.urls_analysis")),
    path("", include("manyi.complaints.urls_listing")),
    path("", include("manyi.complaints.urls_work")),
    path("", include("manyi.complaints.urls_receiving")),
    path("", include("manyi.complaints.urls_web_form")),
    path("", include("manyi.complaints.urls_categories")),
    path("", include("manyi.complaints.urls_status")),
    path("", include("manyi.complaints.urls_messages")),
    path("", include("manyi.complaints.urls_roles")),
    path("", include("manyi.complaints.urls_work_orders")),
    path("", include("manyi.complaints.urls_clocks")),
    path("", include("manyi.complaints.urls_settling")),
    path("", include("manyi.complaints.urls_follow_ups")),
    path("", include("manyi.complaints.urls_problems")),
    path("", include("manyi.complaints.urls_cases")),
]
