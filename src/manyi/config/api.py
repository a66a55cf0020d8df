"""The HTTP API: one NinjaAPI, a router per app, bearer tokens, errors as problem+json (RFC 9457)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import NinjaAPI
from ninja.openapi.docs import Swagger
from ninja.security import HttpBearer

from manyi import __version__
from manyi.complaints.api_cases import router as complaints
from manyi.complaints.api_clocks import router as clocks
from manyi.complaints.api_follow_ups import router as follow_ups
from manyi.complaints.api_messages import router as complaint_messages
from manyi.complaints.api_problems import router as problems
from manyi.complaints.api_settling import router as settling
from manyi.complaints.api_work_orders import router as work_orders
from manyi.customers.api import router as customers
from manyi.customers.api_file import router as customer_file
from manyi.customers.api_promises import router as promises
from manyi.improvement.api import router as improvement
from manyi.insights.api import router as results
from manyi.insights.api_analysis import router as analysis
from manyi.insights.api_league import router as league
from manyi.insights.api_staff import router as staff_results
from manyi.knowledge.api import router as knowledge
from manyi.people.api import router as people
from manyi.people.api_calendars import router as calendars
from manyi.people.bearer import authenticated
from manyi.reports.api import router as reports
from manyi.reports.api_schedules import router as report_schedules
from manyi.standards.api_assessments import router as self_assessments
from manyi.standards.api_audits import router as audits
from manyi.standards.api_standards import router as service_standards
from manyi.standards.api_touchpoints import router as touchpoints
from manyi.standards.api_visits import router as visits
from manyi.surveys.api_imports import router as imports
from manyi.surveys.api_questionnaires import router as questionnaires
from manyi.surveys.api_responses import router as responses
from manyi.surveys.api_staff import router as staff_surveys
from manyi.surveys.api_trees import router as trees
from manyi.surveys.api_waves import router as waves
from manyi.web.api import install_error_handlers


class Bearer(HttpBearer):
    """Documents the bearer scheme; the token itself was read by BearerMiddleware."""

    def __call__(self, request: HttpRequest) -> Any:
        return authenticated(request)

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        return authenticated(request)


class ManyiAPI(NinjaAPI):
    """Says in the OpenAPI document what the error handlers do: problems are application/problem+json."""

    def get_openapi_schema(self, **options: Any) -> Any:
        schema = super().get_openapi_schema(**options)
        for operations in schema["paths"].values():
            for operation in operations.values():
                for status, answer in operation["responses"].items():
                    content = answer.get("content", {})
                    if int(status) >= 400 and "application/json" in content:
                        content["application/problem+json"] = content.pop("application/json")
        return schema


api = ManyiAPI(
    title="Manyi",
    version=__version__,
    urls_namespace="api",
    auth=Bearer(),
    docs=Swagger(),
    description="Customer satisfaction management. Lists answer {items, next}; errors are problem+json.",
)
install_error_handlers(api)

for router in (
    people,
    calendars,
    customers,
    customer_file,
    clocks,
    complaints,
    complaint_messages,
    settling,
    work_orders,
    knowledge,
    promises,
    imports,
    questionnaires,
    results,
    analysis,
    league,
    improvement,
    reports,
    report_schedules,
    trees,
    responses,
    waves,
    audits,
    visits,
    staff_surveys,
    staff_results,
    follow_ups,
    problems,
    self_assessments,
    touchpoints,
    service_standards,
):
    api.add_router("", router)
