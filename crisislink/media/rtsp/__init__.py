"""Our own way from a camera to access units: RTSP (RFC 2326), RTP (RFC 3550) and its payload formats.

    address    where, with which transport and credentials
    message    bytes ↔ responses, requests of the camera, interleaved packets
    auth       Digest and Basic
    sdp        which track, which codec, which parameter sets
    rtp        packets in order, with what is missing
    nal jpeg   payloads → access units (RFC 6184, 7798; 2435)
    units      where an access unit ends, and what a loss damages
    rtcp       the camera's sender reports, our receiver reports
    capture    when a picture was taken
    pace       how many of them are taken
    track      all of that, for one track
    transport  what SETUP agrees on
    connection session    a socket, and the conversation over it: the only modules here that wait

Everything but the last two is fed with bytes, says `SourceFault` to what is not fit, and gets fuzzed.
FFmpeg's demuxer holds each picture until the next one begins, 40 ms at 25 pictures a second; this ends one at
its marker bit (docs/decisions/0006).
"""
