"""The headers of every answer: pages, files, API, problems and faults of ours alike."""

import re
from pathlib import Path

import httpx2
import pytest

from tests.web.conftest import ORIGIN, Site, build

ALWAYS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


def _directives(policy: str) -> dict[str, list[str]]:
    return {
        name: rest.split() for name, _, rest in (part.strip().partition(" ") for part in policy.split(";"))
    }


@pytest.mark.parametrize(
    "path", ["/", "/cic", "/assets/app-1.js", "/assets/none.js", "/api/me", "/api/sign-in"]
)
async def test_every_answer_has_them(site: Site, path: str) -> None:
    answer = await site.client.get(path)
    assert {name: answer.headers.get(name) for name in ALWAYS} == ALWAYS
    policy = _directives(answer.headers["content-security-policy"])
    assert policy["default-src"] == ["'none'"]
    assert policy["script-src"] == policy["style-src"] == policy["worker-src"] == ["'self'"]
    assert policy["frame-ancestors"] == policy["object-src"] == policy["base-uri"] == ["'none'"]
    assert not re.search(r"unsafe-|\*|https?:(?!//idp\.example)", answer.headers["content-security-policy"])
    for feature in ("camera", "microphone", "geolocation", "display-capture"):
        assert f"{feature}=()" in answer.headers["permissions-policy"]
    assert "server" not in answer.headers
    assert "strict-transport-security" not in answer.headers, "only behind TLS"


async def test_a_fault_of_ours_has_them_too_and_tells_nothing(tmp_path: Path, site: Site) -> None:
    broken = build(site.city, tmp_path / "nowhere")  # no pages were built
    transport = httpx2.ASGITransport(app=broken)
    async with httpx2.AsyncClient(transport=transport, base_url=ORIGIN) as client:
        answer = await client.get("/samu")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert {name: answer.headers.get(name) for name in ALWAYS} == ALWAYS
    assert "nowhere" not in answer.text


async def test_behind_tls_a_browser_never_comes_without_again(tmp_path: Path, site: Site) -> None:
    transport = httpx2.ASGITransport(app=build(site.city, tmp_path / "static", tls=True))
    async with httpx2.AsyncClient(transport=transport, base_url=ORIGIN) as client:
        for path in ("/", "/api/me"):
            told = (await client.get(path)).headers["strict-transport-security"]
            assert told == "max-age=63072000; includeSubDomains"


async def test_what_is_personal_is_not_stored_and_what_is_built_is(site: Site) -> None:
    assert (await site.get("lea", "/api/me")).headers["cache-control"] == "no-store"
    assert (await site.client.get("/api/me")).headers["cache-control"] == "no-store"
    assert (await site.client.get("/samu")).headers["cache-control"] == "no-cache"
    assert "immutable" in (await site.client.get("/assets/app-1.js")).headers["cache-control"]


def test_no_page_of_ours_needs_what_the_policy_forbids() -> None:
    """Built and source: no inline script or style, no handler attribute, no eval."""
    frontend = Path(__file__).parents[2] / "frontend"
    html = (frontend / "index.html").read_text()
    assert not re.search(r"<style|<script(?![^>]*\bsrc=)|\son\w+=|style=", html)
    for source in (frontend / "src").rglob("*.ts*"):
        assert not re.search(r"\beval\(|new Function\(|innerHTML", source.read_text()), source


def test_two_files_listen_to_other_windows_and_ask_who_speaks() -> None:
    """Ours in the dispatch software's page, and the panel there; else only workers and sockets speak."""
    frontend = Path(__file__).parents[2] / "frontend" / "src"
    listening = {
        source.relative_to(frontend).as_posix(): source.read_text()
        for source in frontend.rglob("*.ts*")
        if not source.name.endswith(".test.ts")
        and re.search(r"onmessage = \(?event|addEventListener\(\s*'message'", source.read_text())
    }
    assert {"embed/host.ts", "embed/panel.ts"} == listening.keys() - {"player/worker.ts"}
    for name in ("embed/host.ts", "embed/panel.ts"):
        assert "event.source !==" in listening[name]
        assert re.search(r"event\.origin !==|includes\(event\.origin\)", listening[name])
        assert not re.search(r"postMessage\([^)]*'\*'", listening[name]), "every message has its address"
