from django.urls import path, re_path

from manyi.insights import views_league as views

urlpatterns = [
    path("results/league/", views.league, name="league"),
    re_path(r"^results/league/funnel\.(?P<kind>csv|png)$", views.picture, name="league-picture"),
]
