"""What the story needs from the outside, as Protocols. Each port has one contract suite for all its adapters.

Times are aware UTC `datetime` (from `Clock.now`) or seconds on CLOCK_BOOTTIME (`Clock.boot_s`, which counts
through suspend); the two are never mixed.
"""

from collections.abc import AsyncIterator, Awaitable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from crisislink.core.actors import Habilitation, Organisation, Person, Role
from crisislink.core.cameras import Camera, PrivacyMask
from crisislink.core.conversation import Message
from crisislink.core.crisis import DeclaredCrisis
from crisislink.core.escalation import Escalation
from crisislink.core.events import Event
from crisislink.core.grants import CutCause, EndCause, Grant
from crisislink.core.handover import Charge
from crisislink.core.ids import (
    CameraId,
    CrisisId,
    GrantId,
    IncidentId,
    MessageId,
    NodeId,
    OrganisationId,
    PersonId,
    PreviewId,
    RequestId,
    SessionId,
    ViewingId,
)
from crisislink.core.incidents import Incident
from crisislink.core.killswitch import Sharing
from crisislink.core.legal import LegalBasis
from crisislink.core.limits import Limits
from crisislink.core.merkle import Frontier
from crisislink.core.places import Gazetteer, Place
from crisislink.core.previews import Preview
from crisislink.core.requests import AccessRequest
from crisislink.core.suspension import Pause
from crisislink.core.talkrules import TalkRules
from crisislink.flow.inventory import Inventory
from crisislink.flow.recall import Recall
from crisislink.flow.strangers import Strangers


class Clock(Protocol):
    """The only source of time."""

    def now(self) -> datetime:
        """Wall time, aware UTC. It may step; leases and deadlines in the media path never use it."""
        ...

    def boot_s(self) -> float:
        """Seconds on CLOCK_BOOTTIME: monotonic, and running through suspend."""
        ...


class Entropy(Protocol):
    """The only source of randomness."""

    def id(self, prefix: str) -> str:
        """A new identifier `prefix_…`, sortable by creation, unguessable."""
        ...

    def reference(self) -> str:
        """A short reference people can say aloud: 5 characters without look-alikes."""
        ...

    def token(self) -> str:
        """256 bits, URL-safe."""
        ...


class CameraUrl:
    """A camera's address with its credentials. Its `repr` and `str` hide them; `reveal` is for the worker."""

    __slots__ = ("_url",)

    def __init__(self, url: str) -> None:
        self._url = url

    def reveal(self) -> str:
        """The address as the camera needs it."""
        return self._url

    def __repr__(self) -> str:
        """Never the address."""
        return "CameraUrl(…)"

    def __eq__(self, other: object) -> bool:
        """Same address."""
        return isinstance(other, CameraUrl) and other._url == self._url

    def __hash__(self) -> int:
        """Hash of the address."""
        return hash(self._url)


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewing:
    """A named person sees a camera, from a socket's start to its end. `frames` counts pictures sent.

    `node`: the media node that carries it. When that node is gone, so is the look.
    """

    id: ViewingId
    grant: GrantId
    camera: CameraId
    person: PersonId
    session: SessionId
    node: NodeId
    rendition: str
    started_at: datetime
    ended_at: datetime | None = None
    frames: int = 0
    cause: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraSource:
    """Where a camera's pictures come from: main stream and, where it has one, sub stream."""

    camera: CameraId
    main: CameraUrl
    sub: CameraUrl | None


State = (
    Incident
    | AccessRequest
    | Charge
    | Escalation
    | Grant
    | Message
    | DeclaredCrisis
    | Pause
    | Preview
    | Sharing
    | Viewing
    | Organisation
    | Person
    | Habilitation
    | Camera
    | CameraSource
    | LegalBasis
    | Place
    | Gazetteer
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry of the register: `body` is the canonical bytes, `leaf` their RFC 6962 leaf hash."""

    seq: int
    at: datetime
    kind: str
    body: bytes
    leaf: bytes


@dataclass(frozen=True, slots=True)
class Recorded:
    """What `record` wrote: the entry's number and time, and the event."""

    seq: int
    at: datetime
    event: Event


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewOnly:
    """What a session in the dispatch software's page (`flow.embedding`) may look at, and what it hangs on.

    `parent`: the session of the same person at our own address, without which it ends. `incident`: the only
    one it shows. `origin`: the page that shows it.
    """

    parent: SessionId
    incident: IncidentId
    origin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A signed-in browser. `id` is the SHA-256 of the cookie's token: a copy of the store opens nothing.

    `authenticated_at` as `Actor.authenticated_at`. `roles`: those it was opened with. It never gains one:
    more rights come with a new sign-in, and so with a new `id`. `provider_subject`, `provider_session`: the
    provider's names for the person and its own session. `view`: it can only look; None: a whole session.
    """

    id: SessionId
    person: PersonId
    provider: str
    opened_at: datetime
    authenticated_at: datetime | None
    seen_at: datetime
    ends_at: datetime
    roles: frozenset[Role] = frozenset(Role)
    id_token: str | None = None
    provider_subject: str | None = None
    provider_session: str | None = None
    view: ViewOnly | None = None


class Conditions(Protocol):
    """What grants and requests rest on beside themselves: the part of `UnitOfWork` that deadlines ask."""

    async def escalations(self, requests: Collection[RequestId]) -> Mapping[RequestId, Escalation]:
        """How far these requests went; level 0 where nothing is kept."""
        ...

    async def newest_approvals(self, grants: Collection[GrantId]) -> Mapping[GrantId, AccessRequest]:
        """The request each of these grants rests on: the one that was approved last."""
        ...

    async def last_seen(self, grants: Collection[GrantId]) -> Mapping[GrantId, datetime | None]:
        """When the last look under each ended; None: somebody looks now. Absent: nobody ever did."""
        ...

    async def pauses(self, cameras: Collection[CameraId] | None = None) -> Mapping[CameraId, Pause]:
        """The pauses of these cameras, or of all; absent where one never was."""
        ...

    async def habilitations_in(self, organisation: OrganisationId) -> Sequence[Habilitation]:
        """All habilitations of its members, in force or not."""
        ...

    async def sessions_in(self, organisation: OrganisationId) -> Sequence[Session]:
        """The sessions kept of its members, over or not."""
        ...

    async def sessions_of(self, person: PersonId) -> Sequence[Session]:
        """The sessions kept of one person, over or not, oldest first."""
        ...

    async def losing(self, *, now: datetime, until: datetime) -> Sequence[PersonId]:
        """Persons with a session that was opened before one of their habilitations ended, or ends, and that
        end is before `until`. Whether they lose a role by it is not asked. What is over at `now` does
        not count.
        """
        ...


class Conversations(Protocol):
    """What the rooms said: the part of `UnitOfWork` that conversations ask."""

    async def message(self, id: MessageId) -> Message:
        """One message."""
        ...

    async def messages(self, grants: Collection[GrantId], *, limit: int) -> Sequence[Message]:
        """The newest messages of these grants, oldest first."""
        ...

    async def words_kept_of(self, ended_before: datetime, *, limit: int) -> Sequence[Message]:
        """Messages of one grant whose words are still kept though its access ended by then; any order.

        The words stay sealed: what another key sealed can be erased all the same.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """The store as the authority on access. `incarnation` counts from 1: one more each time it was restored.

    `high_water`: the latest wall time anybody noted in it, or recorded an entry at. It never falls.
    """

    incarnation: int
    high_water: datetime


class UnitOfWork(Conditions, Conversations, Protocol):
    """One transaction. Leaving the context commits; an exception rolls everything back.

    `record` is the only write. Reads see the transaction's own writes. A getter raises `NotFound`.
    """

    async def organisation(self, id: OrganisationId) -> Organisation:
        """One organisation."""
        ...

    async def organisations(self) -> Sequence[Organisation]:
        """All of them."""
        ...

    async def person(self, id: PersonId) -> Person:
        """One person."""
        ...

    async def person_by_subject(self, issuer: str, subject: str) -> Person | None:
        """The person an identity provider vouches for, if the roster knows them."""
        ...

    async def persons(self, ids: Collection[PersonId] | None = None) -> Sequence[Person]:
        """The named persons, or all."""
        ...

    async def habilitations(self, person: PersonId) -> Sequence[Habilitation]:
        """All habilitations of a person, in force or not."""
        ...

    async def camera(self, id: CameraId) -> Camera:
        """One camera."""
        ...

    async def cameras(self, ids: Collection[CameraId] | None = None) -> Sequence[Camera]:
        """The named cameras (absent ones are left out), or all, by number."""
        ...

    async def camera_revision(self) -> tuple[int, int]:
        """Another one whenever a camera was added or changed."""
        ...

    async def camera_source(self, id: CameraId) -> CameraSource:
        """Where its pictures come from, decrypted."""
        ...

    async def camera_sources(self, ids: Collection[CameraId]) -> Sequence[CameraSource]:
        """The same of many (absent ones are left out)."""
        ...

    async def sealed_by_other_keys(self) -> int:
        """How many addresses of cameras, and messages, are sealed by a key that seals no more."""
        ...

    async def seal_anew(self, most: int) -> tuple[str, int, int]:
        """Have so many of them sealed by the key that seals now: its id, how many cameras and messages.

        The caller records `KeyChanged` in the same transaction. Nothing is opened.
        """
        ...

    async def legal_bases(self, owner: OrganisationId) -> Sequence[LegalBasis]:
        """The acts under which this city shares."""
        ...

    async def place_revision(self) -> int:
        """Another number whenever there may be other places."""
        ...

    async def places(self) -> Sequence[Place]:
        """The gazetteer."""
        ...

    async def incident(self, id: IncidentId) -> Incident:
        """One incident."""
        ...

    async def incidents(self, *, ids: Collection[IncidentId] | None = None) -> Sequence[Incident]:
        """The named incidents, or all open ones."""
        ...

    async def charges(self, incidents: Collection[IncidentId]) -> Mapping[IncidentId, Charge]:
        """Who holds these incidents; absent where nothing was ever done about it."""
        ...

    async def newest_incidents(self, limit: int) -> Sequence[Incident]:
        """Newest first, open or closed."""
        ...

    async def incidents_of(self, crisis: IncidentId) -> Sequence[Incident]:
        """All that were grouped in this crisis, in the order in which they were opened."""
        ...

    async def incident_count(self, organisation: OrganisationId, series: str) -> int:
        """How many incidents of this hospital have a number that begins so: the next number is one more."""
        ...

    async def request(self, id: RequestId) -> AccessRequest:
        """One request."""
        ...

    async def requests_of(self, ids: Collection[RequestId]) -> Sequence[AccessRequest]:
        """Those of these requests that there are, in no order."""
        ...

    async def requests_for(self, incidents: Collection[IncidentId]) -> Sequence[AccessRequest]:
        """All requests of these incidents, oldest first."""
        ...

    async def requests_between(
        self, beneficiary: OrganisationId, owner: OrganisationId, *, since: datetime, until: datetime
    ) -> Sequence[AccessRequest]:
        """What this hospital asked this city for from `since` to `until`, both included; oldest first."""
        ...

    async def requests(self, *, open_only: bool, since: datetime | None = None) -> Sequence[AccessRequest]:
        """Open requests, or also those decided since."""
        ...

    async def grant(self, id: GrantId) -> Grant:
        """One grant."""
        ...

    async def grants_of(self, ids: Collection[GrantId]) -> Sequence[Grant]:
        """Those of these grants that there are, in no order."""
        ...

    async def live_grants(self, known: Mapping[GrantId, Grant]) -> Sequence[Grant]:
        """Grants not yet ENDED, oldest first; what is `known` is given back where its version still holds."""
        ...

    async def grants(self, *, live_only: bool, since: datetime | None = None) -> Sequence[Grant]:
        """Grants not yet ENDED, or also those that ended since."""
        ...

    async def crisis(self, id: CrisisId) -> DeclaredCrisis:
        """One declared crisis."""
        ...

    async def crises(self, *, open_only: bool, since: datetime | None = None) -> Sequence[DeclaredCrisis]:
        """Those that are not over, or also those that were since; the oldest first."""
        ...

    async def newest_crises(
        self, organisation: OrganisationId | None, limit: int
    ) -> Sequence[DeclaredCrisis]:
        """The crises last proposed, newest first, whatever became of them; of one side, or of all."""
        ...

    async def sharing(self, owner: OrganisationId) -> Sharing:
        """The city's kill switch; a fresh, open one when it was never used."""
        ...

    async def viewings(self, *, open_only: bool, grant: GrantId | None = None) -> Sequence[Viewing]:
        """Viewings, open ones only or all of a grant."""
        ...

    async def preview(self, id: PreviewId) -> Preview:
        """One preview."""
        ...

    async def previews(self) -> Sequence[Preview]:
        """Those that have not ended, the oldest first."""
        ...

    async def viewings_of(self, ids: Collection[ViewingId]) -> Sequence[Viewing]:
        """Those of these viewings that there are, in no order."""
        ...

    async def record(self, event: Event, *states: State) -> Recorded:
        """Write the states, the event and its register entry. The only write.

        Raises:
            Conflict: a state's version is not the successor of the stored one. It is said here, by the next
                read or as the transaction ends, which then writes nothing: do not catch it inside.
        """
        ...

    async def end_session(self, id: SessionId) -> bool:
        """Forget a session in this transaction, beside its entry; False where there is none. Sessions are no
        state of the domain: `record` knows nothing of them. Copies elsewhere are `Sessions.drop`'s affair.
        """
        ...

    async def entries(
        self, *, after: int, limit: int, kinds: Collection[str] | None = None
    ) -> Sequence[Entry]:
        """Register entries with `seq` > `after`, in order."""
        ...

    async def entries_before(
        self, *, before: int | None, limit: int, kinds: Collection[str] | None = None
    ) -> Sequence[Entry]:
        """The newest entries with `seq` < `before` (None: the newest of all), newest first."""
        ...

    async def register_head(self) -> Frontier:
        """The tree over all entries written so far."""
        ...

    async def authority(self) -> Authority | None:
        """None: the store is new, or not what it was (restored from a dump, copied, set back).

        Then no access may rest on what it says, until it is assumed.
        """
        ...

    async def assume(self, at: datetime, *, whatever_was_noted: bool = False) -> Authority:
        """From now on the store is the authority, as and where it is: the next incarnation.

        For the transaction that ends all access the store knows of. `whatever_was_noted`: it is `at`, also
        where somebody noted a later time; the entry that says so must follow.
        """
        ...

    async def raise_high_water(self, at: datetime) -> None:
        """Note that it is `at`. An earlier time than the one noted changes nothing.

        Raises:
            Unavailable: nobody has assumed the store yet.
        """
        ...

    async def next_encoder_epoch(self) -> int:
        """A number greater than all before it, for ever: the incarnation of an encoder (wire `epoch`)."""
        ...

    async def answered(self, person: PersonId, key: str, digest: str) -> str | None:
        """The stored answer to an idempotent command, or None when it is new.

        Raises:
            Conflict: the key was used with another command (`IDEMPOTENCY`).
        """
        ...

    async def answer(self, person: PersonId, key: str, digest: str, answer: str) -> None:
        """Keep the answer to an idempotent command, in the same transaction."""
        ...


class Store(Protocol):
    """Opens transactions."""

    def write(self) -> AbstractAsyncContextManager[UnitOfWork]:
        """A transaction that may record. Writers are serialised."""
        ...

    def read(self) -> AbstractAsyncContextManager[UnitOfWork]:
        """A consistent read; `record` is an error."""
        ...


class Sessions(Protocol):
    """Server-side sessions. Idle and absolute limits are the flow's; the store only keeps."""

    async def put(self, session: Session) -> None:
        """Insert or replace."""
        ...

    async def get(self, id: SessionId) -> Session | None:
        """The session without its `id_token`, or None."""
        ...

    async def get_many(self, ids: Collection[SessionId]) -> Sequence[Session]:
        """Those of these sessions that are kept, without their `id_token`, in any order."""
        ...

    async def touch(self, id: SessionId, seen_at: datetime) -> None:
        """Note activity."""
        ...

    async def drop(self, id: SessionId) -> Session | None:
        """Forget it. What it was, whole; None when absent."""
        ...

    async def resting_on(
        self, provider: str, *, subject: str | None, session: str | None
    ) -> Sequence[SessionId]:
        """Those that rest on this session at the provider, and on this subject: on both where both are given.

        Then those of the subject whose session there nobody named, too: it may be that one. Neither: none.
        """
        ...


class Ephemera(Protocol):
    """Small values that live for minutes and can be taken once: login states."""

    async def put(self, key: str, value: str, *, ttl_s: float) -> None:
        """Keep a value for at most `ttl_s`."""
        ...

    async def take(self, key: str) -> str | None:
        """Remove and return it; None when absent, taken or too old. Atomic."""
        ...

    async def look(self, key: str) -> str | None:
        """As `take`, and it stays."""
        ...

    async def first(self, key: str, *, ttl_s: float) -> bool:
        """Whether nobody asked this of the key in the last `ttl_s`; from now on somebody has. Atomic.

        Values that are `put`, however many, do not make it forget.
        """
        ...


@dataclass(frozen=True, slots=True)
class Wake:
    """Something was recorded. Never truth: whoever hears it reads the store."""

    seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """An order to the media nodes: these views end now. Obeying one too many darkens, it never shows.

    `looks`: only these people's looks at them; the views go on for all others.
    """

    id: str
    grant: GrantId
    cameras: frozenset[CameraId]
    cause: CutCause
    recorded: bool = True
    looks: frozenset[ViewingId] | None = None


class Bus(Protocol):
    """Wake-ups and cuts, in milliseconds. Losing one costs time, never safety."""

    @property
    def degraded(self) -> bool:
        """Other processes are not reached at once: listeners are woken once a second instead."""
        ...

    async def publish(self, wake: Wake) -> None:
        """Tell every listener."""
        ...

    def listen(self) -> AbstractAsyncContextManager[AsyncIterator[Wake]]:
        """Wakes from now on. A slow listener gets the newest only."""
        ...

    async def order(
        self, cut: Cut, *, nodes: Awaitable[Collection[NodeId]], wait_s: float
    ) -> frozenset[NodeId]:
        """Tell every media node at once, before `nodes` is awaited; those of them that confirmed in `wait_s`.

        Raises only what `nodes` does.
        """
        ...

    def orders(self) -> AbstractAsyncContextManager[AsyncIterator[Cut]]:
        """Cuts from now on, all of them. For media nodes."""
        ...

    async def acknowledge(self, cut: Cut, node: NodeId) -> None:
        """This node sends nothing of it any more. Never raises."""
        ...

    async def hand_over(self, order: "ForcedCut") -> bool:
        """Tell the other processes of a cut that is not in the register yet; whether the bus took it."""
        ...

    def handed_over(self) -> AbstractAsyncContextManager[AsyncIterator["ForcedCut"]]:
        """Those of other processes from now on, all of them. For processes that can record them."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class NodePresence:
    """A media node that lives. `id` is new at each start; `public_url` is where browsers reach it.

    `load`: the share of its capacity that is in use; `draining`: it is about to leave and takes nothing new.
    """

    id: NodeId
    public_url: str
    load: float
    draining: bool
    started_at: datetime


class Rates(Protocol):
    """How often something may be done: `limit` times at once, then again as time passes."""

    async def spend(self, key: str, *, limit: int, per_s: float, urgent: bool = False) -> float:
        """Do it once more: 0.0 when allowed, else in how many seconds it will be. Never raises.

        Args:
            key: who does what. Nothing of it is shown anywhere.
            limit: how often in `per_s` seconds; 1 at least.
            per_s: see `limit`.
            urgent: asks nobody, and counts for this process alone.
        """
        ...


class Presence(Protocol):
    """Which media nodes live. A node that stops announcing itself is gone after its time to live."""

    async def announce(self, node: NodePresence, *, ttl_s: float) -> None:
        """It lives, for `ttl_s` more seconds.

        Raises:
            Unavailable: nobody could be told.
        """
        ...

    async def withdraw(self, node: NodeId) -> None:
        """It is gone. Never raises."""
        ...

    async def present(self) -> Sequence[NodePresence]:
        """Those that live, to be given cameras and told of cuts.

        Raises:
            Unavailable: nobody knows.
        """
        ...

    async def dark(self, nodes: Collection[NodeId]) -> frozenset[NodeId]:
        """Those of these nodes that cannot show a picture any more: the store gave them no lease for long.

        Raises:
            Unavailable: nobody knows.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketClaim:
    """What a stream ticket says: this person, in this session, may ask this node for this view.

    `grant`: or the preview (`core.previews`), here and in all that the media path is told.
    """

    node: NodeId
    session: SessionId
    person: PersonId
    grant: GrantId
    camera: CameraId


class Tickets(Protocol):
    """Stream tickets: sealed by a web process, opened by the one media node they name, once."""

    def seal(self, claim: TicketClaim) -> str:
        """A ticket, good for `flow.viewing.TICKET_S` seconds."""
        ...

    def open(self, ticket: str, node: NodeId) -> TicketClaim:
        """What it says; from now on it is spent.

        Raises:
            Denied: not a ticket of ours, not for this node, too old or spent (`TICKET`).
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewPermit:
    """A redeemed stream ticket: this person may see this camera of this grant, now."""

    viewing: ViewingId
    grant: GrantId
    camera: CameraId
    person: PersonId
    session: SessionId
    beneficiary: OrganisationId
    owner: OrganisationId
    person_label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """All a media node needs to make one grant's picture of one camera.

    `person_label`: who watches, where pictures are marked with that.
    """

    grant: GrantId
    camera: CameraId
    source: CameraSource
    mask: PrivacyMask
    camera_label: str
    organisation_label: str
    grant_ref: str
    exercise: bool
    ends_at: datetime
    person_label: str | None = None


class LiveVideo(Protocol):
    """The media path, as the story sees it."""

    async def cut(
        self,
        grant: GrantId,
        cameras: Collection[CameraId],
        cause: CutCause,
        *,
        recorded: bool,
        looks: Collection[ViewingId] | None = None,
    ) -> bool:
        """End these views now. True when every node confirmed that nothing more is sent.

        Args:
            grant: whose views.
            cameras: which of them.
            cause: what people are told.
            recorded: False: the store does not know of it yet, and no lease it still gives may open them
                again until it does.
            looks: end only these looks, for good; the views go on for everybody else.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ForcedCut:
    """An order to end access: who, when, what. `grant` None: the kill switch; `cameras` None: all of it.

    `crisis`: instead, all that this declared crisis granted, and it grants nothing more.
    """

    id: str
    at: datetime
    actor: PersonId
    owner: OrganisationId
    grant: GrantId | None
    cameras: tuple[CameraId, ...] | None
    cause: EndCause
    crisis: CrisisId | None = None

    @property
    def everything(self) -> bool:
        """Whether it is the kill switch."""
        return self.grant is None and self.crisis is None


class Journal(Protocol):
    """Forced cuts that wait for the store, kept through a crash (fsync) until they are in the register.

    `note` and `settle` wait for the disk: they are called in a thread.
    """

    def hold(self, cut: ForcedCut, *, own: bool = True) -> None:
        """It is pending in this process from now on, though not kept yet (`note`)."""
        ...

    def note(self, cut: ForcedCut, *, own: bool = True) -> None:
        """Keep it. Returns once it is on the disk. `own`: it was ordered here, not handed over to us.

        Raises:
            OSError: it cannot be kept (disk full): it still holds in this process.
        """
        ...

    def settle(self, cut: ForcedCut) -> None:
        """It is in the register, or can never be."""
        ...

    def pending(self) -> Sequence[ForcedCut]:
        """Those that are not, oldest first."""
        ...

    def own(self) -> Sequence[ForcedCut]:
        """Those of them that were ordered here."""
        ...

    def knows(self, cut: ForcedCut) -> bool:
        """Whether it is pending, or this process settled it lately."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """Everything outside, in one hand: what every step of the flow takes first."""

    store: Store
    sessions: Sessions
    ephemera: Ephemera
    bus: Bus
    presence: Presence
    tickets: Tickets
    journal: Journal
    recall: Recall
    rates: Rates
    strangers: Strangers = field(default_factory=Strangers)
    inventory: Inventory = field(default_factory=Inventory)
    clock: Clock
    entropy: Entropy
    limits: Limits
    talk: TalkRules = field(default_factory=TalkRules)
