"""The roster of habilitations of one organisation: what a file or a form asks, judged line by line.

    row ──read──▶ proposal ──judged against the roster and the other lines──▶ line of a plan

A plan says exactly what would be written; nothing here writes. Nobody habilitates themselves, an
administrator holds no other role, dispatch software no role of a person's. A person is known by what their
provider calls them (`subject`), never by an e-mail address; a name alone finds only a person of the same
organisation, and only where it is one person's.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from crisislink.core.actors import Habilitation, Organisation, Person, Role
from crisislink.core.days import end_instant, first_day, first_instant, last_day
from crisislink.core.errors import Invalid, Reason
from crisislink.core.ids import PersonId
from crisislink.core.rosterfile import MAX_CHARS, NEEDED, Column, FileFault, Row, simple

MACHINE = "client:"
"""How the subject of dispatch software begins (`flow.machines`)."""

ROLE_WORDS: Mapping[Role, tuple[str, ...]] = {
    Role.REGULATOR: ("régulateur", "médecin régulateur", "ARM", "assistant de régulation médicale"),
    Role.SAMU_SUPERVISOR: ("superviseur SAMU", "directeur médical de crise"),
    Role.CAMERA_OPERATOR: ("opérateur vidéo", "opérateur"),
    Role.ROOM_SUPERVISOR: ("chef de salle",),
    Role.AUDITOR: ("auditeur", "commission", "DPO"),
    Role.ADMINISTRATOR: ("administrateur", "DSI"),
    Role.DISPATCH_SYSTEM: ("logiciel de régulation", "LRM"),
}
"""How a role may be written beside its code; the first is how it is written."""
_ROLES = {simple(word): role for role, words in ROLE_WORDS.items() for word in (role.value, *words)}


class RowFault(StrEnum):
    """What is wrong with a line. Its words are in `web/rosterwords.py`."""

    MISSING = "missing"
    TOO_LONG = "too_long"
    CHARACTERS = "characters"
    BEYOND = "beyond"
    ROLE_UNKNOWN = "role_unknown"
    ROLE_ELSEWHERE = "role_elsewhere"
    DATE = "date"
    DATE_ORDER = "date_order"
    PAST = "past"
    OTHER_ORGANISATION = "other_organisation"
    SUBJECT_TAKEN = "subject_taken"
    SUBJECT_NAME = "subject_name"
    NAME_AMBIGUOUS = "name_ambiguous"
    NAME_UNBOUND = "name_unbound"
    DUPLICATE = "duplicate"
    OVERLAP = "overlap"
    WITHDRAWN = "withdrawn"
    SELF = "self"
    ADMINISTRATOR_ALONE = "administrator_alone"
    MACHINE_ALONE = "machine_alone"


Fault = RowFault | FileFault


@dataclass(frozen=True, slots=True)
class RowError:
    """One thing to correct: where, what, and the line or day it clashes with. Line 0: a form, not a file."""

    line: int
    column: Column | None
    fault: Fault
    clash: str | None = None


class BadRows(Invalid):
    """Lines of a roster that cannot be written as they are. Nothing was."""

    default = Reason.ROSTER_ROWS

    def __init__(self, rows: Sequence[RowError]) -> None:
        super().__init__()
        self.rows = tuple(rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A habilitation somebody asks for. `subject` None: not said; `person`: chosen from the roster.

    `withdrawn`: the line says so of it, as an exported one does.
    """

    line: int
    name: str
    post: str
    subject: str | None
    role: Role
    designated_by: str
    act: str
    valid_from: datetime
    valid_until: datetime
    withdrawn: bool = False
    person: PersonId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Roster:
    """What is known. `elsewhere`: subjects of this issuer that persons of other organisations have."""

    organisation: Organisation
    issuer: str
    persons: Sequence[Person]
    habilitations: Sequence[Habilitation]
    elsewhere: frozenset[str] = frozenset()


class Outcome(StrEnum):
    """What a line would do."""

    NEW_PERSON = "new_person"
    NEW = "new"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a plan. `person` None: a new one, the same for all lines with the same `who`."""

    line: int
    row: Row
    proposal: Proposal | None = None
    person: PersonId | None = None
    who: str = ""
    outcome: Outcome | None = None
    errors: tuple[RowError, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """All lines, in order. `digest` names exactly what would be written, and into which roster."""

    lines: tuple[Line, ...]
    digest: str

    @property
    def errors(self) -> tuple[RowError, ...]:
        """Of all lines."""
        return tuple(error for line in self.lines for error in line.errors)


class _Book:
    """The roster, looked up by name and subject, and what earlier lines of the same file would add to it."""

    def __init__(self, roster: Roster) -> None:
        self.issuer, self.elsewhere = roster.issuer, roster.elsewhere
        self.by_id = {p.id: p for p in roster.persons}
        self.by_subject = {p.subject: p for p in roster.persons if p.issuer == roster.issuer and p.subject}
        self.by_name: dict[str, list[Person]] = {}
        for person in roster.persons:
            self.by_name.setdefault(_plain(person.display_name), []).append(person)
        self.held: dict[PersonId, list[Habilitation]] = {}
        for one in roster.habilitations:
            self.held.setdefault(one.person, []).append(one)
        self.asked: dict[str, list[Proposal]] = {}
        self.new: dict[str, set[str]] = {}
        """New persons of the file: by their plain name, what they are called among the lines."""


def plan(roster: Roster, rows: Iterable[Row], *, by: PersonId | None, now: datetime) -> Plan:
    """What these rows would do. `by`: the administrator who asks; None: whoever runs the service itself."""
    book, lines = _Book(roster), []
    for row in rows:
        proposal, errors = proposed(row, roster.organisation)
        if proposal is None:
            lines.append(Line(line=row.line, row=row, errors=errors))
        else:
            lines.append(_judged(book, row, proposal, by=by, now=now))
    return Plan(lines=tuple(lines), digest=_digest(roster, lines))


def proposed(row: Row, organisation: Organisation) -> tuple[Proposal | None, tuple[RowError, ...]]:
    """The row as a proposal; None where a cell cannot be read, and all that cannot."""
    role = _ROLES.get(simple(row[Column.ROLE]))
    begins, ends = first_instant(row[Column.FROM]), end_instant(row[Column.UNTIL])
    wrong = [
        RowError(row.line, *fault) for fault in (*_form(row), *_sense(row, organisation, role, begins, ends))
    ]
    if wrong or role is None or begins is None or ends is None:
        return None, tuple(wrong)
    return (
        Proposal(
            line=row.line,
            name=row[Column.NAME],
            post=row[Column.POST],
            subject=row[Column.SUBJECT] or None,
            role=role,
            designated_by=row[Column.DESIGNATED_BY],
            act=row[Column.ACT],
            valid_from=begins,
            valid_until=ends,
            withdrawn=bool(row[Column.WITHDRAWN]),
        ),
        (),
    )


def _form(row: Row) -> Iterator[tuple[Column | None, RowFault]]:
    for column, cell in row.cells.items():
        if len(cell) > MAX_CHARS[column]:
            yield column, RowFault.TOO_LONG
        elif not cell.isprintable():
            yield column, RowFault.CHARACTERS
    for column in NEEDED:
        if not row[column]:
            yield column, RowFault.MISSING
    if row.beyond:
        yield None, RowFault.BEYOND


def _sense(
    row: Row, organisation: Organisation, role: Role | None, begins: datetime | None, ends: datetime | None
) -> Iterator[tuple[Column | None, RowFault]]:
    own = (organisation.id, organisation.name, organisation.short_name)
    if row[Column.ORGANISATION] and simple(row[Column.ORGANISATION]) not in map(simple, own):
        yield Column.ORGANISATION, RowFault.OTHER_ORGANISATION
    if role is None and row[Column.ROLE]:
        yield Column.ROLE, RowFault.ROLE_UNKNOWN
    if role is not None and organisation.side not in role.sides:
        yield Column.ROLE, RowFault.ROLE_ELSEWHERE
    for column, at in ((Column.FROM, begins), (Column.UNTIL, ends)):
        if at is None and row[column]:
            yield column, RowFault.DATE
    if begins is not None and ends is not None and ends <= begins:
        yield Column.UNTIL, RowFault.DATE_ORDER


def judged(roster: Roster, proposal: Proposal, *, by: PersonId | None, now: datetime) -> Line:
    """One proposal alone, as a line of a plan."""
    return _judged(_Book(roster), Row(proposal.line, {}), proposal, by=by, now=now)


def _judged(book: _Book, row: Row, asked: Proposal, *, by: PersonId | None, now: datetime) -> Line:
    person, who, errors = _whose(book, asked)
    held = [] if person is None else book.held.get(person.id, [])
    before = book.asked.setdefault(who, [])
    outcome = Outcome.NEW_PERSON if person is None else Outcome.NEW
    if not errors and any(_same(asked, h) for h in held):
        outcome = Outcome.UNCHANGED
    elif not errors:
        errors += _clashes(asked, asked.subject if person is None else person.subject, held, before)
        errors += _forbidden(asked, person, by=by, now=now)
    before.append(asked)
    return Line(
        line=asked.line,
        row=row,
        proposal=asked,
        person=None if person is None else person.id,
        who=who,
        outcome=None if errors else outcome,
        errors=tuple(errors),
    )


def _forbidden(
    asked: Proposal, person: Person | None, *, by: PersonId | None, now: datetime
) -> list[RowError]:
    wrong = []
    if asked.withdrawn:
        wrong.append(RowError(asked.line, Column.WITHDRAWN, RowFault.WITHDRAWN))
    if asked.valid_until <= now:
        wrong.append(RowError(asked.line, Column.UNTIL, RowFault.PAST))
    if person is not None and person.id == by:
        wrong.append(RowError(asked.line, Column.NAME, RowFault.SELF))
    return wrong


def _whose(book: _Book, asked: Proposal) -> tuple[Person | None, str, list[RowError]]:
    """The person, or None for one whom the roster does not know; what to call them among the lines."""
    if asked.person is not None:
        return book.by_id[asked.person], asked.person, []
    plain = _plain(asked.name)
    named, new = book.by_name.get(plain, []), book.new.setdefault(plain, set())
    who = f"name:{plain}" if asked.subject is None else f"subject:{asked.subject}"
    known = None if asked.subject is None else book.by_subject.get(asked.subject)
    fault = None
    if asked.subject is None:
        if len(named) == 1 and not new:
            return named[0], named[0].id, []
        if not named and len(new) <= 1:
            who = next(iter(new), who)
        else:
            fault = (Column.NAME, RowFault.NAME_AMBIGUOUS)
    elif known is not None:
        who = known.id
        if _plain(known.display_name) != plain:
            fault = (Column.SUBJECT, RowFault.SUBJECT_NAME)
    elif asked.subject in book.elsewhere:
        fault = (Column.SUBJECT, RowFault.SUBJECT_TAKEN)
    elif any(p.subject is None for p in named):
        fault = (Column.SUBJECT, RowFault.NAME_UNBOUND)
    elif any(who in others for name, others in book.new.items() if name != plain):
        fault = (Column.SUBJECT, RowFault.SUBJECT_NAME)
    elif f"name:{plain}" in new:
        fault = (Column.NAME, RowFault.NAME_AMBIGUOUS)
    if known is None:
        new.add(who)
    return known, who, [] if fault is None else [RowError(asked.line, *fault)]


def _plain(name: str) -> str:
    """How names are compared; one without letters only with itself."""
    return simple(name) or name


def _same(asked: Proposal, held: Habilitation) -> bool:
    """Whether it is there already, to the letter."""
    theirs = (held.role, held.designated_by, held.act, held.valid_from, held.valid_until)
    ours = (asked.role, asked.designated_by, asked.act, asked.valid_from, asked.valid_until)
    return theirs == ours and asked.withdrawn == (held.withdrawn_at is not None)


def _clashes(
    asked: Proposal, subject: str | None, held: Sequence[Habilitation], before: Sequence[Proposal]
) -> list[RowError]:
    """With what the person holds, and with earlier lines about them."""
    times = [(h.role, h.valid_from, h.ends_at, _days(h.valid_from, h.ends_at)) for h in held]
    times += [(p.role, p.valid_from, p.valid_until, f"l. {p.line}") for p in before]
    errors = []
    for role, begins, ends, where in times:
        if begins >= min(ends, asked.valid_until) or asked.valid_from >= ends:
            continue
        if role is asked.role:
            same = (begins, ends) == (asked.valid_from, asked.valid_until)
            fault = RowFault.DUPLICATE if same else RowFault.OVERLAP
            errors.append(RowError(asked.line, Column.FROM, fault, where))
        elif Role.ADMINISTRATOR in {role, asked.role}:
            errors.append(RowError(asked.line, Column.ROLE, RowFault.ADMINISTRATOR_ALONE, where))
    machine = subject is not None and subject.startswith(MACHINE)
    if machine != (asked.role is Role.DISPATCH_SYSTEM):
        errors.append(RowError(asked.line, Column.ROLE, RowFault.MACHINE_ALONE))
    return errors


def _days(begins: datetime, ends: datetime) -> str:
    """For people: without the times of day."""
    return " → ".join(written.partition(" ")[0] for written in (first_day(begins), last_day(ends)))


def _digest(roster: Roster, lines: Iterable[Line]) -> str:
    told = [
        (
            line.line,
            line.outcome,
            line.who,
            line.proposal
            and (
                line.proposal.name,
                line.proposal.post,
                line.proposal.subject,
                line.proposal.role,
                line.proposal.designated_by,
                line.proposal.act,
                line.proposal.valid_from.isoformat(),
                line.proposal.valid_until.isoformat(),
            ),
            [(error.column, error.fault) for error in line.errors],
        )
        for line in lines
    ]
    whole = json.dumps([roster.organisation.id, roster.issuer, told], separators=(",", ":"))
    return hashlib.sha256(whole.encode()).hexdigest()


def moved(
    roster: Roster, held: Habilitation, until: datetime, *, by: PersonId | None, now: datetime
) -> tuple[RowError, ...]:
    """Why the end of one that is in force, or will be, cannot be `until`; empty where it can."""
    asked = Proposal(
        line=0,
        name="",
        post="",
        subject=None,
        role=held.role,
        designated_by=held.designated_by,
        act=held.act,
        valid_from=held.valid_from,
        valid_until=until,
        person=held.person,
    )
    if until <= held.valid_from:
        return (RowError(0, Column.UNTIL, RowFault.DATE_ORDER),)
    others = [h for h in roster.habilitations if h.person == held.person and h.id != held.id]
    person = next(p for p in roster.persons if p.id == held.person)
    errors = _clashes(asked, person.subject, others, ())
    if until <= now:
        errors.append(RowError(0, Column.UNTIL, RowFault.PAST))
    if held.person == by and until > held.valid_until:
        errors.append(RowError(0, Column.UNTIL, RowFault.SELF))
    return tuple(errors)


def last_administrator(roster: Roster, held: Habilitation, *, now: datetime) -> bool:
    """Whether nobody who can sign in would administer the organisation without this one."""
    known = {p.id for p in roster.persons if p.subject is not None}
    in_force = [h for h in roster.habilitations if h.role is Role.ADMINISTRATOR and h.in_force(now)]
    return held in in_force and not any(h.person in known for h in in_force if h.person != held.person)


def exported(roster: Roster) -> list[dict[Column, str]]:
    """Every habilitation as a row that `proposed` reads, by name and then by time."""
    persons = {p.id: p for p in roster.persons}
    rows = [(persons[h.person], h) for h in roster.habilitations]
    return [
        {
            Column.NAME: person.display_name,
            Column.POST: person.post,
            Column.SUBJECT: person.subject or "",
            Column.ROLE: ROLE_WORDS[h.role][0],
            Column.ORGANISATION: roster.organisation.id,
            Column.DESIGNATED_BY: h.designated_by,
            Column.ACT: h.act,
            Column.FROM: first_day(h.valid_from),
            Column.UNTIL: last_day(h.valid_until),
            Column.WITHDRAWN: "" if h.withdrawn_at is None else first_day(h.withdrawn_at),
        }
        for person, h in sorted(rows, key=lambda r: (simple(r[0].display_name), r[1].valid_from, r[1].id))
    ]
