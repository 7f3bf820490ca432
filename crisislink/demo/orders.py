"""What the simulated city is told, and answers: whoever starts it needs nothing of what it is made of."""

from dataclasses import dataclass

HOST = "127.0.0.1"
CLIENT_ID = "crisislink"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """Where the four servers listen."""

    web: int
    identity: int
    cameras: int
    dispatch: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CityOrders:
    """What to serve. `videos`: a person's own files, played by the cameras around the main place."""

    public_url: str
    identity_port: int
    camera_port: int
    dispatch_port: int
    camera_password: str
    client_secrets: dict[str, str]
    videos: list[str]

    @property
    def identity_url(self) -> str:
        """Where the identity providers and the controls of the cameras are."""
        return f"http://localhost:{self.identity_port}"

    @property
    def dispatch_url(self) -> str:
        """The origin of the simulated dispatch software: to a browser another site than the service."""
        return f"http://{HOST}:{self.dispatch_port}"

    def issuer(self, provider: str) -> str:
        """The issuer of one organisation's provider."""
        return f"{self.identity_url}/{provider}"


@dataclass(frozen=True, slots=True)
class CityReady:
    """It serves. By number: the addresses of main and sub stream, with credentials, and their sizes."""

    cameras: dict[str, tuple[str, str | None]]
    sizes: dict[str, list[tuple[int, int]]]
