"""What can go wrong, without HTTP.

    CrisisLinkError
    ├── Invalid           the input breaks a rule of form or range
    ├── Unauthenticated   nobody, or nobody any more
    ├── Denied            somebody, but not allowed; always leaves a register entry
    ├── NotFound          absent, or not visible to the asker: both look alike from outside
    ├── Conflict          true a moment ago, no longer; or the same command twice with other content
    ├── Expired           a ticket, a request or a grant whose time is over
    └── Unavailable       an outside part does not answer; nothing was done (but `CUT_UNCONFIRMED`)

Every error carries a `Reason`: a closed list of codes whose words (French, English, what to do) live
in `web/problems.py`. A reason without words fails a test.
"""

from enum import StrEnum
from typing import ClassVar


class Reason(StrEnum):
    """Why something was refused. Codes are stable: they appear in the register and in the API."""

    # Invalid
    MALFORMED = "malformed"
    COORDINATES = "coordinates"
    DURATION = "duration"
    CAMERAS_EMPTY = "cameras_empty"
    CAMERAS_TOO_MANY = "cameras_too_many"
    CAMERAS_OWNERS_MIXED = "cameras_owners_mixed"
    CAMERAS_NOT_REQUESTED = "cameras_not_requested"
    EXTENSION_WHOLE = "extension_whole"
    PERIMETER = "perimeter"
    CAMERA_OUTSIDE_PERIMETER = "camera_outside_perimeter"
    BODY_TOO_LARGE = "body_too_large"
    ROSTER_ROWS = "roster_rows"
    CAMERA_FIXED = "camera_fixed"
    TEXT_CHARACTERS = "text_characters"
    TEXT_LENGTH = "text_length"
    PATIENT_NAME = "patient_name"
    PATIENT_BIRTH = "patient_birth"
    PATIENT_NIR = "patient_nir"
    PATIENT_CONTACT = "patient_contact"
    PATIENT_AGE = "patient_age"
    PATIENT_MEDICAL = "patient_medical"
    PATIENT_HOME = "patient_home"
    BODY_TOO_SLOW = "body_too_slow"
    # Unauthenticated
    SIGN_IN = "sign_in"
    LOGIN_FAILED = "login_failed"
    BEARER = "bearer"
    CERTIFICATE = "certificate"
    EMBEDDED_OVER = "embedded_over"
    # Denied
    ROLE = "role"
    SCOPE = "scope"
    OTHER_ORGANISATION = "other_organisation"
    SELF_APPROVAL = "self_approval"
    NO_HABILITATION = "no_habilitation"
    STEP_UP = "step_up"
    NO_LEGAL_BASIS = "no_legal_basis"
    OUTSIDE_LEGAL_BASIS = "outside_legal_basis"
    PURPOSE_NOT_COVERED = "purpose_not_covered"
    PERIMETER_OUTSIDE_ACT = "perimeter_outside_act"
    OTHER_SIDE_CONFIRMS = "other_side_confirms"
    CAMERA_NOT_SHAREABLE = "camera_not_shareable"
    MASK_MISSING = "mask_missing"
    MASK_UNVALIDATED = "mask_unvalidated"
    CAMERA_SUSPENDED = "camera_suspended"
    REAL_IN_EXERCISE = "real_in_exercise"
    SYNTHETIC_IN_EARNEST = "synthetic_in_earnest"
    SHARING_STOPPED = "sharing_stopped"
    WRONG_ORIGIN = "wrong_origin"
    EMBEDDING = "embedding"
    LAUNCH_PERSON = "launch_person"
    LAUNCH_CODE = "launch_code"
    STALE_EPOCH = "stale_epoch"
    TICKET = "ticket"
    GRANT_OVER = "grant_over"
    INCIDENT_CLOSED = "incident_closed"
    HANDED_OVER = "handed_over"
    NOT_HOLDER = "not_holder"
    # NotFound, Conflict, Expired, Unavailable
    NOT_FOUND = "not_found"
    METHOD = "method"
    ALREADY_DECIDED = "already_decided"
    ALREADY_OVER = "already_over"
    ALREADY_ASKED = "already_asked"
    HANDED_ON = "handed_on"
    HANDOVER_ASKED = "handover_asked"
    HABILITATION_OVER = "habilitation_over"
    LAST_ADMINISTRATOR = "last_administrator"
    ALREADY_ANSWERED = "already_answered"
    VERSION = "version"
    IDEMPOTENCY = "idempotency"
    REQUEST_LAPSED = "request_lapsed"
    CRISIS_LAPSED = "crisis_lapsed"
    STORE = "store"
    CLOCK = "clock"
    NO_NODE = "no_node"
    CUT_UNCONFIRMED = "cut_unconfirmed"
    IDENTITY_PROVIDER = "identity_provider"
    TOKEN_CHECK = "token_check"  # noqa: S105 - no secret
    TOO_MANY = "too_many"
    MAP_TILES = "map_tiles"
    INTERNAL = "internal"


class CrisisLinkError(Exception):
    """Base of all errors of the domain. `facts` fill the placeholders of the words."""

    reason: Reason
    default: ClassVar[Reason] = Reason.INTERNAL

    def __init__(self, reason: Reason | None = None, **facts: str | int) -> None:
        self.reason = reason or self.default
        self.facts = facts
        super().__init__(self.reason.value)


class Invalid(CrisisLinkError):
    """The input breaks a rule of form or range. Nothing was done."""

    default = Reason.MALFORMED


class Unauthenticated(CrisisLinkError):
    """Nobody is signed in, or the session is over."""

    default = Reason.SIGN_IN


class Denied(CrisisLinkError):
    """A known person tried something they may not do. The attempt is in the register."""

    default = Reason.ROLE


class NotFound(CrisisLinkError):
    """Absent, or not for this asker to know of."""

    default = Reason.NOT_FOUND


class Conflict(CrisisLinkError):
    """The state moved on between reading and deciding."""

    default = Reason.VERSION


class Expired(CrisisLinkError):
    """Its time is over."""

    default = Reason.REQUEST_LAPSED


class Unavailable(CrisisLinkError):
    """Something outside does not answer. Nothing was done, or the reason says what; trying again is safe."""

    default = Reason.STORE
