"""The question we send a browser with to a provider, and what we must remember to judge the answer by."""

import hashlib
import json
from dataclasses import asdict, dataclass

from authlib.oauth2.rfc7636 import create_s256_code_challenge  # type: ignore[import-untyped]

from crisislink.adapters.oidc.idtoken import Expected
from crisislink.adapters.oidc.profile import ProviderProfile


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """On its way. `browser` is the SHA-256 of the login cookie that must come back.

    `trial`: the session of the administrator who only tries; its answer opens none.
    """

    provider: str
    browser: str
    nonce: str
    verifier: str
    next: str
    max_age_s: int | None
    acr_values: tuple[str, ...]
    trial: str | None = None

    def kept(self) -> str:
        """As it is kept until the answer comes."""
        return json.dumps(asdict(self))

    @classmethod
    def of(cls, kept: str) -> "Question":
        """As it was when it was kept."""
        raw = json.loads(kept)
        return cls(**raw | {"acr_values": tuple(raw["acr_values"])})

    def expected(self, profile: ProviderProfile, access_token: str | None) -> Expected:
        """What an ID token must say to be the answer."""
        return Expected(
            issuer=profile.issuer,
            client_id=profile.client_id,
            nonce=self.nonce,
            algorithms=profile.ways.algorithms,
            access_token=access_token,
            max_age_s=self.max_age_s,
            acr_values=self.acr_values,
        )


def digest(browser: str) -> str:
    """What is kept of the login cookie."""
    return hashlib.sha256(browser.encode()).hexdigest()


def parameters(
    profile: ProviderProfile, question: Question, *, state: str, redirect_uri: str, prompt: str | None
) -> dict[str, str]:
    """The authorization request (OpenID Connect Core 1.0, 3.1.2.1), in this provider's ways."""
    asked = {
        "response_type": "code",
        "client_id": profile.client_id,
        "redirect_uri": redirect_uri,
        "scope": " ".join(profile.ways.scopes),
        "state": state,
        "nonce": question.nonce,
    }
    if profile.ways.pkce:
        asked["code_challenge"] = create_s256_code_challenge(question.verifier)
        asked["code_challenge_method"] = "S256"
    return asked | _freshness(profile, question, prompt) | _class(profile, question)


def _freshness(profile: ProviderProfile, question: Question, prompt: str | None) -> dict[str, str]:
    by_prompt = question.max_age_s is not None and profile.ways.freshness == "prompt"
    asked = {"prompt": prompt or "login"} if prompt is not None or by_prompt else {}
    if question.max_age_s is not None and not by_prompt:
        asked["max_age"] = str(question.max_age_s)
    return asked


def _class(profile: ProviderProfile, question: Question) -> dict[str, str]:
    wanted: dict[str, object] = {}
    if profile.ways.acr_request == "acr_values":
        return {"acr_values": " ".join(question.acr_values)} if question.acr_values else {}
    if question.acr_values:
        wanted["acr"] = {"essential": True, "values": list(question.acr_values)}
    if question.max_age_s is not None:
        wanted["auth_time"] = {"essential": True}
    return {"claims": json.dumps({"id_token": wanted}, separators=(",", ":"))} if wanted else {}
