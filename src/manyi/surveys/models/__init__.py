"""Tables of surveys: designs (trees, questionnaires), waves, responses, surveys of staff."""

from manyi.surveys.models.designs import IndicatorTree, Questionnaire, QuestionnaireVersion, TreeVersion
from manyi.surveys.models.imports import ImportFile
from manyi.surveys.models.responses import CallbackWish, Response, ResponseDraft
from manyi.surveys.models.staff import StaffAnswer, StaffSlip, StaffSurvey
from manyi.surveys.models.waves import Invitation, NotAsked, Wave

__all__ = [
    "CallbackWish",
    "ImportFile",
    "IndicatorTree",
    "Invitation",
    "NotAsked",
    "Questionnaire",
    "QuestionnaireVersion",
    "Response",
    "ResponseDraft",
    "StaffAnswer",
    "StaffSlip",
    "StaffSurvey",
    "TreeVersion",
    "Wave",
]
