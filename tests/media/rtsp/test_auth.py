"""Digest and Basic as the RFCs compute them; a wrong password is tried once."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crisislink.media.received import SourceFault
from crisislink.media.rtsp.address import parse
from crisislink.media.rtsp.auth import Credentials

_TAIL = (
    'qop="auth, auth-int", nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", '
    'opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"'
)
_ADDRESS = parse("rtsp://Mufasa:Circle%20of%20Life@cam/dir/index.html")


def _credentials(url: str | None = None, cnonce: str = "0a4f113b") -> Credentials:
    return Credentials(_ADDRESS if url is None else parse(url), cnonce=lambda: cnonce)


def _field(header: str, name: str) -> str:
    for part in header.removeprefix("Digest ").split(", "):
        key, _, value = part.partition("=")
        if key == name:
            return value.strip('"')
    raise AssertionError(name)


def test_nothing_is_said_before_the_camera_asks() -> None:
    assert _credentials().header("DESCRIBE", "rtsp://cam/") == ()


def test_md5_with_qop_is_that_of_rfc_7616() -> None:
    """Section 3.9.1; its example is a GET, and so is this."""
    one = _credentials(cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ")
    one.challenged(
        [
            'Digest realm="http-auth@example.org", algorithm=MD5, ' + _TAIL,
        ]
    )
    [(_, header)] = one.header("GET", "/dir/index.html")
    assert _field(header, "response") == "8ca523f5e9506fed4657c9700eebdbec"
    assert _field(header, "nc") == "00000001"


def test_sha_256_is_that_of_rfc_7616_and_preferred() -> None:
    one = _credentials(cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ")
    realm = 'Digest realm="http-auth@example.org", '
    one.challenged([f"{realm}algorithm=MD5, {_TAIL}", f"{realm}algorithm=SHA-256, {_TAIL}"])
    [(_, header)] = one.header("GET", "/dir/index.html")
    assert _field(header, "response") == "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"


def test_md5_without_qop_is_that_of_rfc_2069() -> None:
    one = Credentials(parse("rtsp://Mufasa:CircleOfLife@cam/"), cnonce=lambda: "x")
    one.challenged(['Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093"'])
    [(_, header)] = one.header("GET", "/dir/index.html")
    assert _field(header, "response") == "1949323746fe6a43ef61f9606e7febea"  # RFC 2069, errata 749


def test_basic_is_used_where_nothing_better_is_offered() -> None:
    one = _credentials()
    one.challenged(['Basic realm="cam"'])
    assert one.header("DESCRIBE", "x") == (("Authorization", "Basic TXVmYXNhOkNpcmNsZSBvZiBMaWZl"),)
    with pytest.raises(SourceFault, match="refuses the password"):
        one.challenged(['Basic realm="cam"'])


def test_a_wrong_password_is_not_tried_again_even_with_a_new_nonce() -> None:
    one = _credentials()
    one.challenged(['Digest realm="cam", nonce="1"'])
    with pytest.raises(SourceFault, match="refuses the password"):
        one.challenged(['Digest realm="cam", nonce="2"'])


def test_a_stale_nonce_is_replaced_and_so_is_one_that_grew_old_after_it_was_accepted() -> None:
    one = _credentials()
    one.challenged(['Digest realm="cam", nonce="1"'])
    one.challenged(['Digest realm="cam", nonce="2", stale=TRUE'])
    one.accepted()
    one.challenged(['Digest realm="cam", nonce="3"'])
    [(_, header)] = one.header("OPTIONS", "x")
    assert _field(header, "nonce") == "3"
    with pytest.raises(SourceFault):
        one.challenged(['Digest realm="cam", nonce="4"'])


@pytest.mark.parametrize(
    "offered", [[], ["Negotiate"], ['Digest realm="x", nonce="y", algorithm=SHA-512'], ['Digest realm="x"']]
)
def test_an_unknown_scheme_is_said(offered: list[str]) -> None:
    with pytest.raises(SourceFault) as told:
        _credentials().challenged(offered)
    assert told.value.fault == "auth"


def test_a_camera_that_asks_for_a_password_nobody_gave_is_an_auth_fault() -> None:
    with pytest.raises(SourceFault, match="asks for a password"):
        _credentials("rtsp://cam/x").challenged(['Basic realm="x"'])


@given(st.lists(st.text(max_size=200) | st.text(max_size=200).map("Digest {}".format), max_size=4))
def test_challenges_of_any_kind_give_a_header_of_one_line_or_a_fault(offered: list[str]) -> None:
    one = _credentials()
    with suppress(SourceFault):
        one.challenged([" ".join(o.split()) for o in offered])
    said = str(one.header("DESCRIBE", "x"))
    assert "\r" not in said
    assert "\n" not in said
