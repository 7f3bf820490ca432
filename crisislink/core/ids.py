"""Names of things. One `NewType` per noun, so a grant can never be passed where a camera is meant."""

from typing import NewType

SAYABLE = "ABCDEFGHJKLMNPQRTUVWXYZ2346789"
"""What references are made of, to be said aloud: no 0/O, 1/I, 5/S."""

OrganisationId = NewType("OrganisationId", str)
PersonId = NewType("PersonId", str)
HabilitationId = NewType("HabilitationId", str)
SessionId = NewType("SessionId", str)
IncidentId = NewType("IncidentId", str)
CrisisId = NewType("CrisisId", str)
CameraId = NewType("CameraId", str)
LegalBasisId = NewType("LegalBasisId", str)
RequestId = NewType("RequestId", str)
GrantId = NewType("GrantId", str)
PreviewId = NewType("PreviewId", GrantId)
"""What the media path takes in a grant's place (`core.previews`); never the other way round."""
ViewingId = NewType("ViewingId", str)
NodeId = NewType("NodeId", str)
MessageId = NewType("MessageId", str)
