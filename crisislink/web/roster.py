"""The roster of habilitations, for each organisation's own administrators."""

from datetime import datetime

from crisislink.core.actors import Habilitation, Role
from crisislink.core.days import first_day, last_day
from crisislink.core.ids import HabilitationId, PersonId
from crisislink.core.roster import Line, Outcome, Plan
from crisislink.core.rosterfile import Column, Row, tidied
from crisislink.flow import newcomers, roster
from crisislink.web import rostermodels as rm
from crisislink.web.calls import Call, Download
from crisislink.web.rosterwords import row_error


async def listing(call: Call) -> rm.RosterView:
    """Everybody, and all they hold or held."""
    there, now = await roster.listed(call.ports, call.actor), call.ports.clock.now()
    return rm.RosterView(
        organisation=there.organisation.id,
        roles=[role for role in Role if there.organisation.side in role.sides],
        today=first_day(now).partition(" ")[0],
        members=[
            rm.MemberView(id=p.id, name=p.display_name, post=p.post, bound=p.subject is not None)
            for p in there.persons
        ],
        habilitations=[_habilitation(h, now) for h in there.habilitations],
    )


async def export(call: Call) -> Download:
    """The same as a file."""
    content = await roster.exported(call.ports, call.actor)
    return Download(content, f"habilitations-{first_day(call.ports.clock.now()).partition(' ')[0]}.csv")


async def give(call: Call) -> rm.HabilitationView:
    """One more."""
    asked: rm.NewHabilitation = call.body
    cells = {
        Column.NAME: asked.name,
        Column.POST: asked.post,
        Column.SUBJECT: asked.identifier,
        Column.ROLE: asked.role.value,
        Column.DESIGNATED_BY: asked.designated_by,
        Column.ACT: asked.act,
        Column.FROM: asked.first_day,
        Column.UNTIL: asked.last_day,
    }
    row = Row(0, {column: tidied(cell) for column, cell in cells.items()})
    person = None if asked.person is None else PersonId(asked.person)
    given = await roster.give(call.ports, call.actor, row, person, call.command)
    return _habilitation(given, call.ports.clock.now())


async def move_end(call: Call) -> rm.HabilitationView:
    """Another last day."""
    asked: rm.NewEnd = call.body
    moved = await roster.move_end(
        call.ports, call.actor, HabilitationId(call.path["habilitation"]), asked.last_day, was=asked.was
    )
    return _habilitation(moved, call.ports.clock.now())


async def withdraw(call: Call) -> rm.HabilitationView:
    """Now."""
    named = HabilitationId(call.path["habilitation"])
    return _habilitation(await roster.withdraw(call.ports, call.actor, named), call.ports.clock.now())


async def newcomer(call: Call) -> rm.NewcomerView:
    """Who came with a reference."""
    reference = call.path["reference"]
    found = await newcomers.found(call.ports, call.actor, reference)
    return rm.NewcomerView(reference=reference, name=found.name)


async def bind(call: Call) -> rm.MemberView:
    """They are this person."""
    asked: rm.Binding = call.body
    bound = await newcomers.bind(call.ports, call.actor, PersonId(call.path["person"]), asked.reference)
    return rm.MemberView(id=bound.id, name=bound.display_name, post=bound.post, bound=True)


async def preview(call: Call) -> rm.PlanView:
    """What a file would do."""
    asked: rm.RosterFile = call.body
    return plan_view(await roster.preview(call.ports, call.actor, asked.content))


async def confirm(call: Call) -> rm.ImportedView:
    """Do that."""
    asked: rm.ConfirmedFile = call.body
    done = await roster.confirm(call.ports, call.actor, asked.content, asked.digest, call.command)
    return rm.ImportedView(persons=done.persons, given=done.given)


def plan_view(plan: Plan) -> rm.PlanView:
    """As the API says it."""
    outcomes = [line.outcome for line in plan.lines]
    return rm.PlanView(
        digest=plan.digest,
        lines=[_line(line) for line in plan.lines],
        persons=len({line.who for line in plan.lines if line.outcome is Outcome.NEW_PERSON}),
        given=outcomes.count(Outcome.NEW) + outcomes.count(Outcome.NEW_PERSON),
        unchanged=outcomes.count(Outcome.UNCHANGED),
        wrong=outcomes.count(None),
    )


def _line(line: Line) -> rm.PlanLine:
    asked = line.proposal
    return rm.PlanLine(
        line=line.line,
        cells=dict(line.row.cells),
        role=None if asked is None else asked.role,
        first_day=None if asked is None else first_day(asked.valid_from),
        last_day=None if asked is None else last_day(asked.valid_until),
        outcome=line.outcome,
        errors=[row_error(error) for error in line.errors],
    )


def _habilitation(held: Habilitation, now: datetime) -> rm.HabilitationView:
    return rm.HabilitationView(
        id=held.id,
        person=held.person,
        role=held.role,
        designated_by=held.designated_by,
        act=held.act,
        valid_until=held.valid_until,
        first_day=first_day(held.valid_from),
        last_day=last_day(held.valid_until),
        withdrawn_at=held.withdrawn_at,
        standing=_standing(held, now),
    )


def _standing(held: Habilitation, now: datetime) -> rm.Standing:
    if held.withdrawn_at is not None and held.withdrawn_at < held.valid_until:
        return "withdrawn"
    if now < held.valid_from:
        return "future"
    return "in_force" if held.in_force(now) else "ended"
