"""We prove who we are in the way the provider was told, and what is encrypted for us only we can read."""

import base64
import hashlib
import json
from pathlib import Path
from urllib.parse import unquote_plus

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from joserfc import jwe, jws, jwt
from joserfc.jwk import ECKey, RSAKey

from crisislink.adapters.oidc.clientkey import ClientKey
from tests.fakes.provider import curve, rsa
from tests.oidc.certificates import Authority
from tests.oidc.party import party


def key_file(folder: Path, key: RSAKey | ECKey) -> Path:
    file = folder / "key.pem"
    file.write_bytes(key.as_pem(private=True))
    return file


def sealing(name: str) -> RSAKey:
    """The public part, as others encrypt with it."""
    return RSAKey.import_key(rsa(name).as_pem(private=False))


async def test_a_secret_with_any_character_arrives_as_it_is() -> None:
    async with party(secret="s:3%c r+é&t=") as it:
        await it.sign_in()
        pair = base64.b64decode(it.provider.last("/token").headers["authorization"].removeprefix("Basic "))
    us, _, secret = pair.decode().partition(":")
    assert (unquote_plus(us), unquote_plus(secret)) == ("crisislink", "s:3%c r+é&t=")


async def test_a_secret_goes_into_the_form_where_the_provider_wants_that() -> None:
    async with party(authentication="client_secret_post") as it:
        await it.sign_in()
        seen = it.provider.last("/token")
    assert (seen.form["client_id"], seen.form["client_secret"]) == ("crisislink", "s3cret")
    assert "authorization" not in seen.headers


@pytest.mark.parametrize("key", [rsa("ours"), curve("ours")], ids=["RS256", "ES256"])
@pytest.mark.parametrize("audience", ["issuer", "token_endpoint"])
async def test_an_assertion_is_signed_for_this_provider_now_and_once(
    tmp_path: Path, key: RSAKey | ECKey, audience: str
) -> None:
    ours = ClientKey.load(key_file(tmp_path, key))
    async with party(authentication="private_key_jwt", key=ours, assertion_audience=audience) as it:
        await it.sign_in()
        first = it.provider.last("/token").form
        await it.sign_in()
        second = it.provider.last("/token").form
        now_s, issuer = int(it.clock.now().timestamp()), it.provider.issuer
    assert first["client_assertion_type"] == "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    found = jwt.decode(first["client_assertion"], key, ["RS256", "ES256"])
    claims = dict(found.claims)
    assert claims.pop("jti") != jwt.decode(second["client_assertion"], key, ["RS256", "ES256"]).claims["jti"]
    assert claims == {
        "iss": "crisislink",
        "sub": "crisislink",
        "aud": issuer if audience == "issuer" else f"{issuer}/token",
        "iat": now_s,
        "nbf": now_s,
        "exp": now_s + 60,
    }
    assert found.header["kid"] == key.thumbprint()


async def test_an_assertion_names_our_certificate(tmp_path: Path) -> None:
    file = Authority.new().issued("us", tmp_path)
    header = jws.extract_compact(ClientKey.load(file).signed({"a": 1}).encode()).headers()
    shown = file.read_bytes().partition(b"-----BEGIN CERTIFICATE")
    der = x509.load_pem_x509_certificate(shown[1] + shown[2]).public_bytes(Encoding.DER)
    expected = base64.urlsafe_b64encode(hashlib.sha256(der).digest()).rstrip(b"=").decode()
    assert header["x5t#S256"] == expected


async def test_an_encrypted_token_is_opened_with_our_key(tmp_path: Path) -> None:
    ours = ClientKey.load(key_file(tmp_path, rsa("ours")))
    async with party(key=ours) as it:
        it.provider.sign = lambda claims: jwe.encrypt_compact(
            {"alg": "RSA-OAEP-256", "enc": "A256GCM", "cty": "JWT"},
            it.provider.signed(claims),
            sealing("ours"),
            ["RSA-OAEP-256", "A256GCM"],
        )
        assert (await it.sign_in()).identity.subject == "someone"


@pytest.mark.parametrize(
    ("header", "key"),
    [
        ({"alg": "RSA-OAEP-256", "enc": "A256GCM"}, "stranger"),
        ({"alg": "RSA-OAEP-256", "enc": "A256GCM", "zip": "DEF"}, "ours"),
    ],
    ids=["not for us", "compressed"],
)
async def test_what_is_encrypted_otherwise_is_refused(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, header: dict[str, str], key: str
) -> None:
    ours = ClientKey.load(key_file(tmp_path, rsa("ours")))
    async with party(key=ours) as it:
        it.provider.sign = lambda claims: jwe.encrypt_compact(
            header, it.provider.signed(claims), sealing(key), ["RSA-OAEP-256", "A256GCM", "DEF"]
        )
        await it.refused("encryption", caplog)


@pytest.mark.parametrize("alg", ["RSA1_5", "dir", "A256KW", "PBES2-HS256+A128KW"])
async def test_an_encryption_that_would_be_an_oracle_is_not_tried(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, alg: str
) -> None:
    ours = ClientKey.load(key_file(tmp_path, rsa("ours")))
    head = base64.urlsafe_b64encode(json.dumps({"alg": alg, "enc": "A256GCM"}).encode()).rstrip(b"=").decode()
    async with party(key=ours) as it:
        it.provider.sign = lambda _: f"{head}.AAAA.{'A' * 16}.AAAA.{'A' * 22}"
        await it.refused("unsupported_algorithm", caplog)


async def test_encryption_alone_proves_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Anybody can encrypt for us: the signature inside is what counts."""
    ours = ClientKey.load(key_file(tmp_path, rsa("ours")))
    async with party(key=ours) as it:
        it.provider.sign = lambda claims: jwe.encrypt_compact(
            {"alg": "RSA-OAEP-256", "enc": "A256GCM"},
            it.provider.signed_by(rsa("first/forged"), claims),
            sealing("ours"),
            ["RSA-OAEP-256", "A256GCM"],
        )
        await it.refused("none of the keys", caplog)


@pytest.mark.parametrize(
    "content",
    [b"", b"nonsense", curve("ours").as_pem(private=False), ECKey.generate_key("P-384").as_pem(private=True)],
    ids=["empty", "nonsense", "public", "another curve"],
)
def test_a_file_without_a_usable_private_key_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "key.pem"
    file.write_bytes(content)
    with pytest.raises(ValueError, match="key"):
        ClientKey.load(file)


def test_a_key_does_not_show_itself(tmp_path: Path) -> None:
    assert "PRIVATE" not in repr(ClientKey.load(key_file(tmp_path, rsa("ours"))))
