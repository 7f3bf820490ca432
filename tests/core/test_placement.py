"""Where a camera is carried: everybody answers alike, and what comes or goes moves little."""

from hypothesis import given
from hypothesis import strategies as st

from crisislink.core.ids import CameraId, NodeId
from crisislink.core.placement import FULL, Candidate, place

NODES = [Candidate(id=NodeId(f"node_{n}"), load=0.1, draining=False) for n in range(5)]
CAMERAS = [CameraId(f"cam_{n}") for n in range(400)]


@given(st.permutations(NODES))
def test_the_order_of_the_candidates_does_not_matter(nodes: list[Candidate]) -> None:
    assert [place(c, nodes) for c in CAMERAS[:20]] == [place(c, NODES) for c in CAMERAS[:20]]


def test_cameras_are_spread() -> None:
    placed = [place(camera, NODES) for camera in CAMERAS]
    assert all(50 < placed.count(node.id) < 120 for node in NODES)


def test_a_node_that_goes_moves_only_its_own_cameras() -> None:
    left = NODES[1:]
    for camera in CAMERAS:
        before = place(camera, NODES)
        if before != NODES[0].id:
            assert place(camera, left) == before


def test_a_node_that_leaves_gets_nothing_and_a_full_one_only_what_no_other_can_take() -> None:
    leaving = Candidate(id=NodeId("leaving"), load=0.0, draining=True)
    full = Candidate(id=NodeId("full"), load=FULL, draining=False)
    free = Candidate(id=NodeId("free"), load=0.0, draining=False)
    assert {place(camera, [leaving, full, free]) for camera in CAMERAS} == {free.id}
    assert {place(camera, [leaving, full]) for camera in CAMERAS} == {full.id}
    assert place(CAMERAS[0], [leaving]) is None
    assert place(CAMERAS[0], []) is None


def test_a_node_that_failed_somebody_is_avoided_where_there_is_another() -> None:
    one, other = NODES[:2]
    assert {place(camera, [one, other], avoid=[one.id]) for camera in CAMERAS} == {other.id}
    assert place(CAMERAS[0], [one], avoid=[one.id]) == one.id
