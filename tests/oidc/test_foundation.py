"""The OpenID Foundation's tests of relying parties, by name (`oidcc-client-test…`), against a lying provider.

Plans: basic, config, extra, RP-initiated logout. Those of back-channel logout are in `test_backchannel.py`,
`-mtls-endpoint-aliases` is in `test_mtls.py`.
"""

from base64 import b64decode
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import pytest
from httpx2 import URL

from crisislink.core.errors import Reason, Unauthenticated
from tests.fakes.provider import Claims, curve, published, rsa, unsigned
from tests.oidc.party import COOKIE, PUBLIC, Party, party

Log = pytest.LogCaptureFixture


@pytest.fixture
async def it() -> AsyncIterator[Party]:
    async with party() as made:
        yield made


def saying(**changed: object) -> Callable[[Claims], None]:
    """Claims with these values; None leaves one out."""

    def change(claims: Claims) -> None:
        claims.update(changed)
        for name in [name for name, value in changed.items() if value is None]:
            del claims[name]

    return change


# basic


async def test_oidcc_client_test(it: Party) -> None:
    finished = await it.sign_in()
    assert (finished.identity.issuer, finished.identity.subject) == (it.provider.issuer, "someone")
    assert finished.next == "/samu"


async def test_oidcc_client_test_invalid_iss(it: Party, caplog: Log) -> None:
    it.provider.change = saying(iss=f"{it.provider.issuer}1")
    await it.refused("iss", caplog)


async def test_oidcc_client_test_missing_sub(it: Party, caplog: Log) -> None:
    it.provider.change = saying(sub=None)
    await it.refused("sub", caplog)


async def test_oidcc_client_test_invalid_aud(it: Party, caplog: Log) -> None:
    it.provider.change = saying(aud="crisislink1")
    await it.refused("aud", caplog)


async def test_oidcc_client_test_missing_iat(it: Party, caplog: Log) -> None:
    it.provider.change = saying(iat=None)
    await it.refused("iat", caplog)


async def test_oidcc_client_test_nonce_invalid(it: Party, caplog: Log) -> None:
    it.provider.change = lambda claims: claims.update(nonce=f"{claims['nonce']}1")
    await it.refused("nonce", caplog)


async def test_oidcc_client_test_kid_absent_single_jwks(it: Party) -> None:
    it.provider.published = [{k: v for k, v in it.provider.published[0].items() if k != "kid"}]
    it.provider.sign = lambda claims: it.provider.signed_by(rsa("first"), claims, kid=None)
    assert (await it.sign_in()).identity.subject == "someone"


async def test_oidcc_client_test_kid_absent_multiple_jwks(it: Party, caplog: Log) -> None:
    it.provider.published = published(rsa("second"), curve("third"), rsa("first"))
    it.provider.sign = lambda claims: it.provider.signed_by(rsa("first"), claims, kid=None)
    assert (await it.sign_in()).identity.subject == "someone"
    it.provider.sign = lambda claims: it.provider.signed_by(rsa("stranger"), claims, kid=None)
    await it.refused("none of the keys", caplog)


async def test_oidcc_client_test_idtoken_sig_none(it: Party, caplog: Log) -> None:
    it.provider.sign = unsigned
    await it.refused("'none'", caplog)


async def test_oidcc_client_test_userinfo_bearer_header() -> None:
    async with party(userinfo="json") as it:
        assert (await it.sign_in()).identity.name == "Dr L. Fabre"
        seen = it.provider.last("/userinfo")
        assert seen.headers["authorization"] == "Bearer at"
        assert seen.form == {}


async def test_oidcc_client_test_userinfo_bearer_body() -> None:
    async with party(userinfo="json", bearer="body") as it:
        assert (await it.sign_in()).identity.name == "Dr L. Fabre"
        seen = it.provider.last("/userinfo")
        assert seen.form == {"access_token": "at"}
        assert "authorization" not in seen.headers


async def test_oidcc_client_test_userinfo_invalid_sub(caplog: Log) -> None:
    async with party(userinfo="json") as it:
        it.provider.more = {"sub": "someone1", "name": "Dr L. Fabre"}
        await it.refused("sub of userinfo", caplog)


async def test_oidcc_client_test_scope_userinfo_claims() -> None:
    async with party(userinfo="json", scopes=("openid", "profile"), person=("employee",)) as it:
        it.provider.more = {"sub": "someone", "employee": "E-7", "name": "Dr L. Fabre"}
        assert (await it.question())["scope"] == "openid profile"
        identity = (await it.sign_in()).identity
    assert (identity.subject, identity.name) == ("E-7", "Dr L. Fabre")


async def test_oidcc_client_test_client_secret_basic(it: Party) -> None:
    await it.sign_in()
    seen = it.provider.last("/token")
    kind, _, pair = seen.headers["authorization"].partition(" ")
    assert (kind, b64decode(pair)) == ("Basic", b"crisislink:s3cret")
    assert "client_secret" not in seen.form


# config


async def test_oidcc_client_test_discovery_openid_config(it: Party) -> None:
    it.provider.metadata["authorization_endpoint"] = f"{it.provider.issuer}/somewhere/else?fixed=1"
    url = URL(await it.client.authorization_url("/", COOKIE))
    assert str(url).startswith(f"{it.provider.issuer}/somewhere/else?fixed=1&")


async def test_oidcc_client_test_discovery_jwks_uri_keys(it: Party) -> None:
    await it.sign_in()
    assert it.provider.asked["/jwks"] == 1


async def test_oidcc_client_test_discovery_issuer_mismatch(it: Party) -> None:
    it.provider.metadata["issuer"] = f"{it.provider.issuer}/other"
    with pytest.raises(Unauthenticated) as error:
        await it.question()
    assert error.value.reason is Reason.LOGIN_FAILED


async def test_oidcc_client_test_signing_key_rotation(it: Party) -> None:
    await it.sign_in()
    it.provider.key = rsa("second")
    it.provider.published = published(rsa("second"))
    it.clock.advance(30)
    assert (await it.sign_in()).identity.subject == "someone"
    assert it.provider.asked["/jwks"] == 2


async def test_oidcc_client_test_signing_key_rotation_just_before_signing(it: Party) -> None:
    await it.sign_in()
    answer = await it.answer()
    it.provider.key = rsa("second")
    it.provider.published += published(rsa("second"))
    assert (await it.client.finish(answer, COOKIE)).identity.subject == "someone"


# extra


async def test_oidcc_client_test_missing_aud(it: Party, caplog: Log) -> None:
    it.provider.change = saying(aud=None)
    await it.refused("aud", caplog)


async def test_oidcc_client_test_invalid_sig_rs256(it: Party, caplog: Log) -> None:
    it.provider.sign = lambda claims: it.provider.signed_by(rsa("first/forged"), claims)
    await it.refused("none of the keys", caplog)


async def test_oidcc_client_test_invalid_sig_es256(caplog: Log) -> None:
    async with party(algorithms=("ES256",)) as it:
        it.provider.key = curve("first")
        it.provider.published = published(curve("first"))
        assert (await it.sign_in()).identity.subject == "someone"
        it.provider.sign = lambda claims: it.provider.signed_by(curve("first/forged"), claims)
        await it.refused("none of the keys", caplog)


async def test_oidcc_client_test_invalid_athash(it: Party, caplog: Log) -> None:
    it.provider.change = saying(at_hash="AAAAAAAAAAAAAAAAAAAAAA")
    await it.refused("at_hash", caplog)


async def test_oidcc_client_test_refresh_token(it: Party) -> None:
    before = (await it.sign_in()).identity
    it.provider.nonce = None
    after = await it.client.renewed("rt", before)
    assert after.subject == before.subject
    form = it.provider.last("/token").form
    assert (form["grant_type"], form["refresh_token"]) == ("refresh_token", "rt")


@pytest.mark.parametrize("changed", [{"nonce": "another"}, {"auth_time": 7}, {"azp": "crisislink"}])
async def test_a_renewal_may_not_say_what_was_not_said_before(it: Party, changed: Claims) -> None:
    before = (await it.sign_in()).identity
    await not_renewed(it, before.id_token, **changed)


async def not_renewed(it: Party, id_token: str, **changed: object) -> None:
    before = replace((await it.sign_in()).identity, id_token=id_token)
    it.provider.nonce = None
    it.provider.change = saying(**changed)
    with pytest.raises(Unauthenticated):
        await it.client.renewed("rt", before)


async def test_oidcc_client_test_refresh_token_invalid_issuer(it: Party, caplog: Log) -> None:
    before = (await it.sign_in()).identity
    await not_renewed(it, before.id_token, iss=f"{it.provider.issuer}1")
    assert caplog.records[-1].__dict__["why"] == "iss"


async def test_oidcc_client_test_refresh_token_invalid_sub(it: Party, caplog: Log) -> None:
    before = (await it.sign_in()).identity
    await not_renewed(it, before.id_token, sub="someone1")
    assert caplog.records[-1].__dict__["why"] == "sub is not as before"


# RP-initiated logout


async def leaving(it: Party) -> dict[str, str]:
    url = await it.client.sign_out_url("an.id.token", COOKIE)
    assert url is not None
    assert url.startswith(f"{it.provider.issuer}/logout?")
    return dict(URL(url).params)


async def test_oidcc_client_test_rp_init_logout(it: Party) -> None:
    asked = await leaving(it)
    assert asked["id_token_hint"] == "an.id.token"
    assert asked["post_logout_redirect_uri"] == f"{PUBLIC}/auth/signed-out/hopital"
    assert await it.client.signed_out(asked["state"], COOKIE)


async def test_oidcc_client_test_rp_init_logout_other_state(it: Party) -> None:
    asked = await leaving(it)
    assert not await it.client.signed_out(f"{asked['state']}1", COOKIE)


async def test_oidcc_client_test_rp_init_logout_no_state(it: Party) -> None:
    await leaving(it)
    assert not await it.client.signed_out("", COOKIE)
