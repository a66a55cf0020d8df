"""The respondent's page, over HTTP and without a browser's script."""

from __future__ import annotations

import gzip
import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.staticfiles import finders
from django.core.cache import caches
from django.core.exceptions import SuspiciousOperation
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, RequestFactory

from manyi.events.models import Event
from manyi.surveys.models import CallbackWish, Invitation, Response, ResponseDraft, Wave
from manyi.surveys.questionnaire import parse
from manyi.surveys.services import answer_files
from manyi.surveys.services.responses import save_draft, store_file, submit_response
from manyi.surveys.views import respond as views
from manyi.surveys.views.respond_preview import render_preview
from tests import factories
from tests.conftest import Cast
from tests.factories import texts

pytestmark = pytest.mark.django_db
FIRST = {"on_time": "4", "complete": "5", "attitude": "na"}
SECOND = {"nps": "9", "comment": "一切都好"}


@pytest.fixture(autouse=True)
def _no_old_counts() -> None:
    caches["limits"].clear()


@pytest.fixture
def wave(cast: Cast) -> Wave:
    now = datetime.now(UTC)
    return factories.wave(cast.east, now - timedelta(days=1), open_token="open-to-all")


@pytest.fixture
def invited(wave: Wave, cast: Cast) -> Invitation:
    customer = factories.customer(cast.east, 2, wave.created_at)
    return factories.invitation(wave, customer, wave.created_at, language="zh-hans")


def hidden(page: str) -> dict[str, list[str]]:
    """The hidden fields of a page, but not those inside a disabled part."""
    page = re.sub(
        r"<fieldset data-if=[^>]* hidden disabled>.*?</fieldset>(?=\s*(?:<div|<fieldset data-if))",
        "",
        page,
        flags=re.S,
    )
    fields: dict[str, list[str]] = {}
    for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page):
        fields.setdefault(name, []).append(value)
    return fields


def send(client: Client, url: str, page: Any, go: str = "next", follow: bool = True, **answers: Any) -> Any:
    """Press a button of a page that was received."""
    data: dict[str, Any] = {**hidden(page.content.decode()), "_go": go, **answers}
    return client.post(url, data, follow=follow)


def link(invitation: Invitation) -> str:
    return f"/s/{invitation.token}/"


def test_two_pages_and_the_answer_is_there(client: Client, invited: Invitation) -> None:
    page = client.get(link(invited))
    assert page.status_code == 200
    assert "请评价我们" in page.content.decode()
    assert (
        "1 / 2" in page.content.decode()
        or "第 1 页" in page.content.decode()
        or "1 of 2" in page.content.decode()
    )
    page = send(client, link(invited), page, **FIRST)
    assert "总体" in page.content.decode()
    page = send(client, link(invited), page, **SECOND)
    assert page.status_code == 200
    response = Response.objects.get()
    assert response.answers == {
        "on_time": 4, "complete": 5, "attitude": None, "nps": 9, "comment": "一切都好",
    }  # fmt: skip
    assert (response.invitation, response.customer, response.unit) == (
        invited,
        invited.customer,
        invited.unit,
    )
    assert response.language == "zh-hans"
    assert response.channel == "email"
    assert not ResponseDraft.objects.exists()
    invited.refresh_from_db()
    assert invited.answered
    assert invited.answered_at is not None


def test_next_is_a_redirect_so_that_the_back_button_works(client: Client, invited: Invitation) -> None:
    answer = send(client, link(invited), client.get(link(invited)), follow=False, **FIRST)
    assert answer.status_code == 302
    assert parse_qs(urlsplit(answer.headers["Location"]).query)["s"] == ["more"]
    again = client.get(link(invited) + "?s=main").content.decode()
    assert 'name="on_time" value="4" checked' in again


def test_resumes_where_one_left_off_on_another_device(client: Client, invited: Invitation) -> None:
    send(client, link(invited), client.get(link(invited)), **FIRST)
    page = Client().get(link(invited)).content.decode()
    assert 'name="nps"' in page
    assert 'name="on_time"' not in page


def test_back_shows_the_earlier_answers_and_keeps_the_later(client: Client, invited: Invitation) -> None:
    page = send(client, link(invited), client.get(link(invited)), **FIRST)
    page = send(client, link(invited), page, go="back", comment="halb", nps="10")
    assert 'name="complete" value="5" checked' in page.content.decode()
    page = send(client, link(invited), page, **FIRST)
    assert 'value="10" checked' in page.content.decode()


def test_missing_answers_are_named_beside_the_question_and_on_top(
    client: Client, invited: Invitation
) -> None:
    page = send(client, link(invited) + "?lang=en", client.get(link(invited)), complete="5", speed="9")
    assert page.status_code == 422
    text = page.content.decode()
    assert 'role="alert"' in text
    assert 'href="#a-on_time"' in text
    assert 'id="a-on_time" tabindex="-1" aria-describedby="e-on_time"' in text
    assert "Please answer this question." in text
    assert 'id="e-speed">Please choose one of the answers offered.' in text
    assert 'name="complete" value="5" checked' in text
    assert not Response.objects.exists()


def test_language_switch_keeps_what_was_entered(client: Client, invited: Invitation) -> None:
    page = client.get(link(invited))
    assert 'lang="zh-Hans"' in page.content.decode()
    data = {**hidden(page.content.decode()), "_lang": "en", **FIRST}
    page = client.post(link(invited), data)
    assert page.status_code == 200
    assert "Delivered on time" in page.content.decode()
    assert 'name="on_time" value="4" checked' in page.content.decode()
    page = send(client, link(invited) + "?lang=en", page, **FIRST)
    assert "Would you recommend us?" in page.content.decode()


def test_the_contacts_language_then_the_browsers(client: Client, invited: Invitation, wave: Wave) -> None:
    english = {"Accept-Language": "en-GB,en;q=0.8"}
    assert "请评价我们" in client.get(link(invited), headers=english).content.decode()
    assert "Please rate us" in client.get("/o/open-to-all/", headers=english).content.decode()
    assert (
        "请评价我们" in client.get("/o/open-to-all/", headers={"Accept-Language": "zh-TW"}).content.decode()
    )
    answer = client.get("/o/open-to-all/?lang=zh", headers=english)
    assert "请评价我们" in answer.content.decode()
    assert answer.headers["Content-Language"] == "zh-hans"


def test_a_condition_on_the_same_page_without_script(client: Client, invited: Invitation) -> None:
    page = send(client, link(invited), client.get(link(invited)), **FIRST)
    assert "hidden disabled" in page.content.decode()
    page = send(client, link(invited), page, nps="2")
    assert page.status_code == 200
    assert 'role="status"' in page.content.decode()
    assert "hidden disabled" not in page.content.decode()
    assert not Response.objects.exists()
    send(client, link(invited), page, nps="2", why_low="太慢")
    assert Response.objects.get().answers["why_low"] == "太慢"


def test_an_answer_hidden_in_the_end_is_dropped(client: Client, invited: Invitation) -> None:
    page = send(client, link(invited), client.get(link(invited)), **FIRST)
    page = send(client, link(invited), page, nps="2")
    send(client, link(invited), page, nps="10", why_low="太慢")
    assert "why_low" not in Response.objects.get().answers


def test_jumping_over_a_required_page_leads_back_to_it(client: Client, invited: Invitation) -> None:
    page = client.get(link(invited) + "?s=more")
    page = send(client, link(invited), page, **SECOND)
    assert page.status_code == 422
    assert 'name="on_time"' in page.content.decode()
    assert not Response.objects.exists()


def test_answered_twice_is_a_friendly_page(client: Client, invited: Invitation) -> None:
    first = client.get(link(invited))
    second = send(client, link(invited), first, **FIRST)
    send(client, link(invited), second, **SECOND)
    assert client.get(link(invited)).status_code == 200
    late = send(client, link(invited), second, **SECOND)
    assert late.status_code == 409
    assert "已" in late.content.decode() or "already" in late.content.decode()
    assert Response.objects.count() == 1


def test_a_mail_scanner_that_opens_every_address_changes_no_answer(
    client: Client, invited: Invitation
) -> None:
    for query in ("", "?lang=en", "?s=more", "?nps=0", "?_go=next&nps=0", "?done=1", "?called=1"):
        assert client.get(link(invited) + query).status_code == 200
        assert client.head(link(invited) + query).status_code == 200
    assert not Response.objects.exists()
    assert not ResponseDraft.objects.exists()
    invited.refresh_from_db()
    assert not invited.answered


def test_only_a_real_opening_is_noted(client: Client, invited: Invitation) -> None:
    client.head(link(invited))
    client.get(link(invited), headers={"Sec-Purpose": "prefetch;prerender"})
    client.get(link(invited), headers={"Purpose": "prefetch"})
    invited.refresh_from_db()
    assert invited.opened_at is None
    client.get(link(invited))
    invited.refresh_from_db()
    first = invited.opened_at
    assert first is not None
    client.get(link(invited))
    invited.refresh_from_db()
    assert invited.opened_at == first


def test_an_open_link_without_cookies_carries_the_answers_in_the_form(wave: Wave) -> None:
    page = Client().get("/o/open-to-all/")
    page = send(Client(), "/o/open-to-all/", page, **FIRST)
    assert 'name="nps"' in page.content.decode()
    answer = send(Client(), "/o/open-to-all/", page, **SECOND)
    assert answer.status_code == 200
    response = Response.objects.get()
    assert response.answers["on_time"] == 4
    assert (response.unit_id, response.channel, response.customer) == (wave.unit_id, "open", None)


def test_an_open_form_sent_twice_is_stored_once(wave: Wave) -> None:
    page = send(Client(), "/o/open-to-all/", Client().get("/o/open-to-all/"), **FIRST)
    for _ in range(2):
        assert send(Client(), "/o/open-to-all/", page, **SECOND).status_code == 200
    assert Response.objects.count() == 1


def test_an_open_visitor_is_told_softly_that_this_device_answered(client: Client, wave: Wave) -> None:
    page = send(client, "/o/open-to-all/", client.get("/o/open-to-all/"), **FIRST)
    assert ResponseDraft.objects.count() == 1
    assert 'name="nps"' in client.get("/o/open-to-all/").content.decode()
    send(client, "/o/open-to-all/", page, **SECOND)
    assert not ResponseDraft.objects.exists()
    again = client.get("/o/open-to-all/")
    assert again.status_code == 200
    assert 'name="on_time"' not in again.content.decode()
    assert 'name="on_time"' in client.get("/o/open-to-all/?again=1").content.decode()


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"state": "closed"}, 410),
        ({"state": "draft"}, 403),
        ({"closes_at": datetime.now(UTC) - timedelta(hours=1)}, 410),
    ],
)
def test_closed_and_not_yet_open_waves(
    client: Client, invited: Invitation, wave: Wave, change: dict[str, Any], status: int
) -> None:
    page = client.get(link(invited))
    Wave.objects.filter(pk=wave.pk).update(**change)
    for url in (link(invited), "/o/open-to-all/"):
        assert client.get(url).status_code == status
        assert send(client, url, page, **FIRST).status_code == status
    assert not ResponseDraft.objects.exists()


def test_unknown_link_and_opted_out_person(client: Client, invited: Invitation) -> None:
    for url in ("/s/nobody/", "/o/nowhere/"):
        answer = client.get(url, headers={"Accept-Language": "zh-CN"})
        assert answer.status_code == 404
        assert "链接" in answer.content.decode() or "link" in answer.content.decode()
        assert client.post(url, {"nps": "1"}).status_code == 404
    Invitation.objects.update(state="opted_out")
    assert client.get(link(invited)).status_code == 410


def test_needs_no_csrf_cookie_but_a_form_of_this_link(invited: Invitation, wave: Wave) -> None:
    strict = Client(enforce_csrf_checks=True)
    page = strict.get(link(invited))
    assert not page.cookies
    assert send(Client(enforce_csrf_checks=True), link(invited), page, **FIRST).status_code == 200
    forged = strict.post(link(invited), {"_go": "next", "_section": "main", "_shown": ["g1", "g2"], **FIRST})
    assert forged.status_code == 403
    assert 'name="on_time" value="4" checked' in forged.content.decode(), "nothing entered is lost"
    other = send(strict, "/o/open-to-all/", page, **FIRST)
    assert other.status_code == 403


def test_an_old_form_is_sent_again_with_its_answers(
    client: Client, invited: Invitation, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = client.get(link(invited))
    monkeypatch.setattr(views, "FORM_AGE_SECONDS", -1)
    stale = send(client, link(invited), page, **FIRST)
    assert stale.status_code == 403
    monkeypatch.undo()
    assert 'name="nps"' in send(client, link(invited), stale, **FIRST).content.decode()


def test_the_callback_form(client: Client, invited: Invitation, cast: Cast) -> None:
    page = send(client, link(invited), client.get(link(invited)), **FIRST)
    page = send(client, link(invited), page, **SECOND)
    wrong = send(client, link(invited), page, go="call", name="王", phone="abc")
    assert wrong.status_code == 422
    assert 'id="e-phone"' in wrong.content.decode()
    for _ in range(2):
        done = send(
            client, link(invited), wrong, go="call", name="王芳", phone="138 0000 0001", wish="关于发票"
        )
        assert done.status_code == 200
    wish = CallbackWish.objects.get()
    assert (wish.response, wish.unit, wish.name) == (Response.objects.get(), cast.east, "王芳")
    event = Event.objects.get(kind="response.callback_wished")
    assert event.payload["wish_id"] == wish.pk
    assert event.payload["customer_id"] == invited.customer_id
    assert "王芳" not in str(event.payload)


def test_the_callback_form_of_an_open_link_knows_its_response(client: Client, wave: Wave) -> None:
    page = send(client, "/o/open-to-all/", client.get("/o/open-to-all/"), **FIRST)
    page = send(client, "/o/open-to-all/", page, **SECOND)
    send(client, "/o/open-to-all/", page, go="call", name="Li", phone="13800000002")
    assert CallbackWish.objects.get().response == Response.objects.get()


def test_what_the_respondent_wrote_is_never_markup(client: Client, cast: Cast) -> None:
    definition = {
        "name": texts("a", "a"),
        "sections": [
            {"code": "s1", "title": texts("一", "One"), "questions": [{"code": "who", "type": "text", "text": texts("谁", "Who")}]},
            {"code": "s2", "title": texts("{{ who }}", "{{ who }}"), "questions": [
                {"code": "b", "type": "text", "text": texts("{{customer}}{{ unit }}", "x")}]},
        ],
    }  # fmt: skip
    now = datetime.now(UTC)
    form = factories.questionnaire_version(now, definition=definition)
    wave = factories.wave(cast.east, now, questionnaire_version=form)
    customer = factories.customer(cast.east, 1, now)
    customer.name = "<b>客户</b>"
    customer.save()
    invitation = factories.invitation(wave, customer, now, language="zh-hans")
    page = send(client, link(invitation), client.get(link(invitation)), who="<script>{{ unit }}</script>")
    text = page.content.decode()
    assert "&lt;script&gt;{{ unit }}&lt;/script&gt;" in text
    assert "&lt;b&gt;客户&lt;/b&gt;东区" in text
    assert "<script>{{" not in text


def test_too_many_requests_get_a_page_of_their_own(
    client: Client, invited: Invitation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views.ratelimit, "PER_LINK", 3)
    codes = [client.get(link(invited)).status_code for _ in range(5)]
    assert codes == [200, 200, 200, 429, 429]
    monkeypatch.setattr(views.ratelimit, "PER_ADDRESS", 7)
    codes = [client.get("/o/open-to-all/").status_code for _ in range(3)]
    assert codes == [200, 200, 429]
    assert client.get("/o/open-to-all/").headers["Retry-After"]


def test_an_upload_is_known_by_its_content(client: Client, cast: Cast, settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path
    definition = {"name": texts("a", "a"), "sections": [{"code": "s", "title": texts("a", "a"), "questions": [
        {"code": "photo", "type": "file", "required": True, "text": texts("照片", "Photo")}]}]}  # fmt: skip
    now = datetime.now(UTC)
    form = factories.questionnaire_version(now, definition=definition)
    wave = factories.wave(cast.east, now, questionnaire_version=form)
    invitation = factories.invitation(wave, factories.customer(cast.east, 1, now), now, language="en")
    page = client.get(link(invitation))
    assert 'enctype="multipart/form-data"' in page.content.decode()
    script = SimpleUploadedFile("x.png", b"<script>alert(1)</script>", content_type="image/png")
    page = send(client, link(invitation), page, photo=script)
    assert page.status_code == 422
    assert "JPEG" in page.content.decode()
    text = send(client, link(invitation), page, photo="0" * 32 + ".png")
    assert text.status_code == 422, "a name typed by hand is no upload"
    picture = SimpleUploadedFile("../../王芳.html", b"\x89PNG\r\n\x1a\n" + b"0" * 50)
    send(client, link(invitation), page, photo=picture)
    stored = Response.objects.get().answers["photo"]
    assert re.fullmatch(r"[0-9a-f]{32}\.png", stored)
    assert [p.name for p in (tmp_path / "responses").iterdir()] == [stored]


def test_uploads_that_no_answer_names_are_deleted_after_a_while(
    client: Client, cast: Cast, settings: Any, tmp_path: Any
) -> None:
    settings.MEDIA_ROOT = tmp_path
    definition = {"name": texts("a", "a"), "sections": [{"code": "s", "title": texts("a", "a"), "questions": [
        {"code": "photo", "type": "file", "text": texts("照片", "Photo")}]}]}  # fmt: skip
    now = datetime.now(UTC)
    wave = factories.wave(
        cast.east, now, questionnaire_version=factories.questionnaire_version(now, definition=definition)
    )
    names = []
    for number in range(4):
        picture = SimpleUploadedFile("x.png", b"\x89PNG\r\n\x1a\n")
        names.append(store_file(wave=wave, upload=picture, at=now))
        old = (now - timedelta(days=20 if number < 3 else 14)).timestamp()
        os.utime(tmp_path / "responses" / names[-1], (old, old))
    kept, drafted, _unused, recent = names
    submit_response(
        wave=wave, answers={"photo": kept}, language="en", channel="open", started_at=None, at=now
    )
    save_draft(wave=wave, token="d", answers={"photo": drafted}, section="s", language="en", started_at=now)
    assert answer_files.discard_unused(at=now) == 1
    assert {p.name for p in (tmp_path / "responses").iterdir()} == {kept, drafted, recent}
    assert answer_files.discard_unused(at=now) == 0


def test_the_preview_turns_pages_fills_places_and_stores_nothing(cast: Cast, rf: RequestFactory) -> None:
    form = parse(factories.questionnaire_version(datetime.now(UTC)).definition)
    first = render_preview(rf.get("/", {"version": "1"}), form, "en").content.decode()
    assert 'name="on_time"' in first
    asked = {"_section": form.sections[0].code, "_go": "next", **FIRST, "version": "1"}
    second = render_preview(rf.get("/", asked), form, "en").content.decode()
    assert 'name="nps"' in second
    assert '<input type="hidden" name="on_time" value="4">' in second
    assert '<input type="hidden" name="version" value="1">' in second
    assert 'method="post"' not in second
    back = {**asked, "_section": form.sections[1].code, "_go": "back"}
    assert (
        'name="on_time" value="4" checked' in render_preview(rf.get("/", back), form, "en").content.decode()
    )
    assert not Response.objects.exists()
    assert not ResponseDraft.objects.exists()
    with pytest.raises(SuspiciousOperation):
        render_preview(rf.get("/"), form, "xx")


@pytest.mark.parametrize(("kind", "low", "high"), [
    ("csat", "Very dissatisfied", "Very satisfied"), ("ces", "Very difficult", "Very easy"),
    ("nps", "Not at all likely", "Extremely likely"),
])  # fmt: skip
def test_a_customary_scale_without_words_says_which_end_is_good(
    rf: RequestFactory, cast: Cast, kind: str, low: str, high: str
) -> None:
    definition = {"name": texts("a", "a"), "sections": [{"code": "s", "title": texts("a", "a"), "questions": [
        {"code": "q", "type": kind, "text": texts("b", "b")}]}]}  # fmt: skip
    page = render_preview(rf.get("/"), parse(definition), "en").content.decode()
    assert f"<i>{low}</i>" in page, "also for those who hear the page"
    assert f"<i>{high}</i>" in page
    assert f"<span>{low}</span><span>{high}</span>" in page


def long_definition() -> dict[str, Any]:
    modules = ("环境卫生", "安全秩序", "客户服务", "工程维修", "绿化养护")
    counts = (7, 6, 6, 6, 6)
    scale = {"min": 1, "max": 5, "not_applicable": True, "labels": {
        "1": texts("很不满意", "Very dissatisfied"), "2": texts("不满意", "Dissatisfied"), "3": texts("一般", "Neutral"),
        "4": texts("满意", "Satisfied"), "5": texts("很满意", "Very satisfied")}}  # fmt: skip
    questions = [
        {"code": f"m{m}", "type": "matrix", "required": True, "text": texts(f"您对{name}满意吗？", f"Module {m}"), "scale": scale,
         "items": [{"code": f"m{m}i{i}", "text": texts(f"{name}的第{i}个方面，比如及时与周到", f"Aspect {i} of module {m}, on time and in full")} for i in range(n)]}
        for m, (name, n) in enumerate(zip(modules, counts, strict=True))
    ]  # fmt: skip
    return {"name": texts("物业服务满意度调查", "Property services"), "intro": texts("谢谢", "Thank you"),
            "sections": [{"code": "all", "title": texts("请评价", "Please rate"), "questions": questions}]}  # fmt: skip


def test_first_load_of_31_items_weighs_at_most_20_kb(client: Client, cast: Cast) -> None:
    now = datetime.now(UTC)
    form = factories.questionnaire_version(now, definition=long_definition())
    factories.wave(cast.east, now, questionnaire_version=form, open_token="long")
    answer = client.get("/o/long/", headers={"Accept-Encoding": "gzip"})
    page = gzip.decompress(answer.content).decode()
    assert len(set(re.findall(r'name="(m\di\d)"', page))) == 31
    addresses = re.findall(r'(?:href|src)="([^"]+)"', page)
    loaded = [a for a in addresses if a.startswith("/static/")]
    assert [a for a in addresses if "//" in a] == [], "no request to anybody else"
    weight = len(answer.content)
    for address in loaded:
        path = finders.find(address.split("?")[0].removeprefix("/static/"))
        weight += len(gzip.compress(Path(path).read_bytes()))  # type: ignore[arg-type]
    script = len(gzip.compress(Path(finders.find("surveys/respond.js")).read_bytes()))  # type: ignore[arg-type]
    assert any("respond.css" in a for a in loaded)
    assert weight + script <= 20 * 1024


def test_the_script_stays_small() -> None:
    assert len(Path(finders.find("surveys/respond.js")).read_bytes()) <= 2048  # type: ignore[arg-type]


def test_secrets_do_not_reach_the_log(
    client: Client, invited: Invitation, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    page = client.get(link(invited))
    send(client, link(invited), page)
    client.get("/s/some-old-secret/")
    Wave.objects.update(state="closed")
    client.get(link(invited))
    assert invited.token not in caplog.text
    assert "some-old-secret" not in caplog.text
