"""Coverage-guided fuzzing of everything that reads what strangers, browsers and providers say (atheris).

    python -m tests.fuzz.web [-max_total_time=600] [folder]     longer, by hand

The first byte chooses the reader. Whatever comes, nothing but the reader's own refusal may come of it. Tokens
are read twice: as they are, and with the bytes as claims or header under a good signature.
"""

import json
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import atheris

with atheris.instrument_imports(include=["crisislink.web", "crisislink.adapters", "crisislink.media.frames"]):
    from crisislink.adapters.oidc import idtoken, logouttoken
    from crisislink.adapters.oidc.accesstoken import MachineAccess, machine
    from crisislink.adapters.oidc.signature import verified
    from crisislink.adapters.oidc.untrusted import Untrusted
    from crisislink.adapters.tickets import SealedTickets
    from crisislink.media.frames import BadMessage, unpack
    from crisislink.web import models as m
    from crisislink.web import pace, problems, stream
    from crisislink.web.auth import safe_next
    from crisislink.web.operations import OPERATIONS

from joserfc import jws
from joserfc.jwk import ECKey, KeySet
from pydantic import ValidationError
from starlette.requests import Request

from crisislink.core.errors import Denied
from crisislink.core.ids import NodeId
from crisislink.flow.machines import Scope
from tests.fakes.time import CountedEntropy, TurnedClock
from tests.oidc.party import profile

_CLOCK = TurnedClock()
_KEY = ECKey.generate_key("P-256", {"kid": "k", "use": "sig"})
_KEYS = KeySet([_KEY])
_PROFILE = profile("http://localhost:1/fuzz")
_ACCESS = MachineAccess(issuer=_PROFILE.issuer, audience="api", clients={"lrm": frozenset(Scope)})
_EXPECTED = idtoken.Expected(
    issuer=_PROFILE.issuer,
    client_id=_PROFILE.client_id,
    algorithms=("ES256",),
    nonce="n",
    access_token=None,
)
_TICKETS = SealedTickets(b"k" * 32, clock=_CLOCK, entropy=CountedEntropy())
_BODIES = [o.body for o in OPERATIONS if o.body is not None]
_QUERIES = [o.query for o in OPERATIONS if o.query is not None]


def _signed(data: bytes, key: Any, algorithm: str, kind: str) -> str:
    """The bytes as the claims of a token whose signature is good."""
    return jws.serialize_compact({"alg": algorithm, "typ": kind}, data, key, algorithms=[algorithm])


def _token(token: str) -> None:
    for read in (
        lambda: verified(token, _KEYS, ("ES256", "RS256")),
        lambda: machine(token, _KEYS, _ACCESS, ("ES256",), now=_CLOCK.now()),
        lambda: logouttoken.notice(token, _KEYS, _PROFILE, now=_CLOCK.now()),
        lambda: idtoken.checked(token, _KEYS, _EXPECTED, now=_CLOCK.now()),
    ):
        with suppress(Untrusted):
            read()


def _claims(data: bytes) -> None:
    for kind in ("at+jwt", "logout+jwt", "jwt"):
        _token(_signed(data, _KEY, "ES256", kind))


def _ticket(data: bytes) -> None:
    for ticket in (
        data.decode("latin-1"),
        _signed(data, _TICKETS._keys[0], "HS256", "crisislink-stream+jwt"),
    ):
        with suppress(Denied):
            _TICKETS.open(ticket, NodeId("node_1"))


def _said(data: bytes) -> None:
    for read in (
        stream._SPOKEN.validate_json,
        stream.Hello.model_validate_json,
        m.LiveHello.model_validate_json,
    ):
        with suppress(ValidationError):
            read(data)


def _body(data: bytes) -> None:
    if data:
        with suppress(ValidationError):
            _BODIES[data[0] % len(_BODIES)].model_validate_json(data[1:])


def _query(data: bytes) -> None:
    text = data.decode("latin-1")
    for query in _QUERIES:
        for name in query.model_fields:
            with suppress(ValidationError):
                query.model_validate({name: text})


def _headers(data: bytes) -> None:
    host, _, language = data.partition(b"\0")
    scope = {
        "type": "http",
        "client": (host.decode("latin-1"), 1),
        "headers": [(b"accept-language", language)],
    }
    assert len(pace.address_of(Request(scope))) <= 64
    assert problems.language(Request(scope)) in {"fr", "en"}


def _next(data: bytes) -> None:
    for wanted in (data.decode("latin-1"), data.decode("utf-8", "replace")):
        given = safe_next(wanted)
        assert given.startswith("/")
        assert not given.startswith(("//", "/\\"))


def _frame(data: bytes) -> None:
    with suppress(BadMessage):
        assert unpack(data).pack() == data


_READERS = (
    lambda data: _token(data.decode("latin-1")),
    _claims,
    _ticket,
    _said,
    _body,
    _query,
    _headers,
    _next,
    _frame,
)


def one_input(data: bytes) -> None:
    """libFuzzer's entry."""
    if data:
        _READERS[data[0] % len(_READERS)](data[1:])


def seeds() -> list[bytes]:
    """An input for each reader to begin with, near what it accepts."""
    now_s = int(_CLOCK.now().timestamp())
    claims = {"iss": _PROFILE.issuer, "aud": "api", "sub": "lrm", "iat": now_s, "exp": now_s + 60, "jti": "j"}
    view = {"sid": "s", "sub": "p", "grant": "g", "camera": "c"}
    return [
        b"\x00" + _signed(b"{}", _KEY, "ES256", "at+jwt").encode(),
        b"\x01" + json.dumps(claims).encode(),
        b"\x02" + json.dumps({"jti": "j", "aud": "node_1", "exp": now_s + 20, **view}).encode(),
        b'\x03{"type":"ack","received":1}',
        b'\x03{"ticket":"t","rendition":"focus","clock":1}',
        b'\x04\x00{"moved":true}',
        b"\x0543.61",
        b"\x06::ffff:1.2.3.4\x00en-GB,fr;q=0.5",
        b"\x07/samu?x=//y",
        b"\x08" + bytes(32),
    ]


if __name__ == "__main__":
    for folder in map(Path, sys.argv[1:]):
        if folder.is_dir() and not any(folder.iterdir()):
            for n, seed in enumerate(seeds()):
                (folder / str(n)).write_bytes(seed)
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()
