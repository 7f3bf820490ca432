"""Errors as RFC 9457 problems, in the caller's language: what is wrong, and what to do.

Every `Reason` has words in French and English; a reason without words does not start the program.
"""

import logging
from typing import Literal

from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse

from crisislink.core import errors as e
from crisislink.core.errors import CrisisLinkError, Reason
from crisislink.core.roster import BadRows
from crisislink.web import models as m
from crisislink.web.rosterwords import row_error

Language = Literal["fr", "en"]
PROBLEM_JSON = "application/problem+json"
_log = logging.getLogger(__name__)

_R = Reason
# reason: (French title, French detail, English title, English detail)
WORDS: dict[Reason, tuple[str, str, str, str]] = {
    _R.MALFORMED: (
        "Demande illisible",
        "Un champ manque, est inconnu ou mal formé. Corrigez les champs indiqués et renvoyez.",
        "Unreadable request",
        "A field is missing, unknown or malformed. Correct the fields named and send again.",
    ),
    _R.COORDINATES: (
        "Coordonnées hors du globe",
        "Latitude entre −90 et 90, longitude entre −180 et 180, en degrés WGS84.",
        "Coordinates off the globe",
        "Latitude between −90 and 90, longitude between −180 and 180, in WGS84 degrees.",
    ),
    _R.DURATION: (
        "Durée impossible",
        "Choisissez une durée entre {least} et {most} minutes.",
        "Impossible duration",
        "Choose a duration between {least} and {most} minutes.",
    ),
    _R.CAMERAS_EMPTY: (
        "Aucune caméra",
        "Choisissez au moins une caméra.",
        "No camera",
        "Choose at least one camera.",
    ),
    _R.CAMERAS_TOO_MANY: (
        "Trop de caméras",
        "Une demande porte sur {most} caméras au plus. Retirez-en.",
        "Too many cameras",
        "One request holds at most {most} cameras. Remove some.",
    ),
    _R.CAMERAS_OWNERS_MIXED: (
        "Caméras de plusieurs communes",
        "Faites une demande par commune.",
        "Cameras of several cities",
        "Make one request for each city.",
    ),
    _R.CAMERAS_NOT_REQUESTED: (
        "Caméra non demandée",
        "Une décision peut réduire la demande, jamais l'élargir. Choisissez parmi les caméras demandées.",
        "Camera not asked for",
        "A decision may narrow the request, never widen it. Choose among the cameras asked for.",
    ),
    _R.EXTENSION_WHOLE: (
        "Prolongation partielle",
        "Une prolongation porte sur toutes ses caméras. Prolongez, puis coupez celles qui doivent finir.",
        "Partial extension",
        "An extension covers all its cameras. Extend, then cut those that should not go on.",
    ),
    _R.PERIMETER: (
        "Périmètre impossible",
        "Cercle de 1 à {most} m, ou 3 à {points} sommets, pas plus étendu, sans croisement. Retracez-le.",
        "Impossible perimeter",
        "A circle of 1 to {most} m, or 3 to {points} corners, no wider, no side crossing. Draw it again.",
    ),
    _R.CAMERA_OUTSIDE_PERIMETER: (
        "Caméra hors du périmètre",
        "{camera} est hors du périmètre tracé. Retirez-la, ou élargissez le périmètre.",
        "Camera outside the perimeter",
        "{camera} stands outside the perimeter drawn. Remove it, or draw a wider one.",
    ),
    _R.BODY_TOO_LARGE: (
        "Demande trop volumineuse",
        "Le contenu dépasse la taille admise. Réduisez-le.",
        "Request too large",
        "The body is larger than allowed. Make it smaller.",
    ),
    _R.ROSTER_ROWS: (
        "Habilitations à corriger",
        "Rien n'a été écrit. Corrigez ce qui est indiqué, puis recommencez.",
        "Habilitations to correct",
        "Nothing was written. Correct what is named, then try again.",
    ),
    _R.CAMERA_FIXED: (
        "Caméra fixe",
        "Cette caméra ne s'oriente pas. Choisissez une caméra orientable, ou écrivez un message.",
        "Fixed camera",
        "This camera cannot be moved. Choose one that can, or write a message.",
    ),
    _R.TEXT_CHARACTERS: (
        "Caractère non admis",
        "Écrivez sur une ligne, en lettres latines, chiffres et ponctuation, sans emoji ni signe invisible.",
        "Character not admitted",
        "Write one line of Latin letters, digits and punctuation, without invisible characters or emoji.",
    ),
    _R.TEXT_LENGTH: (
        "Message trop long",
        "{most} caractères au plus. Raccourcissez, ou envoyez deux messages.",
        "Message too long",
        "At most {most} characters. Shorten it, or send two messages.",
    ),
    _R.PATIENT_NAME: (
        "Message refusé : nom de personne",
        "Rien n'a été envoyé. Retirez-le : dites ce que l'image montre (« la personne au sol, à gauche »).",
        "Message refused: a person's name",
        "Nothing was sent. Take the name out: say what the picture shows (“the person on the ground, left”).",
    ),
    _R.PATIENT_BIRTH: (
        "Message refusé : date de naissance",
        "Rien n'a été envoyé. Retirez la date ; aucune donnée de patient ne passe ici.",
        "Message refused: a date of birth",
        "Nothing was sent. Take the date out; no patient data passes here.",
    ),
    _R.PATIENT_NIR: (
        "Message refusé : numéro de sécurité sociale",
        "Rien n'a été envoyé. Retirez le numéro ; aucune donnée de patient ne passe ici.",
        "Message refused: a social security number",
        "Nothing was sent. Take the number out; no patient data passes here.",
    ),
    _R.PATIENT_CONTACT: (
        "Message refusé : téléphone ou courriel",
        "Rien n'a été envoyé. Retirez-le ; le numéro de l'autre salle est affiché en permanence.",
        "Message refused: telephone or e-mail",
        "Nothing was sent. Take it out; the other room's number is always shown.",
    ),
    _R.PATIENT_AGE: (
        "Message refusé : âge d'une personne",
        "Rien n'a été envoyé. Retirez l'âge : dites où se trouve la personne sur l'image.",
        "Message refused: somebody's age",
        "Nothing was sent. Take the age out: say where in the picture the person is.",
    ),
    _R.PATIENT_MEDICAL: (
        "Message refusé : terme médical",
        "Rien n'a été envoyé. Dites ce qu'il faut voir, pas l'état de santé ; le médical reste au SAMU.",
        "Message refused: a medical term",
        "Nothing was sent. Say what must be seen, not anybody's health; medical matters stay with the SAMU.",
    ),
    _R.PATIENT_HOME: (
        "Message refusé : adresse d'un domicile",
        "Rien n'a été envoyé. Nommez un carrefour, une place ou le numéro de la caméra, pas un logement.",
        "Message refused: a home's address",
        "Nothing was sent. Name a crossing, a square or the camera's number instead of somebody's home.",
    ),
    _R.BODY_TOO_SLOW: (
        "Demande trop lente",
        "Le contenu n'est pas arrivé à temps ; rien n'a été fait. Vérifiez le réseau et renvoyez.",
        "Request too slow",
        "The body did not arrive in time; nothing was done. Check the network and send again.",
    ),
    _R.SIGN_IN: (
        "Connexion nécessaire",
        "Votre session est absente ou terminée. Connectez-vous.",
        "Sign-in needed",
        "Your session is absent or over. Sign in.",
    ),
    _R.LOGIN_FAILED: (
        "Connexion refusée",
        (
            "La réponse du fournisseur d'identité n'a pas pu être vérifiée. Recommencez la connexion ; "
            "si cela persiste, prévenez l'administrateur."
        ),
        "Sign-in refused",
        (
            "The identity provider's answer could not be verified. Sign in again; if it persists, tell your "
            "administrator."
        ),
    ),
    _R.BEARER: (
        "Jeton d'accès refusé",
        "Jeton absent, périmé ou d'un autre service. Demandez-en un nouveau au fournisseur d'identité.",
        "Access token refused",
        "The token is absent, expired or another service's. Ask the identity provider for a new one.",
    ),
    _R.CERTIFICATE: (
        "Jeton lié à un certificat",
        (
            "Ce jeton ne vaut qu'avec le certificat client auquel il est lié (RFC 8705). Présentez-le "
            "en TLS, à l'adresse réservée aux logiciels."
        ),
        "Token bound to a certificate",
        (
            "This token counts only with the client certificate that it is bound to (RFC 8705). Show it "
            "in TLS, at the address kept for software."
        ),
    ),
    _R.SCOPE: (
        "Action hors du périmètre du logiciel",
        (
            "Ce logiciel n'a pas la portée (scope) voulue, ou l'action demande une personne. "
            "La tentative est inscrite au registre."
        ),
        "Out of the software's scope",
        ("This software lacks the scope, or the action needs a person. The attempt is in the register."),
    ),
    _R.ROLE: (
        "Action réservée à un autre rôle",
        "Votre habilitation ne permet pas cette action. Elle a été inscrite au registre.",
        "Another role's action",
        "Your habilitation does not allow this. The attempt is in the register.",
    ),
    _R.OTHER_ORGANISATION: (
        "Autre organisation",
        "Cet élément relève d'une autre organisation. La tentative est inscrite au registre.",
        "Another organisation",
        "This belongs to another organisation. The attempt is in the register.",
    ),
    _R.SELF_APPROVAL: (
        "Décision sur sa propre demande",
        "Personne n'approuve sa propre demande. Une autre personne habilitée doit décider.",
        "Deciding on one's own request",
        "Nobody approves their own request. Another habilitated person must decide.",
    ),
    _R.NO_HABILITATION: (
        "Aucune habilitation en cours",
        (
            "Votre identité est reconnue, mais aucune habilitation en cours ne vous est attribuée. "
            "Adressez-vous à l'administrateur de votre organisation."
        ),
        "No habilitation in force",
        "Your identity is known, but you hold no habilitation in force. Ask your administrator.",
    ),
    _R.STEP_UP: (
        "Authentification récente exigée",
        "Confirmez votre identité auprès de votre fournisseur, puis recommencez.",
        "Recent authentication needed",
        "Confirm your identity with your provider, then try again.",
    ),
    _R.NO_LEGAL_BASIS: (
        "Aucun acte ne couvre cette demande",
        "Aucun acte en vigueur n'autorise ce partage. Joignez la salle de police par téléphone.",
        "No legal basis covers this request",
        "No act in force allows this sharing. Call the police room.",
    ),
    _R.OUTSIDE_LEGAL_BASIS: (
        "Hors du périmètre de l'acte",
        "Le lieu ou une caméra est hors du périmètre autorisé. Corrigez le lieu ou retirez la caméra.",
        "Outside the act's perimeter",
        "The place or a camera lies outside the allowed perimeter. Correct the place or remove the camera.",
    ),
    _R.PURPOSE_NOT_COVERED: (
        "Finalité non couverte",
        "L'acte en vigueur ne prévoit pas cette finalité. Choisissez-en une autre.",
        "Purpose not covered",
        "The act in force does not allow this purpose. Choose another.",
    ),
    _R.PERIMETER_OUTSIDE_ACT: (
        "Périmètre hors de l'acte",
        "Le périmètre tracé dépasse celui de l'acte en vigueur. Tracez-le à l'intérieur.",
        "Perimeter outside the act",
        "The perimeter drawn goes beyond that of the act in force. Draw it inside.",
    ),
    _R.OTHER_SIDE_CONFIRMS: (
        "L'autre salle confirme",
        "Une crise se déclare à deux : votre côté l'a proposée, un superviseur de l'autre la confirme.",
        "The other room confirms",
        "A crisis is declared by two: your side proposed it, a supervisor of the other one confirms it.",
    ),
    _R.CAMERA_NOT_SHAREABLE: (
        "Caméra non partageable",
        "La ville n'ouvre pas cette caméra au partage. Retirez-la de la demande.",
        "Camera not shareable",
        "The city does not offer this camera. Remove it from the request.",
    ),
    _R.MASK_MISSING: (
        "Caméra sans masque",
        "Sans masque de vie privée validé, aucune image ne sort. Retirez cette caméra.",
        "Camera without mask",
        "Without a validated privacy mask no image leaves. Remove this camera.",
    ),
    _R.MASK_UNVALIDATED: (
        "Masque non validé",
        "Le masque de cette caméra attend sa validation. Retirez-la de la demande.",
        "Mask not validated",
        "This camera's mask awaits validation. Remove the camera from the request.",
    ),
    _R.CAMERA_SUSPENDED: (
        "Caméra suspendue par la ville",
        "La ville retient cette image pour le moment. Attendez, ou choisissez une autre caméra.",
        "Camera suspended by the city",
        "The city holds this picture back for now. Wait, or choose another camera.",
    ),
    _R.REAL_IN_EXERCISE: (
        "Caméra réelle dans un exercice",
        "Un exercice ne montre que des caméras de synthèse. Retirez-la, ou ouvrez un incident réel.",
        "Real camera in an exercise",
        "An exercise shows synthetic cameras only. Remove this camera, or open a real incident.",
    ),
    _R.SYNTHETIC_IN_EARNEST: (
        "Caméra de synthèse dans un incident réel",
        "Ses images sont fabriquées pour les exercices. Retirez-la de la demande.",
        "Synthetic camera in a real incident",
        "Its pictures are made for exercises. Remove it from the request.",
    ),
    _R.SHARING_STOPPED: (
        "Partage suspendu par la ville",
        "La ville a coupé tout partage d'images. Joignez la salle de police par téléphone.",
        "Sharing stopped by the city",
        "The city has stopped all sharing of images. Call the police room.",
    ),
    _R.WRONG_ORIGIN: (
        "Origine refusée",
        "Cette demande ne vient pas d'une page de CrisisLink. Ouvrez CrisisLink à son adresse.",
        "Origin refused",
        "This request does not come from a page of CrisisLink. Open CrisisLink at its address and try again.",
    ),
    _R.STALE_EPOCH: (
        "Accès périmé",
        "Cet accès a changé entre-temps. Rechargez la page.",
        "Stale access",
        "This access has changed meanwhile. Reload the page.",
    ),
    _R.TICKET: (
        "Ticket vidéo refusé",
        "Le ticket est inconnu, déjà utilisé, périmé ou d'une autre session. Redemandez l'image.",
        "Stream ticket refused",
        "The ticket is unknown, used, too old or another session's. Ask for the picture again.",
    ),
    _R.GRANT_OVER: (
        "Accès terminé",
        "Cet accès est terminé. Faites une nouvelle demande si la crise dure.",
        "Access is over",
        "This access is over. Make a new request if the crisis goes on.",
    ),
    _R.INCIDENT_CLOSED: (
        "Incident clos",
        "Cet incident est clos. Ouvrez-en un nouveau.",
        "Incident closed",
        "This incident is closed. Open a new one.",
    ),
    _R.HANDED_OVER: (
        "Incident passé à une autre personne",
        "Vous avez passé la main : ses images ne vous sont plus montrées. Pour le reprendre, demandez-le.",
        "Incident handed over",
        "You handed it over: its pictures are no longer shown to you. To take it back, ask for it.",
    ),
    _R.NOT_HOLDER: (
        "Incident tenu par une autre personne",
        "Seule la personne qui tient l'incident peut le proposer. Demandez-le lui.",
        "Somebody else holds the incident",
        "Only its holder can offer it. Ask them for it.",
    ),
    _R.HANDED_ON: (
        "Relève déjà faite",
        "Quelqu'un a pris l'incident avant vous ; son nom est affiché.",
        "Already handed over",
        "Somebody took the incident before you; their name is shown.",
    ),
    _R.HANDOVER_ASKED: (
        "Déjà demandé par une autre personne",
        "Une autre personne attend la relève de cet incident ; son nom est affiché.",
        "Already asked for by somebody else",
        "Another person is waiting to take this incident over; their name is shown.",
    ),
    _R.NOT_FOUND: (
        "Introuvable",
        "Cet élément n'existe pas, ou n'est pas visible pour vous.",
        "Not found",
        "This does not exist, or is not visible to you.",
    ),
    _R.METHOD: (
        "Méthode non prévue",
        "Cette adresse n'accepte pas cette méthode HTTP.",
        "Method not allowed",
        "This address does not accept this HTTP method.",
    ),
    _R.ALREADY_DECIDED: (
        "Déjà décidé",
        "Quelqu'un a décidé avant vous ; la décision est affichée.",
        "Already decided",
        "Somebody decided before you; their decision is shown.",
    ),
    _R.ALREADY_OVER: (
        "Accès déjà terminé",
        "Un accès terminé ne se prolonge pas. Faites une nouvelle demande.",
        "Access already over",
        "An access that is over cannot be extended. Make a new request.",
    ),
    _R.ALREADY_ASKED: (
        "Déjà demandé",
        "Une prolongation de cet accès attend déjà une réponse.",
        "Already asked",
        "An extension of this access is already waiting for an answer.",
    ),
    _R.HABILITATION_OVER: (
        "Habilitation terminée",
        "Une habilitation terminée ne se prolonge pas. Ajoutez-en une nouvelle.",
        "Habilitation over",
        "A habilitation that is over cannot be extended. Add a new one.",
    ),
    _R.LAST_ADMINISTRATOR: (
        "Dernier administrateur",
        "Sans elle, personne ne tiendrait plus le répertoire. Habilitez d'abord un autre administrateur.",
        "Last administrator",
        "Without it nobody would keep the roster. Habilitate another administrator first.",
    ),
    _R.ALREADY_ANSWERED: (
        "Déjà répondu",
        "Quelqu'un a répondu avant vous ; sa réponse est affichée.",
        "Already answered",
        "Somebody answered before you; their answer is shown.",
    ),
    _R.VERSION: (
        "Modifié entre-temps",
        "L'état a changé pendant votre action. Relisez et recommencez.",
        "Changed meanwhile",
        "The state changed while you acted. Read again and retry.",
    ),
    _R.IDEMPOTENCY: (
        "Clé d'idempotence réutilisée",
        "Cette clé a servi à une autre demande. Utilisez une clé nouvelle.",
        "Idempotency key reused",
        "This key was used for another request. Use a new key.",
    ),
    _R.REQUEST_LAPSED: (
        "Demande expirée",
        "Personne n'a répondu à temps. Faites une nouvelle demande, et appelez la salle de police.",
        "Request lapsed",
        "Nobody answered in time. Make a new request, and call the police room.",
    ),
    _R.CRISIS_LAPSED: (
        "Proposition expirée",
        "L'autre salle n'a pas confirmé à temps. Proposez de nouveau, et appelez-la.",
        "Proposal lapsed",
        "The other room did not confirm in time. Propose again, and call it.",
    ),
    _R.EMBEDDED_OVER: (
        "Panneau sans session",
        "Sa session, ou celle de la personne dans CrisisLink, est terminée. Rouvrez le dossier.",
        "Panel without a session",
        "Its session is over, or the person's own in CrisisLink. Open the case again.",
    ),
    _R.EMBEDDING: (
        "Page non admise",
        "Cette page ne peut pas montrer CrisisLink. L'administrateur l'ajoute dans `embedded_in`.",
        "Page not admitted",
        "This page may not show CrisisLink. The administrator adds it to `embedded_in`.",
    ),
    _R.LAUNCH_PERSON: (
        "Personne non connectée à CrisisLink",
        "Elle se connecte d'abord à CrisisLink avec son habilitation ; puis rouvrez le dossier.",
        "Person not signed in to CrisisLink",
        "They sign in to CrisisLink with their habilitation first; then open the case again.",
    ),
    _R.LAUNCH_CODE: (
        "Code de lancement refusé",
        "Un code sert une fois, dans les 30 secondes. Rouvrez le dossier pour en avoir un autre.",
        "Launch code refused",
        "A code serves once, within 30 seconds. Open the case again to have another.",
    ),
    _R.STORE: (
        "Service momentanément indisponible",
        "Rien n'a été fait. Recommencez dans quelques secondes ; sinon, téléphonez.",
        "Service unavailable for the moment",
        "Nothing was done. Try again in a few seconds; otherwise, telephone.",
    ),
    _R.CLOCK: (
        "L'horloge du serveur n'est pas sûre",
        "Aucun accès n'est ouvert tant qu'elle retarde. Prévenez l'administrateur ; sinon, téléphonez.",
        "The server's clock is not to be trusted",
        "No access is opened while it is slow. Tell the administrator; meanwhile, telephone.",
    ),
    _R.NO_NODE: (
        "Aucun serveur d'images disponible",
        "L'accès reste accordé ; l'image est redemandée d'elle-même. Si elle ne vient pas, téléphonez.",
        "No picture server available",
        "Access stays granted; the picture is asked for again by itself. If it does not come, telephone.",
    ),
    _R.CUT_UNCONFIRMED: (
        "Coupure ordonnée, mais pas confirmée",
        (
            "Des images sont peut-être encore vues : faites-les fermer par téléphone. L'ordre est donné et "
            "répété ; sans renouvellement, l'accès cesse de lui-même en quelques secondes."
        ),
        "Cut ordered, but not confirmed",
        (
            "Pictures may still be seen: telephone to have them closed. The order is given and repeated; "
            "where it is not renewed, access ends by itself within seconds."
        ),
    ),
    _R.IDENTITY_PROVIDER: (
        "Fournisseur d'identité injoignable",
        "La connexion est impossible pour l'instant. Les accès en cours continuent. Réessayez.",
        "Identity provider unreachable",
        "Signing in is impossible for the moment. Running access goes on. Try again.",
    ),
    _R.TOKEN_CHECK: (
        "Jeton d'accès invérifiable pour l'instant",
        "Le fournisseur d'identité ne répond pas. Rien n'a été fait. Réessayez ; sinon, téléphonez.",
        "Access token cannot be checked for the moment",
        "The identity provider does not answer. Nothing was done. Try again; otherwise, telephone.",
    ),
    _R.TOO_MANY: (
        "Trop de demandes",
        "Rien n'a été fait. Recommencez dans {wait_s} s ; si c'est urgent, téléphonez.",
        "Too many requests",
        "Nothing was done. Try again in {wait_s} s; if it is urgent, telephone.",
    ),
    _R.MAP_TILES: (
        "Fond de carte indisponible",
        "Sa source ne répond pas. La carte reste schématique ; rien d'autre n'est touché.",
        "Basemap unavailable",
        "Its source does not answer. The map stays schematic; nothing else is affected.",
    ),
    _R.INTERNAL: (
        "Erreur interne",
        "L'action n'a pas abouti. Recommencez ; si cela persiste, prévenez l'administrateur.",
        "Internal error",
        "The action did not succeed. Try again; if it persists, tell your administrator.",
    ),
}
if missing := set(Reason) - WORDS.keys():
    raise RuntimeError(f"reasons without words: {sorted(missing)}")

_STATUS: dict[type[CrisisLinkError], int] = {
    e.Invalid: 422,
    e.Unauthenticated: 401,
    e.Denied: 403,
    e.NotFound: 404,
    e.Conflict: 409,
    e.Expired: 410,
    e.Unavailable: 503,
}
_CHALLENGES = {
    Reason.BEARER: 'Bearer realm="crisislink", error="invalid_token"',
    Reason.CERTIFICATE: 'Bearer realm="crisislink", error="invalid_token"',
    Reason.EMBEDDED_OVER: 'Bearer realm="crisislink", error="invalid_token"',
    Reason.SCOPE: 'Bearer realm="crisislink", error="insufficient_scope"',
}
"""RFC 6750, section 3: what a machine is told in the header."""
_STATUS_OF_REASON = {
    Reason.BODY_TOO_LARGE: 413,
    Reason.BODY_TOO_SLOW: 408,
    Reason.METHOD: 405,
    Reason.TOO_MANY: 429,
}


def language(connection: HTTPConnection) -> Language:
    """English when the caller prefers it to French, else French."""
    for accepted in connection.headers.get("accept-language", "")[:200].split(","):
        tag = accepted.split(";")[0].strip().lower()
        if tag.startswith("fr"):
            return "fr"
        if tag.startswith("en"):
            return "en"
    return "fr"


def problem(error: CrisisLinkError, speaks: Language, fields: list[str] | None = None) -> m.Problem:
    """The problem document. `fields` are JSON pointers of what is wrong in the body."""
    title_fr, detail_fr, title_en, detail_en = WORDS[error.reason]
    title, detail = (title_fr, detail_fr) if speaks == "fr" else (title_en, detail_en)
    if "camera" in error.facts:
        detail = f"{error.facts['camera']} — {detail}"
    if fields is None and "field" in error.facts:
        fields = [f"/{error.facts['field']}"]
    return m.Problem(
        type=f"urn:crisislink:problem:{error.reason.value}",
        title=title,
        status=_STATUS_OF_REASON.get(error.reason, _status(error)),
        detail=detail.format_map(error.facts),
        code=error.reason,
        fields=fields,
        rows=[row_error(row) for row in error.rows] if isinstance(error, BadRows) else None,
    )


def _status(error: CrisisLinkError) -> int:
    return next((status for kind, status in _STATUS.items() if isinstance(error, kind)), 500)


def answer(
    connection: HTTPConnection, error: CrisisLinkError, fields: list[str] | None = None
) -> JSONResponse:
    """The problem as a response."""
    body = problem(error, language(connection), fields)
    challenge = _CHALLENGES.get(error.reason)
    return JSONResponse(
        body.model_dump(mode="json", exclude={name for name, value in body if value is None}),
        status_code=body.status,
        media_type=PROBLEM_JSON,
        headers={"Cache-Control": "no-store", "Content-Language": language(connection)}
        | ({} if challenge is None else {"WWW-Authenticate": challenge})
        | ({"Retry-After": str(error.facts["wait_s"])} if "wait_s" in error.facts else {}),
    )


def unexpected(connection: HTTPConnection, error: Exception) -> JSONResponse:
    """A fault of ours: the trace to the log, plain words to the caller."""
    operation = getattr(connection.scope.get("route"), "name", None)
    _log.error("unexpected fault", exc_info=error, extra={"operation": operation})
    return answer(connection, CrisisLinkError(Reason.INTERNAL))
