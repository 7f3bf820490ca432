"""What is wrong with a line of a roster, and what to do, in both languages."""

import re

from crisislink.core.roster import Fault, RowError, RowFault
from crisislink.core.rosterfile import FILE_MAX_BYTES, ROWS_MAX, Column, FileFault
from crisislink.web import models as m

_F, _R = FileFault, RowFault
_ISO_DAY = re.compile(r"(\d{4})-(\d\d)-(\d\d)")
COLUMNS: dict[Column, tuple[str, str]] = {
    Column.NAME: ("nom", "name"),
    Column.POST: ("poste", "post"),
    Column.SUBJECT: ("identifiant", "identifier"),
    Column.ROLE: ("rôle", "role"),
    Column.ORGANISATION: ("organisation", "organisation"),
    Column.DESIGNATED_BY: ("désigné par", "designated by"),
    Column.ACT: ("acte", "act"),
    Column.FROM: ("début", "from"),
    Column.UNTIL: ("fin", "until"),
    Column.WITHDRAWN: ("retrait", "withdrawn"),
}
# fault: (French, English); {clash} is the line or the days it clashes with
WORDS: dict[Fault, tuple[str, str]] = {
    _F.TOO_LARGE: (
        f"Fichier trop volumineux : {FILE_MAX_BYTES // 1024} Kio au plus. Coupez-le en plusieurs.",
        f"File too large: {FILE_MAX_BYTES // 1024} KiB at most. Split it.",
    ),
    _F.ENCODING: (
        "Ce n'est pas un fichier de texte. Enregistrez-le en CSV (UTF-8, ou CSV de Windows).",
        "Not a text file. Save it as CSV (UTF-8, or Windows CSV).",
    ),
    _F.EMPTY: ("Le fichier ne contient aucune ligne.", "The file has no lines."),
    _F.HEADER: (
        "Colonne absente de l'en-tête, ou présente deux fois.",
        "Column missing in the header, or there twice.",
    ),
    _F.BROKEN: (
        "Ligne illisible : un guillemet n'est pas fermé, ou est mal placé.",
        "Unreadable line: a quotation mark is not closed, or misplaced.",
    ),
    _F.ROWS: (
        f"{ROWS_MAX} lignes au plus. Coupez le fichier en plusieurs.",
        f"{ROWS_MAX} lines at most. Split the file.",
    ),
    _R.MISSING: ("À remplir.", "Needed."),
    _R.TOO_LONG: ("Trop long. Raccourcissez.", "Too long. Shorten it."),
    _R.CHARACTERS: (
        "Contient des caractères invisibles. Retapez-le.",
        "Contains invisible characters. Type it again.",
    ),
    _R.BEYOND: (
        "Plus de cellules que de colonnes : un séparateur est de trop.",
        "More cells than columns: there is a delimiter too many.",
    ),
    _R.ROLE_UNKNOWN: (
        "Rôle inconnu. Les rôles possibles sont listés dans la page et dans docs/roster.md.",
        "Unknown role. The page and docs/roster.md list those there are.",
    ),
    _R.ROLE_ELSEWHERE: (
        "Ce rôle n'existe pas dans votre organisation.",
        "Your organisation has no such role.",
    ),
    _R.DATE: (
        "Date illisible. Écrivez 23/11/2026 ou 2026-11-23, avec une heure (08:00) si besoin.",
        "Unreadable date. Write 2026-11-23 or 23/11/2026, with a time (08:00) if needed.",
    ),
    _R.DATE_ORDER: ("La fin précède le début.", "The end comes before the beginning."),
    _R.PAST: ("La fin est déjà passée.", "The end has already passed."),
    _R.OTHER_ORGANISATION: (
        "Ligne d'une autre organisation. Retirez-la : chacune tient son propre répertoire.",
        "A line of another organisation. Remove it: each keeps its own roster.",
    ),
    _R.SUBJECT_TAKEN: (
        "Cet identifiant est déjà attribué. Vérifiez-le auprès de votre fournisseur d'identité.",
        "This identifier is taken. Check it with your identity provider.",
    ),
    _R.SUBJECT_NAME: (
        "Cet identifiant est celui d'une personne d'un autre nom. Corrigez l'un ou l'autre.",
        "This identifier is that of a person of another name. Correct one or the other.",
    ),
    _R.NAME_AMBIGUOUS: (
        "Plusieurs personnes portent ce nom. Donnez l'identifiant.",
        "Several persons have this name. Give the identifier.",
    ),
    _R.NAME_UNBOUND: (
        "Une personne de ce nom attend d'être reliée. Reliez-la, ou laissez l'identifiant vide.",
        "A person of this name waits to be linked. Link them, or leave the identifier empty.",
    ),
    _R.DUPLICATE: ("En double ({clash}).", "There twice ({clash})."),
    _R.OVERLAP: (
        "Chevauche une habilitation au même rôle ({clash}). Changez la fin de l'autre, ou le début.",
        "Overlaps a habilitation for the same role ({clash}). Change the other's end, or the beginning.",
    ),
    _R.WITHDRAWN: (
        "Ligne d'une habilitation retirée, inconnue ici. Ôtez la ligne.",
        "A line of a withdrawn habilitation, unknown here. Remove the line.",
    ),
    _R.SELF: (
        "Personne ne s'habilite soi-même. Un autre administrateur doit le faire.",
        "Nobody habilitates themselves. Another administrator has to.",
    ),
    _R.ADMINISTRATOR_ALONE: (
        "Un administrateur ne tient aucun autre rôle en même temps ({clash}).",
        "An administrator holds no other role at the same time ({clash}).",
    ),
    _R.MACHINE_ALONE: (
        "Un logiciel (identifiant « client:… ») n'a que le rôle de logiciel ; une personne ne l'a jamais.",
        "Software (identifier “client:…”) has the role of software and no other; a person never has it.",
    ),
}
if missing := {*RowFault, *FileFault} - WORDS.keys():
    raise RuntimeError(f"faults without words: {sorted(missing)}")


def row_error(error: RowError) -> m.RowErrorView:
    """The error as the API says it."""
    (fr, en), clash = WORDS[error.fault], error.clash or ""
    return m.RowErrorView(
        line=error.line,
        column=error.column,
        code=error.fault,
        detail_fr=fr.format(clash=_ISO_DAY.sub(r"\3/\2/\1", clash)),
        detail_en=en.format(clash=clash),
    )
