"""The outside witness: GStreamer's RTSP server, run by the system's Python (Debian: python3-gi).

python3 gstserver.py FILE CODEC [USER PASSWORD]   → prints its port; plays FILE (raw H.264 or H.265) once
"""

import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # noqa: E402

_CAPS = {"h264": "video/x-h264", "hevc": "video/x-h265"}
_PACKED = {"h264": "h264parse ! rtph264pay", "hevc": "h265parse ! rtph265pay"}
_DIGEST = 2  # GstRtsp.RTSPAuthMethod.DIGEST


def _guard(server: "GstRtspServer.RTSPServer", factory: object, user: str, password: str) -> None:
    auth = GstRtspServer.RTSPAuth()
    auth.set_supported_methods(_DIGEST)
    token, permissions = GstRtspServer.RTSPToken(), GstRtspServer.RTSPPermissions()
    token.set_string("media.factory.role", "viewer")
    auth.add_digest(user, password, token)
    for right in ("access", "construct"):
        permissions.add_permission_for_role("viewer", f"media.factory.{right}", True)
    factory.set_permissions(permissions)  # type: ignore[attr-defined]
    server.set_auth(auth)


def main() -> None:
    """Serve until killed."""
    Gst.init(None)
    path, codec, *login = sys.argv[1:]
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service("0")
    factory = GstRtspServer.RTSPMediaFactory()
    source = f"filesrc location={path} ! {_CAPS[codec]},stream-format=byte-stream,framerate=25/1"
    factory.set_launch(f"( {source} ! {_PACKED[codec]} name=pay0 pt=96 )")
    if login:
        _guard(server, factory, *login)
    server.get_mount_points().add_factory("/cam", factory)
    server.attach(None)
    sys.stdout.write(f"{server.get_bound_port()}\n")
    sys.stdout.flush()
    GLib.MainLoop().run()


if __name__ == "__main__":
    main()
