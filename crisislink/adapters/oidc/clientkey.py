"""Our own key with a provider: to sign who we are (RFC 7523), to open what is encrypted for us, to speak TLS.

One PEM file: the private key, and the certificate where the provider or TLS wants one. Never published by us:
the provider is given the public part when we are registered.
"""

import hashlib
import re
import ssl
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from joserfc import jwe, jwt
from joserfc.errors import InvalidKeyTypeError, JoseError
from joserfc.jwk import ECKey, RSAKey

from crisislink.adapters.oidc.untrusted import Untrusted

_RSA_MIN_BITS = 2_048
_OPENS = ("RSA-OAEP", "RSA-OAEP-256", "ECDH-ES", "ECDH-ES+A128KW", "ECDH-ES+A256KW")
_CONTENTS = ("A128GCM", "A256GCM", "A128CBC-HS256", "A256CBC-HS512")
_JWE_PARTS = 5
_PEM = re.compile(rb"-----BEGIN ([A-Z ]+)-----.+?-----END \1-----", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientKey:
    """A private key with its file, and its certificate (DER) if there is one."""

    file: Path
    key: RSAKey | ECKey
    certificate: bytes | None

    def __repr__(self) -> str:
        """Never the key."""
        return f"ClientKey({self.key.thumbprint()})"

    @classmethod
    def load(cls, file: Path) -> "ClientKey":
        """From a PEM file.

        Raises:
            OSError: it cannot be read.
            ValueError: it holds no private RSA key of 2048 bits or more, and no private P-256 key.
        """
        blocks = {found[1]: found[0] for found in _PEM.finditer(file.read_bytes())}
        private = [pem for kind, pem in blocks.items() if kind.endswith(b"PRIVATE KEY")]
        if not private:
            raise ValueError(f"{file}: no private key")
        shown = blocks.get(b"CERTIFICATE")
        der = None if shown is None else x509.load_pem_x509_certificate(shown).public_bytes(Encoding.DER)
        return cls(file=file, key=_usable(private[0]), certificate=der)

    @property
    def algorithm(self) -> str:
        """What it signs with."""
        return "RS256" if isinstance(self.key, RSAKey) else "ES256"

    def signed(self, claims: Mapping[str, object]) -> str:
        """A JWT. Names the key by its thumbprint (RFC 7638); for Entra and ADFS, by the certificate's too."""
        header: dict[str, object] = {"alg": self.algorithm, "kid": self.key.thumbprint()}
        if self.certificate is not None:
            header["x5t"] = _base64url(hashlib.sha1(self.certificate, usedforsecurity=False).digest())
            header["x5t#S256"] = _base64url(hashlib.sha256(self.certificate).digest())
        return jwt.encode(header, dict(claims), self.key, [self.algorithm])

    def opened(self, token: str) -> str:
        """What an encrypted token holds; a token that is not encrypted, unchanged.

        Compression is refused: a short token could hold a very long one.

        Raises:
            Untrusted: it is not for us.
        """
        if token.count(".") + 1 != _JWE_PARTS:
            return token
        try:
            found = jwe.decrypt_compact(token, self.key, [*_OPENS, *_CONTENTS])
        except (JoseError, ValueError, TypeError) as error:
            raise Untrusted("encryption: ", str(error)) from error
        assert found.plaintext is not None
        return found.plaintext.decode("ascii", "replace")

    def show_in(self, tls: ssl.SSLContext) -> None:
        """Prove who we are in TLS too (RFC 8705)."""
        tls.load_cert_chain(self.file)


def _usable(pem: bytes) -> RSAKey | ECKey:
    try:
        key: RSAKey | ECKey = RSAKey.import_key(pem)
    except InvalidKeyTypeError:
        key = ECKey.import_key(pem)
    if isinstance(key, RSAKey) and key.private_key is not None and key.private_key.key_size >= _RSA_MIN_BITS:
        return key
    if isinstance(key, ECKey) and key.is_private and key.curve_name == "P-256":
        return key
    raise ValueError("an RSA key of 2048 bits or a P-256 key is needed")


def _base64url(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()
