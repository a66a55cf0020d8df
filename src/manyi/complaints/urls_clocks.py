from django.urls import path

from manyi.complaints.views import clocks

urlpatterns = [
    path("settings/time-limits/", clocks.policies, name="clock-policies"),
    path("settings/time-limits/new/", clocks.policy, name="clock-policy-new"),
    path("settings/time-limits/<int:pk>/", clocks.policy, name="clock-policy"),
    path("settings/time-limits/reasons/new/", clocks.pause_reason, name="pause-reason-new"),
    path("settings/time-limits/reasons/<int:pk>/", clocks.pause_reason, name="pause-reason"),
    path("complaints/notices/", clocks.notices, name="escalation-notices"),
    path("complaints/notices/<int:pk>/seen/", clocks.put_aside, name="escalation-seen"),
    path("complaints/<slug:number>/clocks/", clocks.change, name="complaint-clocks"),
]
