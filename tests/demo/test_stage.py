"""A demonstration that another process started ends with it, in order, whatever ended that one."""

import asyncio
import signal
import sys
from contextlib import suppress

import pytest

PARENT = '''
import subprocess, sys
from crisislink.stage import _ends_with_us
child = """
import signal, time
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may have had it ignored
try:
    print("up", flush=True)
    time.sleep(60)
except KeyboardInterrupt: print("in order")
"""
subprocess.run([sys.executable, "-c", child], preexec_fn=_ends_with_us)
'''


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
async def test_it_ends_in_order(how: signal.Signals) -> None:
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PARENT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    assert parent.stdout is not None
    try:
        async with asyncio.timeout(20):
            assert await parent.stdout.readline() == b"up\n"
            parent.send_signal(how)
            assert await parent.stdout.read() == b"in order\n"  # to its end: the child is gone
    finally:
        with suppress(ProcessLookupError):
            parent.kill()
        await parent.wait()
