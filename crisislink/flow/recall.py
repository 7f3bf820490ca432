"""What this process saw a moment ago, for the one thing that must not wait for the store: ending access.

Never asked for anything else: nobody gets in by what is remembered here, and nothing is shown by it. That the
store was silent is remembered too: another process may hold a cut that is not in it yet.
"""

from collections.abc import Iterable
from math import inf

from crisislink.core.actors import Actor
from crisislink.core.crisis import DeclaredCrisis
from crisislink.core.errors import Unauthenticated
from crisislink.core.grants import Grant
from crisislink.core.ids import CameraId, CrisisId, GrantId, OrganisationId, PreviewId, SessionId
from crisislink.core.previews import Preview

ACTOR_S = 900.0
JUST_NOW_S = 5.0
"""So lately is everybody seen whose room is open at this process."""
CAUGHT_UP_S = 1.5
_ACTORS_MAX = 10_000


class Recall:
    """Who was signed in, and which grants lived, when the store was last asked; or that it is `silent`."""

    def __init__(self) -> None:
        self._actors: dict[SessionId, tuple[Actor, float]] = {}
        self._grants: dict[GrantId, Grant] = {}
        self._crises: dict[CrisisId, DeclaredCrisis] = {}
        self._previews: dict[PreviewId, Preview] = {}
        self.silent = False
        self._back_s = -inf

    def store_silent(self) -> None:
        """It did not answer."""
        self.silent = True

    def store_answered(self, *, boot_s: float) -> None:
        """It does again, or as ever."""
        if self.silent:
            self.silent, self._back_s = False, boot_s

    def caught_up(self, *, boot_s: float) -> bool:
        """Whether cuts that waited for the store had `CAUGHT_UP_S` to get into it since it was silent."""
        return not self.silent and boot_s >= self._back_s + CAUGHT_UP_S

    def saw_actor(self, session: SessionId, actor: Actor, *, boot_s: float) -> None:
        """They were signed in just now."""
        self._actors.pop(session, None)
        self._actors[session] = (actor, boot_s)
        while len(self._actors) > _ACTORS_MAX:
            del self._actors[next(iter(self._actors))]

    def forget_actor(self, session: SessionId) -> None:
        """Their session is over."""
        self._actors.pop(session, None)

    def actor(self, session: SessionId, *, boot_s: float, within_s: float = ACTOR_S) -> Actor:
        """Who they were, at most so long ago (a quarter of an hour).

        Raises:
            Unauthenticated: not seen lately.
        """
        actor, seen_s = self._actors.get(session, (None, 0.0))
        if actor is None or boot_s - seen_s > within_s:
            raise Unauthenticated
        return actor

    def saw_grants(self, live: Iterable[Grant]) -> None:
        """All grants that live."""
        self._grants = {grant.id: grant for grant in live}

    def saw_grant(self, grant: Grant) -> None:
        """This one lives, or did."""
        self._grants[grant.id] = grant

    def grant(self, id: GrantId) -> Grant | None:
        """As it was last seen."""
        return self._grants.get(id)

    def showing(self, camera: CameraId) -> list[Grant]:
        """Those that showed this camera."""
        return [g for g in self._grants.values() if g.state.live and camera in g.open_cameras]

    def grants_of(self, owner: OrganisationId) -> list[Grant]:
        """Those a city gave."""
        return [grant for grant in self._grants.values() if grant.owner == owner]

    def saw_previews(self, open: Iterable[Preview]) -> None:
        """All that go on."""
        self._previews = {preview.id: preview for preview in open}

    def saw_preview(self, preview: Preview) -> None:
        """This one does."""
        self._previews[preview.id] = preview

    def previews_of(self, owner: OrganisationId) -> list[Preview]:
        """Those of a city."""
        return [preview for preview in self._previews.values() if preview.owner == owner]

    def previewing(self, camera: CameraId) -> list[Preview]:
        """Those that showed this camera."""
        return [preview for preview in self._previews.values() if preview.camera == camera]

    def saw_crises(self, open: Iterable[DeclaredCrisis]) -> None:
        """All that are not over."""
        self._crises = {crisis.id: crisis for crisis in open}

    def crisis(self, id: CrisisId) -> DeclaredCrisis | None:
        """As it was last seen."""
        return self._crises.get(id)

    def grants_in(self, crisis: CrisisId) -> list[Grant]:
        """Those that a declared crisis gave."""
        return [grant for grant in self._grants.values() if grant.declaration == crisis]
