"""What the rooms said: its rows, and the reads of `flow.ports.Conversations`. The words are sealed."""

from abc import ABC, abstractmethod
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, Select, Table, literal_column, select

from crisislink.adapters.secrets import Vault
from crisislink.adapters.sql import schema
from crisislink.core.conversation import Answer, Message, Obstacle
from crisislink.core.ids import GrantId, MessageId
from crisislink.core.talkrules import MessageKind


def message_row(value: Message, vault: Vault) -> dict[str, Any]:
    """To the table `message`."""
    return {
        "id": value.id,
        "grant_id": value.grant,
        "beneficiary": value.beneficiary,
        "owner": value.owner,
        "camera": value.camera,
        "author": value.author,
        "organisation": value.organisation,
        "kind": value.kind.value,
        "sealed": None if value.words is None else vault.seal_words(value.id, value.words),
        "sent_at": value.sent_at,
        "answer": None if value.answer is None else value.answer.value,
        "obstacle": None if value.obstacle is None else value.obstacle.value,
        "answered_by": value.answered_by,
        "answered_at": value.answered_at,
        "version": value.version,
    }


def message(row: RowMapping, vault: Vault | None) -> Message:
    """From the table `message`; without a vault, without its words."""
    sealed = row["sealed"]
    return Message(
        id=row["id"],
        grant=row["grant_id"],
        beneficiary=row["beneficiary"],
        owner=row["owner"],
        camera=row["camera"],
        author=row["author"],
        organisation=row["organisation"],
        kind=MessageKind(row["kind"]),
        words=None if vault is None or sealed is None else vault.open_words(row["id"], sealed),
        sent_at=row["sent_at"],
        answer=None if row["answer"] is None else Answer(row["answer"]),
        obstacle=None if row["obstacle"] is None else Obstacle(row["obstacle"]),
        answered_by=row["answered_by"],
        answered_at=row["answered_at"],
        version=row["version"],
    )


class ConversationReads(ABC):
    """Part of `adapters.sql.work.SqlWork`, which says how a statement is run."""

    _vault: Vault

    @abstractmethod
    async def _all(self, statement: Select[Any]) -> Sequence[RowMapping]: ...

    @abstractmethod
    async def _one(self, table: Table, id: str) -> RowMapping: ...

    async def message(self, id: MessageId) -> Message:
        """See `flow.ports.Conversations`."""
        return message(await self._one(schema.message, id), self._vault)

    async def messages(self, grants: Collection[GrantId], *, limit: int) -> Sequence[Message]:
        """See `flow.ports.Conversations`. Identifiers grow with time."""
        table = schema.message
        statement = select(table).where(table.c.grant_id.in_(grants)).order_by(table.c.id.desc()).limit(limit)
        found = await self._all(statement) if grants else ()
        return [message(row, self._vault) for row in reversed(found)]

    async def words_kept_of(self, ended_before: datetime, *, limit: int) -> Sequence[Message]:
        """See `flow.ports.Conversations`."""
        table, grant = schema.message, schema.access_grant
        still: ColumnElement[bool] = literal_column(schema.WORDS_KEPT)
        due = select(table.c.grant_id).join(grant).where(still, grant.c.ending_at <= ended_before).limit(1)
        statement = select(table).where(still, table.c.grant_id.in_(due)).limit(limit)
        return [message(row, None) for row in await self._all(statement)]
