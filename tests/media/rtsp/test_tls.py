"""rtsps: read where the certificate is trusted and the host's own; refused elsewhere."""

import ssl
from pathlib import Path

import pytest

from crisislink.media.received import SourceFault
from tests.media.cameras import farm
from tests.media.rtsp.reading import LOGIN, certified, of, relay


async def test_rtsps_is_read_where_the_certificate_is_trusted_and_refused_elsewhere(tmp_path: Path) -> None:
    certificate, secret = certified(tmp_path, "localhost")
    served = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    served.load_cert_chain(certificate, secret)
    trusted = ssl.create_default_context(cafile=str(certificate))
    async with farm("gare", credentials=LOGIN) as cameras, relay(cameras, tls=served) as plain:
        url = plain.replace("127.0.0.1", "localhost").replace("rtsp:", "rtsps:")
        units = await of(url, 50, tls=trusted)
        assert len(units) == 50
        assert not any(u.damaged for u in units)
        with pytest.raises(SourceFault, match="not trusted"):
            await of(url, 1, tls=ssl.create_default_context())
        with pytest.raises(SourceFault, match="not trusted"):
            await of(url.replace("localhost", "127.0.0.1"), 1, tls=trusted)
        with pytest.raises(SourceFault, match="no certificates"):
            await of(url, 1)
