"""Our own way from a camera to access units: RTSP (RFC 2326), RTP (RFC 3550) and its payload formats.

    address    where, with which transport and credentials
    message    bytes ↔ responses, requests of the camera, interleaved packets
    auth       Digest and Basic
    sdp        which track, which codec, which parameter sets
    rtp        packets in order, with what is missing
    h264 h265 jpeg   packets → access units (RFC 6184, 7798, 2435)
    rtcp       the camera's sender reports, our receiver reports
    capture    when a picture was taken
    session    the conversation over a socket: the only module here that waits

Everything but `session` is fed with bytes and says `SourceFault` to what is not fit; it is what gets fuzzed.
FFmpeg's demuxer holds each picture until the next one begins, 40 ms at 25 pictures a second; this ends one at
its marker bit (docs/decisions/0006).
"""
