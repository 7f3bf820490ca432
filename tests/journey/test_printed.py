"""A demonstration whose every secret bears a mark, attacked and broken: nothing that it prints shows one."""

import asyncio
import json
import os
import signal
import socket
import sys
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException
from websockets.typing import Origin

from tests.journey.printed import CASE, MARK, PERSON, PLACE, check_printed, planted
from tests.journey.test_demo import descendants


async def _attacked(url: str, identity: str) -> None:
    """Whoever may come says what they like, with secrets of theirs and of ours."""
    async with httpx2.AsyncClient(base_url=url, trust_env=False, cookies={"__Host-crisislink": MARK}) as http:
        for provider in ("hopital", "ville"):
            answer = {"state": f"{MARK}-state", "code": f"{MARK}-code", "error": PERSON}
            await http.get(f"/auth/callback/{provider}", params=answer)
            await http.post(f"/auth/backchannel/{provider}", data={"logout_token": f"eyJ.{MARK}.x"})
        await http.get(f"/api/places?q={PLACE}")
        await http.post(f"/api/incidents/{PERSON}/close", headers={"Origin": url})
    async with httpx2.AsyncClient(base_url=url, trust_env=False) as machine:
        credentials = {"grant_type": "client_credentials", "scope": "crisislink:incidents crisislink:cameras"}
        got = await machine.post(f"{identity}/hopital/token", data=credentials, auth=("lrm-demo", "lrm-demo"))
        good = got.json()["access_token"]
        forged = good[:-8] + "AAAAAAAA"
        case = {"nature": "fire", "mass_casualty": False, "lat": 43.61, "lon": 1.45, "precision_m": 20}
        case |= {"place_label": f"{PERSON}, {PLACE}", "case_ref": CASE, "exercise": False}
        for token in (good, forged, f"{MARK}-opaque", "eyJhbGciOiJub25lIn0.e30."):
            headers = {"Authorization": f"Bearer {token}"}
            await machine.post("/api/incidents", json=case, headers=headers)
    for path in ("/stream", "/api/live"):
        with suppress(WebSocketException, OSError):
            async with connect(f"{url.replace('http', 'ws')}{path}", origin=Origin(url), proxy=None) as talk:
                await talk.send(json.dumps({"ticket": f"eyJ{MARK}", "person": PERSON}))
                await talk.recv()
    with socket.create_connection((urlsplit(url).hostname or "", urlsplit(url).port or 0)) as rude:
        rude.sendall(f"GET /{MARK} NONSENSE\r\n\r\n".encode())
        await asyncio.to_thread(rude.recv, 1_024)


def _is_city(pid: int) -> bool:
    return b"crisislink.demo.city" in Path(f"/proc/{pid}/cmdline").read_bytes()


async def test_nothing_secret_is_printed_by_a_demonstration_that_is_attacked_and_broken(
    tmp_path: Path,
) -> None:
    child = await asyncio.create_subprocess_exec(
        *(
            sys.executable,
            "-m",
            "crisislink",
            "demo",
            "--port",
            "0",
            "--announce",
            "--state",
            str(tmp_path / "state"),
        ),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=planted(tmp_path, CRISISLINK_LOG_LEVEL="info"),
        start_new_session=True,
    )
    assert child.stdout is not None
    async with asyncio.timeout(150):
        announced = json.loads(await child.stdout.readline())
    url, identity = announced["url"], announced["city_url"]
    await _attacked(url, identity)
    for pid in descendants(child.pid):
        if _is_city(pid):
            os.kill(pid, signal.SIGKILL)
    async with httpx2.AsyncClient(base_url=url, trust_env=False) as http:
        signed = "eyJhbGciOiJSUzI1NiIsImtpZCI6IngifQ.e30.AAAA"
        await http.post("/auth/backchannel/ville", data={"logout_token": signed})
    child.send_signal(signal.SIGINT)
    async with asyncio.timeout(30):
        out, err = await child.communicate()
    assert out == b""
    printed = "\n".join(check_printed(err.decode()))
    for expected in (
        '"workers are confined" state=complete',
        '"sign-in refused" provider=hopital why="state unknown, used or too old"',
        '"access token refused" provider=hopital why="signature by none of the keys"',
        '"access token of no provider that vouches for machines"',
        '"Invalid HTTP request received."',
        '"a provider does not answer" provider=ville',
    ):
        assert expected in printed, printed
