"""Each make of provider is asked in its own ways, and names people in its own way."""

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError
from starlette.responses import JSONResponse, Response

from crisislink.adapters.oidc import PRESETS, Make
from crisislink.config import ProviderSettings
from crisislink.core.actors import Side
from tests.fakes.provider import rsa
from tests.oidc.party import party, profile

Log = pytest.LogCaptureFixture
TENANT = "0f2c8bd1-4a53-4a7c-9d52-6f0a8c1b7e90"
PERSON = "3d1c6f5e-93a1-4f0e-8f1b-5a7c9b2e4d66"


def settings(**given: Any) -> ProviderSettings:
    known: dict[str, Any] = {
        "id": "hopital",
        "label": "CHU",
        "side": Side.HOSPITAL,
        "issuer": "https://idp.example",
        "client_id": "crisislink",
        "client_secret": SecretStr("s3cret"),
    }
    return ProviderSettings(**known | given)


def test_settings_change_a_preset_only_where_they_say_so() -> None:
    made = settings(preset="proconnect", scopes=("openid", "uid"), pkce=True).profile()
    assert made.ways.scopes == ("openid", "uid")
    assert made.ways.pkce
    assert made.ways.userinfo == PRESETS[Make.PROCONNECT].userinfo
    assert settings(preset="keycloak").profile().ways == PRESETS[Make.KEYCLOAK]


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"issuer": "http://idp.example"}, "https"),
        ({"issuer": "https://user@idp.example"}, "https"),
        ({"origins": ("http://idp.example",)}, "https"),
        ({"client_secret": None}, "client_secret"),
        ({"client_secret": SecretStr("")}, "client_secret"),
        ({"authentication": "private_key_jwt"}, "client_key_file"),
        ({"client_secret_file": Path("/nowhere/secret")}, "not both"),
        ({"client_secret": None, "client_secret_file": Path("/nowhere/secret")}, "nowhere"),
        ({"client_secret": None, "client_secret_file": Path("/dev/null")}, "client_secret"),
        ({"client_key_file": Path("/nowhere/key.pem")}, "nowhere"),
        ({"algorithms": ("HS256",)}, "algorithms"),
        ({"algorithms": ()}, "algorithms"),
        ({"scopes": ("profile",)}, "openid"),
        ({"person": ()}, "person"),
        ({"required_role": "crisislink"}, "required_role"),
        ({"preset": "entra", "issuer": "https://login.microsoftonline.com/common/v2.0"}, "tenant"),
        ({"preset": "entra", "issuer": "https://login.microsoftonline.com/organizations/v2.0"}, "tenant"),
        (
            {"preset": "pro-sante-connect", "roles": ("Acces_Regulation_Medicale",), "required_role": "true"},
            "let in",
        ),
    ],
)
def test_settings_that_would_be_unsafe_stop_the_start(given: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        settings(**given)


def test_no_secret_is_shown() -> None:
    assert "s3cret" not in repr(settings())
    assert "s3cret" not in repr(settings().profile())


def test_a_secret_may_be_in_a_file_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("wörd\n")
    made = settings(client_secret=None, client_secret_file=tmp_path / "secret").profile().client_secret
    assert made is not None
    assert made.get_secret_value() == "wörd"


# keycloak


async def test_keycloak_names_realm_roles() -> None:
    async with party(Make.KEYCLOAK, required_role="crisislink") as it:
        it.provider.change = lambda claims: claims.update(realm_access={"roles": ["other", "crisislink"]})
        assert (await it.sign_in()).identity.subject == "someone"


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"realm_access": {"roles": ["crisislink2"]}},
        {"realm_access": {"roles": "crisislinks"}},
        {"realm_access": {"roles": {"crisislink": 1}}},
        {"realm_access": ["crisislink"]},
        {"roles": ["crisislink"]},
    ],
)
async def test_nobody_comes_in_without_the_role_that_is_required(caplog: Log, said: dict[str, Any]) -> None:
    async with party(Make.KEYCLOAK, required_role="crisislink") as it:
        it.provider.change = lambda claims: claims.update(said)
        await it.refused("role", caplog)


# entra


async def test_entra_names_a_person_by_tenant_and_object(caplog: Log) -> None:
    issuer = f"https://login.microsoftonline.com/{TENANT}/v2.0"
    assert "https://graph.microsoft.com:443" in profile(issuer, Make.ENTRA).origins
    async with entra() as it:
        it.provider.change = lambda claims: claims.update(tid=TENANT, oid=PERSON, name="Dr L. Fabre")
        identity = (await it.sign_in()).identity
        assert (identity.subject, identity.name) == (f"{TENANT}:{PERSON}", "Dr L. Fabre")
        assert identity.provider_subject == "someone"
        for changed in ({"tid": PERSON, "oid": PERSON}, {"oid": PERSON}, {"tid": "v2.0x", "oid": PERSON}):
            it.provider.change = lambda claims, said=changed: claims.update(said)
            await it.refused("tid", caplog)
        it.provider.change = lambda claims: claims.update(tid=TENANT)
        await it.refused("'oid'", caplog)


def entra(**ways: Any) -> Any:
    """A tenant on loopback: its issuer ends in the tenant's path, as Microsoft's does."""
    return party(Make.ENTRA, path=f"/{TENANT}/v2.0", **ways)


async def test_entra_is_asked_for_a_recent_authentication_by_prompt_and_must_prove_it(caplog: Log) -> None:
    async with entra() as it:
        asked = await it.question(max_age_s=60)
        assert asked["prompt"] == "login"
        assert "max_age" not in asked
        it.provider.change = lambda claims: claims.update(tid=TENANT, oid=PERSON)
        await it.refused("auth_time", caplog, max_age_s=60)


@pytest.mark.parametrize(
    "overage", [{"_claim_names": {"groups": "src1"}, "_claim_sources": {}}, {"hasgroups": True}]
)
async def test_entra_with_too_many_groups_lets_nobody_in_and_says_what_to_do(
    caplog: Log, overage: dict[str, Any]
) -> None:
    async with entra(roles=("groups",), required_role="crisislink") as it:
        it.provider.change = lambda claims: claims.update(tid=TENANT, oid=PERSON, **overage)
        await it.refused("application role", caplog)


# adfs


async def test_adfs_names_a_person_by_upn() -> None:
    async with party(Make.ADFS) as it:
        it.provider.metadata["access_token_issuer"] = "http://adfs.example/adfs/services/trust"
        it.provider.change = lambda claims: claims.update(upn="l.fabre@chu.example", unique_name="CHU\\fabre")
        identity = (await it.sign_in()).identity
    assert (identity.subject, identity.name) == ("l.fabre@chu.example", "CHU\\fabre")


async def test_the_issuer_of_adfs_access_tokens_signs_nobody_in(caplog: Log) -> None:
    async with party(Make.ADFS) as it:
        it.provider.change = lambda claims: claims.update(iss="http://adfs.example/adfs/services/trust")
        await it.refused("iss", caplog)


# pro santé connect


async def test_pro_sante_connect_names_a_professional_by_the_national_identifier(caplog: Log) -> None:
    async with party(Make.PRO_SANTE_CONNECT) as it:
        asked = await it.question()
        assert (asked["acr_values"], asked["scope"]) == ("eidas1", "openid scope_all")
        assert "/.well-known/wallet-openid-configuration" in it.provider.asked
        it.provider.change = lambda claims: claims.update(acr="eidas1")
        more = {"sub": "someone", "iss": it.provider.issuer, "aud": "crisislink"}
        it.provider.more = more | {
            "SubjectNameID": "899700218896",
            "given_name": "L.",
            "family_name": "FABRE",
        }
        it.provider.inform = lambda said: Response(it.provider.signed(said), media_type="application/jwt")
        identity = (await it.sign_in()).identity
        assert (identity.subject, identity.name) == ("899700218896", "L. FABRE")
        it.provider.change = lambda _: None
        await it.refused("acr", caplog)


# proconnect


async def test_proconnect_is_asked_nothing_that_it_does_not_know() -> None:
    known = {"response_type", "client_id", "redirect_uri", "scope", "claims", "state", "nonce", "prompt"}
    async with party(Make.PROCONNECT) as it:
        asked = await it.question(max_age_s=60, acr_values=("eidas2",))
        assert asked.keys() <= known
        assert min(len(asked["state"]), len(asked["nonce"])) >= 32
        assert json.loads(asked["claims"]) == {
            "id_token": {"acr": {"essential": True, "values": ["eidas2"]}, "auth_time": {"essential": True}}
        }
        more = {"sub": "someone", "iss": it.provider.issuer, "aud": "crisislink"}
        it.provider.more = more | {"given_name": "A.", "usual_name": "MOREL"}
        it.provider.inform = lambda said: Response(it.provider.signed(said), media_type="application/jwt")
        assert (await it.sign_in()).identity.name == "A. MOREL"
        assert it.provider.last("/token").form.keys() == {
            "grant_type",
            "code",
            "redirect_uri",
            "client_id",
            "client_secret",
        }


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"sub": "another"}, "sub of userinfo"),
        ({"iss": "https://evil.example"}, "iss"),
        ({"aud": "another"}, "aud"),
        ({"aud": ["crisislink", "another"]}, "aud"),
    ],
)
async def test_a_signed_userinfo_for_somebody_else_is_refused(
    caplog: Log, changed: dict[str, Any], why: str
) -> None:
    async with party(Make.PROCONNECT) as it:
        it.provider.more = {"sub": "someone", "iss": it.provider.issuer, "aud": "crisislink"} | changed
        it.provider.inform = lambda said: Response(it.provider.signed(said), media_type="application/jwt")
        await it.refused(why, caplog)


async def test_a_userinfo_without_a_signature_is_refused_where_one_was_agreed(caplog: Log) -> None:
    async with party(Make.PROCONNECT) as it:
        it.provider.inform = JSONResponse
        await it.refused("a signed token was agreed", caplog)
        it.provider.inform = lambda said: Response(
            it.provider.signed_by(rsa("first/forged"), said), media_type="application/jwt"
        )
        await it.refused("none of the keys", caplog)


async def test_userinfo_cannot_change_what_the_id_token_says() -> None:
    async with party(userinfo="json", person=("employee",)) as it:
        it.provider.change = lambda claims: claims.update(employee="E-1")
        it.provider.more = {"sub": "someone", "employee": "E-2", "acr": "gold", "auth_time": 7}
        identity = (await it.sign_in()).identity
    assert (identity.subject, identity.acr, identity.auth_time) == ("E-1", None, None)


# persons


@pytest.mark.parametrize("value", [None, "", 7, ["a"], "x" * 256, "a\nb", "\ud800"])
async def test_a_claim_that_names_nobody_is_refused(caplog: Log, value: object) -> None:
    async with party(person=("employee",)) as it:
        it.provider.change = lambda claims: claims.update(employee=value)
        await it.refused("'employee'", caplog)


async def test_two_claims_cannot_be_joined_to_a_third_person(caplog: Log) -> None:
    async with party(person=("site", "employee")) as it:
        it.provider.change = lambda claims: claims.update(site="a", employee="b:c")
        await it.refused("somebody else", caplog)
        it.provider.change = lambda claims: claims.update(site="a", employee="b")
        assert (await it.sign_in()).identity.subject == "a:b"


async def test_no_person_is_called_as_software_is(caplog: Log) -> None:
    async with party() as it:
        it.provider.change = lambda claims: claims.update(sub="client:lrm")
        await it.refused("software", caplog)


async def test_a_name_is_short_and_printable() -> None:
    async with party() as it:
        it.provider.change = lambda claims: claims.update(name="Dr\u202e L.\n Fabre" + "x" * 500)
        name = (await it.sign_in()).identity.name
    assert name is not None
    assert name.startswith("Dr L. Fabre")
    assert len(name) <= 120
