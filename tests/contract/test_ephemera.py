"""What every keeper of short-lived values must do."""

from crisislink.adapters.ephemera import InProcessEphemera
from tests.fakes.time import TurnedClock


async def test_a_value_is_taken_once_and_only_in_time() -> None:
    clock = TurnedClock()
    kept = InProcessEphemera(clock)
    await kept.put("a", "1", ttl_s=30)
    assert await kept.take("a") == "1"
    assert await kept.take("a") is None
    await kept.put("a", "2", ttl_s=30)
    clock.advance(30)
    assert await kept.take("a") is None
    assert await kept.take("never") is None


async def test_a_flood_pushes_out_the_oldest_not_the_memory() -> None:
    kept = InProcessEphemera(TurnedClock(), capacity=3)
    for n in range(5):
        await kept.put(str(n), str(n), ttl_s=30)
    assert [await kept.take(str(n)) for n in range(5)] == [None, None, "2", "3", "4"]
