"""Births: whoever is cancelled halfway, each worker's socket and pidfd belong together, and none is left."""

import asyncio
import os
import re
from pathlib import Path

from crisislink.media.nursery import NICENESS, Nursery


def pid_of(pidfd: int) -> int:
    """The process a pidfd names (-1: it is gone)."""
    found = re.search(r"^Pid:\s+(-?\d+)", Path(f"/proc/self/fdinfo/{pidfd}").read_text(), re.MULTILINE)
    assert found is not None
    return int(found[1])


async def test_a_cancelled_birth_does_not_cross_two_workers() -> None:
    async with Nursery.started() as nursery:
        for turn in range(12):
            cancelled = asyncio.create_task(nursery.bear())
            await asyncio.sleep(0.0005 * turn)
            cancelled.cancel()
            await asyncio.gather(cancelled, return_exceptions=True)
            if cancelled.cancelled() is False:  # it was faster
                connection, line, _, pidfd = cancelled.result()
                connection.close()
                line.close()
                os.close(pidfd)
            connection, line, pid, pidfd = await nursery.bear()
            assert pid_of(pidfd) in {pid, -1}
            connection.close()
            line.close()
            os.close(pidfd)


async def test_workers_leave_the_processor_to_leases_and_cuts() -> None:
    """On a busy machine pictures are late first, not the service that ends them."""
    async with Nursery.started() as nursery:
        connection, line, pid, pidfd = await nursery.bear()
        with connection, line:
            own = os.getpriority(os.PRIO_PROCESS, 0)
            assert os.getpriority(os.PRIO_PROCESS, pid) == min(19, own + NICENESS)
        os.close(pidfd)


async def test_children_that_die_at_once_do_not_end_the_nursery() -> None:
    async with Nursery.started() as nursery:
        process = nursery._process
        assert process is not None
        for _ in range(20):
            connection, line, _, pidfd = await nursery.bear()
            line.close()
            connection.close()  # the worker reads the end of its socket and exits
            os.close(pidfd)
        assert process.returncode is None
