from django.urls import path

from manyi.standards.views import checklists, visits

VISIT = {"kind": "visit"}

urlpatterns = [
    path("visits/", visits.visits, name="visits"),
    path("visits/new/", visits.new, name="visit-new"),
    path("visits/league/", visits.league, name="visit-league"),
    path("visits/league/<slug:name>.<slug:kind>", visits.picture, name="visit-picture"),
    path("visits/scenarios/", checklists.checklists, VISIT, name="scenarios"),
    path("visits/scenarios/new/", checklists.new, VISIT, name="scenario-new"),
    path("visits/scenarios/<int:pk>/", checklists.checklist, VISIT, name="scenario"),
    path("visits/<uuid:key>/", visits.visit, name="visit"),
    path("visits/<uuid:key>/sheet/", visits.sheet, name="visit-sheet"),
    path("visits/<uuid:key>/sheet/<int:mark>/", visits.answer, name="visit-answer"),
    path("visits/<uuid:key>/sheet/<int:mark>/photos/", visits.photos, name="visit-photos"),
    path("visits/<uuid:key>/photos/<int:photo>/", visits.photo, name="visit-photo"),
    path("visits/<uuid:key>/submit/", visits.submit, name="visit-submit"),
    path("visits/<uuid:key>/act/", visits.act, name="visit-act"),
]
