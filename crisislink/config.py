"""Settings of the service: a TOML file and the environment (`CRISISLINK_…`), typed; the environment wins.

A missing secret stops the start. Nothing here has a default that would be unsafe in production.
"""

from dataclasses import fields, replace
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, HttpUrl, IPvAnyNetwork, SecretStr, model_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from crisislink.adapters.basemap.settings import MapSettings
from crisislink.adapters.oidc import PRESETS, Make, Preset, ProviderProfile
from crisislink.adapters.oidc.accesstoken import ACCESS_WAYS, AccessWays, MachineAccess, TokenKind
from crisislink.adapters.oidc.clientkey import ClientKey
from crisislink.adapters.oidc.presets import Algorithm, ClientAuthentication
from crisislink.core.actors import Side
from crisislink.core.errors import Invalid, Reason
from crisislink.core.limits import Limits
from crisislink.core.patientlike import Pattern, words_pattern
from crisislink.core.talkrules import PATTERNS, TEMPLATES, MessageKind, TalkRules, Template
from crisislink.core.wording import written
from crisislink.flow.embedding import Frame
from crisislink.flow.machines import Scope
from crisislink.log import Level

FrameOrigin = Annotated[
    str,
    Field(pattern=r"^(https://[a-z0-9.-]+|http://(localhost|127\.0\.0\.1|\[::1\]))(:[0-9]{1,5})?$"),
]
"""`https://host[:port]`, exactly: no wildcard, no path. On this machine also http."""


class MachineSettings(BaseModel):
    """The dispatch software that a provider vouches for (`docs/machines.md`)."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    audience: Annotated[str, Field(min_length=1)]
    """What its access tokens are made out to: this service's API, not our own `client_id`."""
    issuer: str | None = None
    """Where access tokens bear another issuer than ID tokens (AD FS: `https://…/adfs/services/trust`)."""
    clients: Annotated[dict[str, tuple[Scope, ...]], Field(min_length=1)]
    """What each client, by its id, may be let do at most."""
    tokens: TokenKind = "jwt"
    """`opaque`: the provider is asked about each (RFC 7662); `jwt+introspection`: about JWTs too: they may
    be withdrawn."""
    bound: bool = False
    """Only tokens bound to the client's certificate count (RFC 8705). Needs `client_certificates`."""

    def access(self, issuer: str, make: Make) -> MachineAccess:
        """As the check wants it."""
        return MachineAccess(
            issuer=self.issuer or issuer,
            audience=self.audience,
            clients={client: frozenset(scopes) for client, scopes in self.clients.items()},
            ways=ACCESS_WAYS.get(make, AccessWays()),
            tokens=self.tokens,
            bound=self.bound,
        )


class ProviderSettings(BaseModel):
    """One organisation's OpenID provider. The redirect address to register there is
    `<public_url>/auth/callback/<id>`. What is not given is as `adapters/oidc/presets.py` has it."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,30}$")]
    label: str
    side: Side
    preset: Make = Make.GENERIC
    issuer: Annotated[str, Field(pattern=r"^https?://[^\s?#]+$")]
    client_id: Annotated[str, Field(min_length=1)]
    client_secret: SecretStr | None = None
    client_secret_file: Path | None = None
    """The same in a file of its own, which only the service can read."""
    client_key_file: Path | None = None
    """PEM: our private key with this provider, and its certificate where the provider wants one."""
    ca_file: Path | None = None
    """PEM: the authorities that sign this provider's certificate, instead of the system's."""
    help: Annotated[str, Field(max_length=200)] | None = None
    """Shown to who comes in by it and is not in the roster: whom to ask, and how."""
    required_role: str | None = None
    """Nobody comes in of whom the provider does not say this role or group; the roster decides as ever."""
    authentication: ClientAuthentication | None = None
    algorithms: Annotated[tuple[Algorithm, ...] | None, Field(min_length=1)] = None
    scopes: tuple[str, ...] | None = None
    origins: tuple[str, ...] | None = None
    """Where else than its issuer's own origin the provider may send us: `https://host`."""
    pkce: bool | None = None
    acr_values: tuple[str, ...] | None = None
    """The authentication classes of which every sign-in must have one."""
    step_up_acr_values: tuple[str, ...] | None = None
    """Those of which approving needs one, where that is more."""
    person: tuple[str, ...] | None = None
    """The claims that name a person to the roster, joined by `:`."""
    name: tuple[str, ...] | None = None
    roles: tuple[str, ...] | None = None
    userinfo: Literal["none", "json", "jwt"] | None = None
    machines: MachineSettings | None = None
    embedded_in: tuple[FrameOrigin, ...] = ()
    """Pages of the hospital's dispatch software, each an origin, that may show granted views in a frame
    (`docs/embedding.md`). None: nobody's page may."""

    @model_validator(mode="after")
    def _embedding(self) -> Self:
        """What could never be launched, or shows a city's people something, stops the start."""
        launching = self.machines is not None and any(
            Scope.LAUNCH in scopes for scopes in self.machines.clients.values()
        )
        if self.embedded_in and (self.side is not Side.HOSPITAL or not launching):
            raise ValueError(f"embedded_in needs a hospital's client with {Scope.LAUNCH.value}")
        return self

    def frame(self) -> Frame:
        """Where its people may be shown our page."""
        access = None if self.machines is None else self.machines.access(self.issuer, self.preset)
        return Frame(
            provider=self.id,
            issuer=self.issuer,
            machines=self.issuer if access is None else access.issuer,
            origins=frozenset(self.embedded_in),
        )

    @model_validator(mode="after")
    def _safe(self) -> Self:
        """A profile that would be unsafe stops the start."""
        try:
            self.profile()
        except OSError as error:
            raise ValueError(str(error)) from error
        return self

    def profile(self) -> ProviderProfile:
        """As the client wants it.

        Raises:
            ValueError: the settings contradict each other, or would be unsafe.
            OSError: the file of the secret, or of the key, cannot be read.
        """
        given = {name: value for name in _WAYS if (value := getattr(self, name)) is not None}
        return ProviderProfile(
            id=self.id,
            label=self.label,
            side=self.side,
            issuer=self.issuer,
            client_id=self.client_id,
            client_secret=self._secret(),
            client_key=None if self.client_key_file is None else ClientKey.load(self.client_key_file),
            make=self.preset,
            ways=replace(PRESETS[self.preset], **given),
            required_role=self.required_role,
            ca_file=self.ca_file,
            machines=None if self.machines is None else self.machines.access(self.issuer, self.preset),
        )

    def _secret(self) -> SecretStr | None:
        if self.client_secret_file is None:
            return self.client_secret
        if self.client_secret is not None:
            raise ValueError("client_secret or client_secret_file, not both")
        return SecretStr(self.client_secret_file.read_text("utf-8").strip())


_WAYS = tuple({field.name for field in fields(Preset)} & set(ProviderSettings.model_fields))


class SessionSettings(BaseModel):
    """How long a browser session lives."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    idle_s: Annotated[int, Field(ge=60)] = 1_800
    absolute_s: Annotated[int, Field(ge=300)] = 43_200


class RuleSettings(BaseModel):
    """The numbers the rules obey (`core.limits`)."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    duration_min_s: int = 60
    duration_max_s: int = 3_600
    grant_cap_s: int = 14_400
    cameras_max: int = 16
    request_lapse_s: int = 600
    escalation_s: tuple[int, ...] = (30, 60, 120)
    """An unanswered request calls a further post at each of these ages."""
    crisis_cap_s: int = 21_600
    """A declared crisis ends this long after it was proposed, at the latest."""
    crisis_confirm_s: int = 300
    """How long the other side has to confirm it."""
    idle_release_s: int = 300
    """A grant nobody watches for so long is given back."""
    looks_max: int = 8
    """One person looks at one camera of a grant at so many screens at once."""
    events_sockets_max: int = 24
    """One person has so many pages open at once."""
    recent_s: int = 3_600
    """How old an authentication at the provider may be to approve, and for what else needs a recent one."""

    def limits(self) -> Limits:
        """As the rules want them.

        Raises:
            ValueError: the numbers contradict each other.
        """
        return Limits(**self.model_dump())


class TemplateSettings(BaseModel):
    """Ready words of one side (`core.talkrules.Template`)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    code: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
    side: Literal[Side.HOSPITAL, Side.CITY]
    kind: MessageKind = MessageKind.TEXT
    fr: str
    en: str


class PatternSettings(BaseModel):
    """What a text must not contain: a regular expression on the text without accents, in any case."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reason: Reason
    regex: Annotated[str, Field(min_length=1)]


class TalkSettings(BaseModel):
    """What the rooms say to each other during a grant (`core.talkrules`)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    text_max: Annotated[int, Field(ge=20, le=500)] = 140
    """Characters of a text."""
    sends_max: Annotated[int, Field(ge=1)] = 20
    """Messages a person may send in a minute."""
    kept_days: Annotated[int, Field(ge=0, le=365)] = 30
    """How long texts can be read after their grant ended; then they are erased."""
    templates: Annotated[tuple[TemplateSettings, ...], Field(max_length=40)] | None = None
    """Instead of the published ready words."""
    patterns: tuple[PatternSettings, ...] = ()
    """Beside the published patterns."""
    words: dict[Reason, tuple[str, ...]] = {}
    """More words that are signs of a patient; `*` at the end: a beginning."""
    without: frozenset[Reason] = frozenset()
    """Published patterns that are not looked for here."""

    @model_validator(mode="after")
    def _possible(self) -> Self:
        """Ready words that could not be written, or a broken pattern, stop the start."""
        self.rules()
        return self

    def rules(self) -> TalkRules:
        """As the flow wants them.

        Raises:
            ValueError: a template or pattern that cannot be.
        """
        published = tuple(one for one in PATTERNS if one.reason not in self.without)
        own = tuple(Pattern(one.reason, one.regex) for one in self.patterns)
        words = tuple(words_pattern(reason, listed) for reason, listed in self.words.items() if listed)
        templates = (
            TEMPLATES
            if self.templates is None
            else tuple(Template(**one.model_dump()) for one in self.templates)
        )
        for template in templates:
            for said in (template.fr, template.en):
                try:
                    written(said, self.text_max)
                except Invalid as error:
                    raise ValueError(f"template {template.code}: {error.reason.value}") from error
        return TalkRules(
            text_max=self.text_max,
            sends_max=self.sends_max,
            kept_for=timedelta(days=self.kept_days),
            templates=templates,
            patterns=(*own, *words, *published),
        )


class WatermarkSettings(BaseModel):
    """What is written into the pictures beside organisation, grant, camera and time."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    person: bool = False
    """The person who watches: one more encoding for each person and camera (0.2 of a core at 720p)."""


class CameraSettings(BaseModel):
    """The city's cameras."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    networks: tuple[IPvAnyNetwork, ...] = ()
    """Where they may be: nothing outside is connected to, whatever an address or its name says. Nor is, even
    if named here, this machine, link-local, multicast and metadata addresses, and IPv6 that carries IPv4."""
    round_s: Annotated[int, Field(ge=0, le=86_400)] = 300
    """How often each is asked whether it is there (`media/rounds`); 0: never."""


class MediaSettings(BaseModel):
    """Media nodes."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    beside: bool = True
    """`crisislink serve` carries pictures itself. False: nodes on other hosts do (`crisislink media`)."""
    public_url: HttpUrl | None = None
    """Where browsers reach the node of this process; the service's own address when not given."""
    nodes: tuple[HttpUrl, ...] = ()
    """The public addresses of all nodes on other hosts. Pages open streams to no other."""
    capacity: Annotated[int, Field(ge=1)] = 24
    """Camera streams this node can carry: about six for each core at 720p."""


class Settings(BaseSettings):
    """Everything `crisislink serve` needs."""

    model_config = SettingsConfigDict(
        env_prefix="CRISISLINK_",
        env_nested_delimiter="__",
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,  # a secret under a misspelt name is still one
    )

    public_url: HttpUrl
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65_535)] = 8400
    data_dir: Path
    key_file: Path
    database_url: SecretStr | None = None
    """PostgreSQL, `postgresql://…`. Without it: a file in `data_dir` (SQLite), for one process."""
    redis_url: SecretStr | None = None
    """Redis or Valkey (`redis://`, `rediss://`, `unix://`), where more than one process serves."""
    proxies: tuple[IPvAnyNetwork, ...] = (IPv4Network("127.0.0.1/32"), IPv6Network("::1/128"))
    """Front proxies whose word on where a caller comes from (`X-Forwarded-For`) counts; no other's."""
    client_certificates: bool = False
    """These proxies tell which certificate a caller showed (`Client-Cert`, RFC 9440), and drop what callers
    write there. True where they do not drop it: bound tokens would serve whoever finds them."""
    pace: Annotated[int, Field(ge=1, le=100_000)] = 1
    """How many times what `web/pace.py` allows is allowed: where very many people share an address."""
    providers: Annotated[tuple[ProviderSettings, ...], Field(min_length=1)]
    sessions: SessionSettings = SessionSettings()
    rules: RuleSettings = RuleSettings()
    talk: TalkSettings = TalkSettings()
    watermark: WatermarkSettings = WatermarkSettings()
    media: MediaSettings = MediaSettings()
    cameras: CameraSettings = CameraSettings()
    map: MapSettings = MapSettings()
    log_level: Level = "warning"
    """What is printed (`docs/logs.md`): trouble only, or also what goes as it should."""
    containment: Literal["prefer", "require"] = "prefer"
    """`require`: the service does not start where camera processes cannot be confined completely."""
    demo: bool = False

    @model_validator(mode="after")
    def _machines(self) -> Self:
        """What could never let a machine in, or would show a token to a stranger, stops the start."""
        vouching = [p.machines for p in self.providers if p.machines is not None]
        if sum(machines.tokens == "opaque" for machines in vouching) > 1:
            raise ValueError("one provider may give opaque tokens: of two, each would be shown the other's")
        if any(machines.bound for machines in vouching) and not self.client_certificates:
            raise ValueError("machines.bound needs client_certificates: nobody says who showed which")
        return self

    @property
    def node_url(self) -> str:
        """Where browsers reach the media node of this process."""
        return str(self.media.public_url or self.public_url).rstrip("/")

    @property
    def database(self) -> Path:
        """The SQLite file."""
        return self.data_dir / "crisislink.db"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Values given in code first, then the environment."""
        del settings_cls, dotenv_settings, file_secret_settings
        return init_settings, env_settings


def load(path: Path) -> Settings:
    """Settings from a TOML file, overridden by the environment.

    Raises:
        pydantic.ValidationError: a value is missing, unknown or out of range.
        OSError: the file cannot be read.
        tomllib.TOMLDecodeError: the file is not TOML.
    """

    class FromFile(Settings):
        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],
            init_settings: PydanticBaseSettingsSource,
            env_settings: PydanticBaseSettingsSource,
            dotenv_settings: PydanticBaseSettingsSource,
            file_secret_settings: PydanticBaseSettingsSource,
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            del init_settings, dotenv_settings, file_secret_settings
            return env_settings, TomlConfigSettingsSource(settings_cls, path)

    if not path.is_file():
        raise FileNotFoundError(path)
    return FromFile()
