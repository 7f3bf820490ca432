"""What no database keeps in a text is refused at the door, as the caller's fault and not the store's."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from crisislink.core.actors import Role
from crisislink.web.operations import OPERATIONS, Operation
from tests.servers import database
from tests.web.matrix import BODIES, CALLERS
from tests.web.test_matrix import Town, open_town

WHO = {role: who for who in CALLERS if who is not None for role in who.roles}
LOGIN_FAILED = "/?problem=login_failed"


@pytest.fixture(params=["sqlite", "postgresql"])
async def town(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Town]:
    with database(request) as its:
        async with open_town(tmp_path, its) as made:
            yield made


def asked_for(operation: Operation) -> list[tuple[str, str]]:
    """Addresses and bodies with a NUL in one place each."""
    path, named, _ = operation.path.partition("{")
    its = BODIES.get(f"{operation.method} {operation.path}", {})
    asked = [(path + "x%00" + operation.path.partition("}")[2], json.dumps(its))] if named else []
    if operation.query is not None:
        asked.append((f"{operation.path}?q=%00&kind=%00", ""))
    if operation.body is not None:
        whole = path + "x" + operation.path.partition("}")[2] if named else path
        asked.append((whole, json.dumps(_struck(its))))
    return asked


async def test_a_nul_anywhere_is_the_callers_fault(town: Town) -> None:
    for operation in OPERATIONS:
        if operation.roles is None:
            continue
        who = WHO[min(operation.roles or set(Role))]
        for address, body in asked_for(operation):
            answer = await town.http.request(
                operation.method,
                address,
                content=body if operation.method == "POST" else None,
                headers=town.of(who) | {"content-type": "application/json"},
            )
            assert 400 <= answer.status_code < 500, (operation.id, address, answer.text)


async def test_a_nul_in_a_state_is_no_state_of_ours(town: Town) -> None:
    for address in ("/auth/callback/hopital?state=%00&code=x", "/auth/signed-out/hopital?state=%00"):
        assert (await town.http.get(address)).headers["location"] == LOGIN_FAILED


def _struck(value: object) -> object:
    """The same with a NUL in every text."""
    if isinstance(value, str):
        return value + "\0"
    if isinstance(value, list):
        return [_struck(one) for one in value]
    return {name: _struck(one) for name, one in value.items()} if isinstance(value, dict) else value
