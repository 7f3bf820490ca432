"""What goes to and fro: a request as Authlib wants it, a login, a code, an access token."""

from collections import defaultdict
from dataclasses import dataclass

from authlib.oauth2.rfc6749 import OAuth2Payload, OAuth2Request  # type: ignore[import-untyped]
from starlette.datastructures import FormData, Headers, QueryParams

from crisislink.demo.people import DemoPerson

ACR = "urn:crisislink:demo:click"
Parameters = QueryParams | FormData


@dataclass(frozen=True, slots=True)
class Login:
    """A person who chose themselves on the page. `at_s` is seconds since 1970."""

    person: DemoPerson
    at_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """An authorization code on its way. The methods are those of Authlib's `AuthorizationCodeMixin`."""

    code: str
    client_id: str
    redirect_uri: str
    scope: str
    nonce: str
    code_challenge: str
    code_challenge_method: str
    login: Login
    until_s: float

    def get_redirect_uri(self) -> str:
        """Where it was sent."""
        return self.redirect_uri

    def get_scope(self) -> str:
        """What was granted."""
        return self.scope

    def get_nonce(self) -> str:
        """The service's nonce."""
        return self.nonce

    def get_auth_time(self) -> int:
        """When the person chose, seconds since 1970."""
        return self.login.at_s

    def get_acr(self) -> str:
        """How strongly: by a click."""
        return ACR

    def get_amr(self) -> None:
        """No method worth the name."""


class _Payload(OAuth2Payload):  # type: ignore[misc]
    def __init__(self, parameters: Parameters) -> None:
        self._data = {name: str(value) for name, value in parameters.items()}
        self._lists: defaultdict[str, list[str]] = defaultdict(list)
        for name, value in parameters.multi_items():
            self._lists[name].append(str(value))

    @property
    def data(self) -> dict[str, str]:
        return self._data

    @property
    def datalist(self) -> defaultdict[str, list[str]]:
        return self._lists


class Ask(OAuth2Request):  # type: ignore[misc]
    """A request as Authlib wants it."""

    def __init__(self, method: str, url: str, headers: Headers, parameters: Parameters) -> None:
        super().__init__(method=method, uri=url, headers=headers)
        self.payload = _Payload(parameters)

    @property
    def form(self) -> dict[str, str]:
        """The parameters, wherever they came from."""
        data: dict[str, str] = self.payload.data
        return data


@dataclass(frozen=True, slots=True)
class AccessToken:
    """Good for `userinfo` until `until_s` on CLOCK_BOOTTIME."""

    person: DemoPerson
    scope: str
    until_s: float
