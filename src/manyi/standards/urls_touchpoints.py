from django.urls import path, re_path

from manyi.standards.views import touchpoints

urlpatterns = [
    path("journey-map/", touchpoints.journey_map, name="journey-map"),
    path("journey-map/edit/", touchpoints.edit_journey, name="edit-journey"),
    path("journey-map/new-stage/", touchpoints.stage, name="new-stage"),
    path("journey-map/new-touchpoint/", touchpoints.touchpoint, name="new-touchpoint"),
    path("journey-map/stages/<slug:code>/", touchpoints.stage, name="stage"),
    path("journey-map/touchpoints/<slug:code>/", touchpoints.touchpoint, name="touchpoint"),
    re_path(
        r"^journey-map/move/(?P<what>stage|touchpoint)/(?P<code>[-\w]+)/$",
        touchpoints.move,
        name="move-in-journey",
    ),
]
