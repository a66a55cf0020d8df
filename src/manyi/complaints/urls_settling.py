from django.urls import path

from manyi.complaints.views import joining, routing, settings, settling

urlpatterns = [
    path("approvals/", settling.approvals, name="approvals"),
    path("proposals/<int:pk>/act/", settling.act, name="proposal-act"),
    path("complaints/<slug:number>/proposals/", settling.propose, name="propose"),
    path("complaints/<slug:number>/letter/", settling.letter, name="write-letter"),
    path("complaints/<slug:number>/join/", joining.join, name="join-complaint"),
    path("settings/complaints/", settings.overview, name="complaint-settings"),
    path("settings/authority-limits/", settings.limits, name="authority-limits"),
    path("settings/authority-limits/<int:pk>/", settings.limits, name="authority-limit"),
    path("settings/authority-limits/<int:pk>/delete/", settings.drop_limit, name="drop-authority-limit"),
    path("settings/letters/", settings.templates, name="letter-templates"),
    path("settings/letters/new/", settings.template, name="new-letter-template"),
    path("settings/letters/<int:pk>/", settings.template, name="letter-template"),
    path("settings/routing/", routing.rules, name="routing-rules"),
    path("settings/routing/new/", routing.rule, name="new-routing-rule"),
    path("settings/routing/<int:pk>/", routing.rule, name="routing-rule"),
    path("settings/routing/<int:pk>/change/", routing.change, name="change-routing-rule"),
    path("settings/routing/skills/", routing.skills, name="routing-skills"),
]
