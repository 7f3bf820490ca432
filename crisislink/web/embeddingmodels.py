"""What the dispatch software and our page inside its page say and hear; `flow.embedding` is the story."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from crisislink.flow.embedding import CODE_MAX
from crisislink.web import models as m

TOKEN_MAX = 128
Origin = Annotated[str, Field(pattern=r"^https?://[^/\s\x00-\x1f\x7f]{1,250}$")]


class NewLaunch(m.Incoming):
    """Show this person the views of this incident, in the page at `origin`.

    `subject`: the person as their identity provider calls them to CrisisLink. They are signed in there.
    """

    subject: Annotated[str, Field(min_length=1, max_length=255, pattern=r"^[^\x00-\x1f\x7f]+$")]
    incident: m.Id
    origin: Origin


class LaunchView(m.Outgoing):
    """A code for the page's panel, good once. `url` is what the panel shows."""

    code: str
    expires_in_s: int
    url: str


class EmbeddingView(m.Outgoing):
    """The pages that may show ours, each an origin."""

    origins: list[str]


class NewEmbedded(m.Incoming):
    """Change a code for a session that only looks. `origin`: the page around ours, as the
    browser tells it.
    """

    code: Annotated[str, Field(min_length=1, max_length=CODE_MAX)]
    origin: Origin


class EmbeddedView(m.Outgoing):
    """A session that looks at one incident. `token` is sent as a bearer, and kept nowhere."""

    token: str
    incident: str
    person: m.PersonView
    ends_at: datetime
    server_time: datetime


class EmbeddedHello(m.LiveHello):
    """The first message on `/api/embed/live`."""

    token: Annotated[str, Field(min_length=1, max_length=TOKEN_MAX)]
