"""Which pages may talk to us: our own, at the public address, and no other."""

from urllib.parse import urlsplit

from starlette.requests import HTTPConnection


class Origins:
    """`public_url`: scheme, host and port under which browsers know the service."""

    def __init__(self, public_url: str) -> None:
        parts = urlsplit(public_url)
        if parts.scheme not in {"http", "https"} or not parts.netloc:
            raise ValueError(f"not an address for browsers: {public_url!r}")
        self.public = f"{parts.scheme}://{parts.netloc}"

    def same(self, connection: HTTPConnection) -> bool:
        """Whether the request states our own origin. One that states none is refused."""
        stated = connection.headers.getlist("origin")
        site = connection.headers.get("sec-fetch-site", "same-origin")
        return stated == [self.public] and site in {"same-origin", "none"}


def stream_url(public_url: str) -> str:
    """The video WebSocket of the media node that browsers reach at `public_url`."""
    return "ws" + public_url.rstrip("/").removeprefix("http") + "/stream"
