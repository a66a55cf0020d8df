from django.urls import path, re_path

from manyi.complaints.views import eight_d, improvement_requests, never_miss, problems

urlpatterns = [
    path("problems/", problems.problems, name="problems"),
    path("problems/new/", problems.new, name="problem-new"),
    path("problems/rules/", problems.rules, name="detection-rules"),
    path("problems/rules/<int:pk>/", problems.rules, name="detection-rule"),
    path("problems/<slug:number>/", problems.problem, name="problem"),
    path("problems/<slug:number>/edit/", problems.edit, name="problem-edit"),
    path("problems/<slug:number>/complaints/", problems.link, name="problem-link"),
    path("problems/<slug:number>/settle/", problems.settle, name="problem-settle"),
    path("problems/<slug:number>/steps/<slug:code>/", eight_d.step, name="problem-step"),
    path("problems/<slug:number>/team/", eight_d.member, name="problem-team"),
    path("problems/<slug:number>/causes/", eight_d.cause, name="problem-cause"),
    path("problems/<slug:number>/actions/", eight_d.action, name="problem-action"),
    re_path(
        r"^problems/(?P<number>[-\w]+)/8d-(?P<language>zh|en)\.(?P<format>pdf|docx)$",
        eight_d.report,
        name="problem-report",
    ),
    path("complaints/<slug:number>/problem/", problems.panel, name="complaint-problem"),
    path("never-miss/", never_miss.never_miss, name="never-miss"),
    path("never-miss/set-aside/", never_miss.set_aside, name="set-aside"),
    path("improvement-requests/", improvement_requests.requests, name="improvement-requests"),
    path("improvement-requests/new/", improvement_requests.new, name="improvement-request-new"),
    path("improvement-requests/<slug:number>/", improvement_requests.detail, name="improvement-request"),
]
