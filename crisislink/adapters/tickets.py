"""Stream tickets: a JWT (HS256) under a key of the installation, which a media node checks by itself.

A ticket names the node, hence one start of one process, that may open it: what is spent is remembered there,
until it would be too old anyway, and needs no store.
"""

import math
from contextlib import suppress

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from joserfc import jwt
from joserfc.errors import BadSignatureError, JoseError
from joserfc.jwk import OctKey
from pydantic import BaseModel, ConfigDict

from crisislink.core.errors import Denied, Reason
from crisislink.core.ids import CameraId, GrantId, NodeId, PersonId, SessionId
from crisislink.flow.ports import Clock, Entropy, TicketClaim
from crisislink.flow.viewing import TICKET_MAX_CHARS, TICKET_S

_HEADER = {"alg": "HS256", "typ": "crisislink-stream+jwt"}
_SKEW_S = 2.0


class _Said(BaseModel):
    """The claims of a ticket."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    jti: str
    aud: str
    exp: int
    sid: str
    sub: str
    grant: str
    camera: str


class SealedTickets:
    """`flow.ports.Tickets`. `keys`: the installation's; the first seals, and any opens while they change."""

    def __init__(self, *keys: bytes, clock: Clock, entropy: Entropy) -> None:
        self._keys = [_derived(key) for key in keys]
        self._clock = clock
        self._entropy = entropy
        self._spent: dict[str, float] = {}

    def seal(self, claim: TicketClaim) -> str:
        """See `flow.ports.Tickets`."""
        said = _Said(
            jti=self._entropy.id("tk"),
            aud=claim.node,
            exp=math.ceil(self._clock.now().timestamp() + TICKET_S),
            sid=claim.session,
            sub=claim.person,
            grant=claim.grant,
            camera=claim.camera,
        )
        return jwt.encode(_HEADER, said.model_dump(), self._keys[0], algorithms=["HS256"])

    def open(self, ticket: str, node: NodeId) -> TicketClaim:
        """See `flow.ports.Tickets`."""
        said = self._read(ticket)
        left_s = said.exp - self._clock.now().timestamp()
        if said.aud != node or not 0 < left_s <= TICKET_S + _SKEW_S:
            raise Denied(Reason.TICKET)
        self._spend(said.jti, left_s)
        return TicketClaim(
            node=node,
            session=SessionId(said.sid),
            person=PersonId(said.sub),
            grant=GrantId(said.grant),
            camera=CameraId(said.camera),
        )

    def _read(self, ticket: str) -> _Said:
        if len(ticket) > TICKET_MAX_CHARS:
            raise Denied(Reason.TICKET)
        try:
            token = self._opened(ticket)
            if token.header.get("typ") != _HEADER["typ"]:
                raise Denied(Reason.TICKET)
            return _Said.model_validate(token.claims)
        except (JoseError, ValueError) as error:  # pydantic's ValidationError is a ValueError
            raise Denied(Reason.TICKET) from error

    def _opened(self, ticket: str) -> jwt.Token:
        for key in self._keys[:-1]:
            with suppress(BadSignatureError):
                return jwt.decode(ticket, key, algorithms=["HS256"])
        return jwt.decode(ticket, self._keys[-1], algorithms=["HS256"])

    def _spend(self, id: str, left_s: float) -> None:
        now_s = self._clock.boot_s()
        self._spent = {one: until_s for one, until_s in self._spent.items() if until_s > now_s}
        if id in self._spent:
            raise Denied(Reason.TICKET)
        self._spent[id] = now_s + left_s


def _derived(key: bytes) -> OctKey:
    return OctKey.import_key(
        HKDF(hashes.SHA256(), 32, salt=None, info=b"crisislink stream ticket").derive(key)
    )
