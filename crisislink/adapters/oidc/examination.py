"""What can be seen of a provider from outside, before anybody signs in: `crisislink doctor identity`.

Each look is a question to the real provider, with our real credentials but no person: a sign-in without a
page (`prompt=none`) shows whether our callback is registered, a made-up code whether we are believed.
Nothing is changed there, and nothing secret is said here.
"""

import ssl
from collections.abc import AsyncIterator, Iterator
from email.utils import parsedate_to_datetime

from authlib.common.urls import add_params_to_uri  # type: ignore[import-untyped]

from crisislink.adapters.oidc import advice
from crisislink.adapters.oidc.advice import Observation
from crisislink.adapters.oidc.channel import Channel, Reply
from crisislink.adapters.oidc.credentials import Credentials
from crisislink.adapters.oidc.discovery import Discovery, Metadata, public_keys
from crisislink.adapters.oidc.exchange import Exchange
from crisislink.adapters.oidc.idtoken import LEEWAY_S
from crisislink.adapters.oidc.profile import ProviderProfile
from crisislink.adapters.oidc.question import Question, parameters
from crisislink.adapters.oidc.signature import makes
from crisislink.adapters.oidc.untrusted import Untrusted
from crisislink.core.errors import Unavailable
from crisislink.flow.ports import Clock, Entropy

_CERTIFICATE_MIN_S = 21 * 86_400.0
_SKEW_POOR_S = 5.0


async def examine(
    profile: ProviderProfile, *, public_url: str, clock: Clock, entropy: Entropy
) -> AsyncIterator[Observation]:
    """All that can be seen, in the order in which it is worth mending."""
    channel = Channel(profile)
    try:
        look = _Look(profile, channel, public_url.rstrip("/"), clock, entropy)
        async for observation in look.all():
            yield observation
    finally:
        await channel.close()


class _Look:
    def __init__(
        self, profile: ProviderProfile, channel: Channel, public_url: str, clock: Clock, entropy: Entropy
    ) -> None:
        self._profile = profile
        self._channel = channel
        self._public_url = public_url
        self._clock = clock
        self._entropy = entropy
        self._credentials = Credentials(profile, clock, entropy)
        self._discovery = Discovery(profile, channel, clock)
        self._exchange = Exchange(profile, channel, self._discovery, self._credentials, clock)

    async def all(self) -> AsyncIterator[Observation]:
        where = self._discovery.url
        try:
            reply = await self._channel.get(where)
            metadata = Metadata.read(reply.object())
        except Unavailable as error:
            yield advice.unreachable(where, _why(error))
            return
        except Untrusted as error:
            yield advice.no_discovery(where, str(error))
            return
        yield advice.discovery(where)
        for observation in (*self._transport(reply), *self._published(metadata)):
            yield observation
        if metadata.issuer != self._profile.issuer or any(True for _ in self._foreign(metadata)):
            return  # we would not speak to it further
        yield await self._keys(metadata)
        yield await self._callback(metadata)
        yield await self._known(metadata)

    def _transport(self, reply: Reply) -> Iterator[Observation]:
        now_s = self._clock.now().timestamp()
        if reply.certificate_until is None:
            yield advice.no_tls(self._profile.issuer)
        else:
            left_s = ssl.cert_time_to_seconds(reply.certificate_until) - now_s
            yield advice.certificate(reply.certificate_until, short=left_s < _CERTIFICATE_MIN_S)
        try:
            skew_s = parsedate_to_datetime(reply.headers["date"]).timestamp() - now_s
        except (KeyError, ValueError):
            yield advice.no_date()
        else:
            yield advice.skew(skew_s, poor_s=_SKEW_POOR_S, bad_s=float(LEEWAY_S))

    def _published(self, metadata: Metadata) -> Iterator[Observation]:
        profile, ways = self._profile, self._profile.ways
        yield advice.issuer(profile.issuer, metadata.issuer)
        yield from (advice.foreign(address) for address in self._foreign(metadata))
        yield advice.algorithms(ways.algorithms, metadata.id_token_signing_alg_values_supported)
        yield advice.authentication(ways.authentication, metadata.token_endpoint_auth_methods_supported)
        if ways.pkce:
            yield advice.pkce(metadata.code_challenge_methods_supported)
        if ways.acr_values:
            yield advice.classes(ways.acr_values, metadata.acr_values_supported)
        if ways.step_up_acr_values:
            yield advice.classes(
                ways.step_up_acr_values, metadata.acr_values_supported, name="step_up_acr_values"
            )
        yield advice.auth_time(metadata.claims_supported)
        if ways.userinfo != "none" and metadata.userinfo_endpoint is None:
            yield advice.no_userinfo()
        yield advice.names_itself(there=metadata.authorization_response_iss_parameter_supported)
        yield advice.sign_out(
            self._public_url + profile.signed_out_path, there=metadata.end_session_endpoint is not None
        )
        yield advice.backchannel(
            self._public_url + profile.backchannel_path, there=metadata.backchannel_logout_supported
        )

    def _foreign(self, metadata: Metadata) -> Iterator[str]:
        for address in metadata.endpoints():
            try:
                self._channel.check(address)
            except Untrusted:
                yield address

    async def _keys(self, metadata: Metadata) -> Observation:
        try:
            keys = public_keys((await self._channel.get(metadata.jwks_uri)).object())
        except (Unavailable, Untrusted) as error:
            return advice.no_keys(metadata.jwks_uri, str(error))
        pinned: tuple[str, ...] = self._profile.ways.algorithms
        return advice.keys({algorithm: sum(makes(key, algorithm) for key in keys) for algorithm in pinned})

    async def _callback(self, metadata: Metadata) -> Observation:
        """A sign-in that may show no page comes back to our callback at once, if it is registered."""
        redirect_uri = self._public_url + self._profile.redirect_path
        question = Question(
            provider=self._profile.id,
            browser="",
            nonce=self._entropy.token(),
            verifier=self._entropy.token(),
            next="/",
            max_age_s=None,
            acr_values=self._profile.ways.acr_values,
        )
        asked = parameters(
            self._profile,
            question,
            state=self._entropy.token(),
            redirect_uri=redirect_uri,
            prompt="none",
        )
        try:
            carried = await self._exchange.pushed(metadata, asked)
            reply = await self._channel.get(str(add_params_to_uri(metadata.authorization_endpoint, carried)))
        except (Unavailable, Untrusted) as error:
            if "redirect_uri" in str(error):
                return advice.callback_refused(redirect_uri, str(error))
            return advice.callback_unseen(redirect_uri, str(error))
        back = reply.headers.get("location", "")
        if back.startswith(f"{redirect_uri}?"):
            return advice.callback(redirect_uri)
        if reply.status >= 400:
            return advice.callback_refused(redirect_uri, str(reply.status))
        return advice.callback_unseen(redirect_uri, str(reply.status))

    async def _known(self, metadata: Metadata) -> Observation:
        """A code that was never given out is refused for itself (`invalid_grant`) once we are believed."""
        endpoint = metadata.at("token_endpoint", mtls=self._profile.ways.authentication == "tls_client_auth")
        assert endpoint is not None
        proof = self._credentials.proof(metadata.token_endpoint)
        form = {
            "grant_type": "authorization_code",
            "code": self._entropy.token(),
            "redirect_uri": self._public_url + self._profile.redirect_path,
            "code_verifier": self._entropy.token(),
        }
        if not self._profile.ways.pkce:
            del form["code_verifier"]
        try:
            reply = await self._channel.post(endpoint, {**form, **proof.form}, proof.headers)
        except (Unavailable, Untrusted) as error:
            return advice.credentials_unseen(str(error))
        if b"invalid_grant" in reply.body:
            return advice.credentials(self._profile.client_id)
        if b"invalid_client" in reply.body or b"unauthorized_client" in reply.body or reply.status == 401:
            return advice.credentials_refused(self._profile.client_id, self._profile.ways.authentication)
        return advice.credentials_unseen(str(reply.status))


def _why(error: Unavailable) -> str:
    """The innermost cause: a certificate that nobody vouches for reads otherwise than a wrong name."""
    cause: BaseException = error
    while (inner := cause.__cause__ or cause.__context__) is not None:
        cause = inner
    return f"{type(cause).__name__}: {cause}"[:200]
