from django.urls import path

from manyi.improvement.views import actions, announcements, decisions, findings, portfolio

urlpatterns = [
    path("improve/findings/", findings.findings, name="findings"),
    path("improve/findings/new/", findings.new_finding, name="new-finding"),
    path("improve/findings/raise/", findings.raise_, name="raise-finding"),
    path("improve/findings/<slug:number>/", findings.finding, name="finding"),
    path("improve/findings/<slug:number>/act/", findings.act, name="finding-act"),
    path("improve/findings/<slug:number>/plan/", actions.plan, name="plan-action"),
    path("improve/actions/", actions.actions, name="actions"),
    path("improve/actions/<int:pk>/", actions.action, name="action"),
    path("improve/actions/<int:pk>/act/", actions.act, name="action-act"),
    path("improve/actions/<int:pk>/tasks/", actions.add_task, name="add-task"),
    path("improve/actions/<int:pk>/announce/", actions.announce, name="announce"),
    path("improve/portfolio/", portfolio.portfolio, name="portfolio"),
    path("improve/portfolio.xlsx", portfolio.portfolio_xlsx, name="portfolio-xlsx"),
    path("improve/training/<int:pk>/", portfolio.training, name="training"),
    path("improve/decisions/", decisions.decisions, name="decisions"),
    path("improve/decisions/new/", decisions.new_decision, name="new-decision"),
    path("improve/decisions/<int:pk>/", decisions.decision, name="decision"),
    path("improve/decisions/<int:pk>/act/", decisions.act, name="decision-act"),
    path("improve/decisions/<int:pk>/effort.<slug:kind>", decisions.picture, name="decision-picture"),
    path("improve/told/<int:pk>/again/", announcements.again, name="ask-news-again"),
    path("improve/told/", announcements.announcements, name="announcements"),
    path("you-said-we-did/", announcements.you_said, name="you-said"),
    path("news/<uuid:key>/", announcements.news, name="news"),
]
