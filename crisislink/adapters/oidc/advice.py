"""What each look at a provider means, and what to change there or here: in French and English.

`bad`: nobody can sign in so, or nobody should. `poor`: one can, with less safety or comfort.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal

Grade = Literal["good", "poor", "bad"]


@dataclass(frozen=True, slots=True)
class Observation:
    """One thing seen."""

    what: str
    grade: Grade
    found: str
    fr: str = ""
    en: str = ""


def unreachable(where: str, why: str) -> Observation:
    """No answer at all."""
    return Observation(
        "discovery",
        "bad",
        f"{where} · {why}",
        "Le fournisseur ne répond pas : vérifiez l'adresse, le pare-feu, et le certificat (ca_file).",
        "The provider does not answer: check the address, the firewall, and the certificate (ca_file).",
    )


def no_discovery(where: str, why: str) -> Observation:
    """An answer that is no metadata."""
    return Observation(
        "discovery",
        "bad",
        why[:200],
        f"Aucune métadonnée à {where} : vérifiez issuer et preset.",
        f"No metadata at {where}: check issuer and preset.",
    )


def discovery(where: str) -> Observation:
    """Metadata."""
    return Observation("discovery", "good", where)


def no_tls(issuer: str) -> Observation:
    """Only loopback gets this far without TLS."""
    return Observation(
        "tls",
        "poor",
        issuer,
        "Sans TLS : pour une démonstration sur cette machine seulement.",
        "Without TLS: for a demonstration on this machine only.",
    )


def certificate(until: str, *, short: bool) -> Observation:
    """How long the provider's certificate lives."""
    if not short:
        return Observation("tls", "good", until)
    return Observation(
        "tls",
        "poor",
        until,
        "Le certificat du fournisseur expire bientôt : faites-le renouveler.",
        "The provider's certificate ends soon: have it renewed.",
    )


def no_date() -> Observation:
    """The provider does not tell its time."""
    return Observation(
        "clock",
        "poor",
        "-",
        "Le fournisseur ne donne pas l'heure : comparez les horloges vous-même.",
        "The provider does not tell its time: compare the clocks yourself.",
    )


def skew(skew_s: float, *, poor_s: float, bad_s: float) -> Observation:
    """How far its clock is from ours."""
    found = f"{skew_s:+.0f} s"
    if abs(skew_s) <= poor_s:
        return Observation("clock", "good", found)
    return Observation(
        "clock",
        "bad" if abs(skew_s) > bad_s else "poor",
        found,
        f"Horloges différentes : au-delà de {bad_s:.0f} s, toute connexion est refusée. Vérifiez NTP.",
        f"The clocks differ: beyond {bad_s:.0f} s every sign-in is refused. Check NTP on both.",
    )


def issuer(pinned: str, published: str) -> Observation:
    """Who it says it is."""
    if pinned == published:
        return Observation("issuer", "good", pinned)
    return Observation(
        "issuer",
        "bad",
        published[:200],
        f"Le fournisseur se nomme autrement que le réglage issuer ({pinned}), à la lettre près.",
        f"The provider names itself otherwise than the setting issuer ({pinned}), to the letter.",
    )


def foreign(address: str) -> Observation:
    """An endpoint elsewhere."""
    return Observation(
        "endpoint",
        "bad",
        address[:200],
        "Adresse hors de l'émetteur : si elle est bien à lui, ajoutez son origine à origins.",
        "An address outside the issuer: if it is really its own, add its origin to origins.",
    )


def algorithms(pinned: Collection[str], published: Collection[str]) -> Observation:
    """How it can sign."""
    found = ", ".join(published)[:200] or "-"
    if published and set(pinned).isdisjoint(published):
        return Observation(
            "algorithms",
            "bad",
            found,
            f"Le fournisseur ne signe pas en {', '.join(pinned)} : changez-le chez lui, ou algorithms ici.",
            f"The provider does not sign with {', '.join(pinned)}: change it there, or algorithms here.",
        )
    if "none" in published:
        return Observation(
            "algorithms",
            "poor",
            found,
            "Le fournisseur annonce « none » : nous le refusons ; faites-le retirer.",
            "The provider offers “none”: we refuse it; have it removed.",
        )
    return Observation("algorithms", "good", ", ".join(pinned))


def authentication(ours: str, published: Collection[str]) -> Observation:
    """How we may prove who we are."""
    if not published or ours in published:
        return Observation("authentication", "good", ours)
    return Observation(
        "authentication",
        "bad",
        ", ".join(published)[:200],
        f"Le fournisseur n'accepte pas {ours} : changez authentication ici, ou le client chez lui.",
        f"The provider does not accept {ours}: change authentication here, or the client there.",
    )


def pkce(published: Collection[str]) -> Observation:
    """Whether it knows PKCE."""
    if "S256" in published:
        return Observation("pkce", "good", "S256")
    return Observation(
        "pkce",
        "poor",
        ", ".join(published)[:200] or "-",
        "PKCE (S256) n'est pas annoncé : exigez-le pour ce client ; pkce = false s'il est refusé.",
        "PKCE (S256) is not announced: require it for this client; pkce = false where it is refused.",
    )


def classes(wanted: Collection[str], published: Collection[str], *, name: str = "acr_values") -> Observation:
    """Whether it knows the authentication classes we need. `name`: the setting that has them."""
    if not published or not set(wanted).isdisjoint(published):
        return Observation("acr", "good", ", ".join(wanted))
    return Observation(
        "acr",
        "bad",
        ", ".join(published)[:200],
        f"Le fournisseur ne connaît aucun de {', '.join(wanted)} : corrigez {name}.",
        f"The provider knows none of {', '.join(wanted)}: mend {name}.",
    )


def auth_time(published: Collection[str]) -> Observation:
    """Whether it tells when somebody authenticated; many that do announce no claims at all."""
    if not published or "auth_time" in published:
        return Observation("auth_time", "good", "auth_time" if published else "-")
    return Observation(
        "auth_time",
        "poor",
        ", ".join(published)[:200],
        "auth_time n'est pas annoncé : sans lui, personne ne peut approuver. Ajoutez-le à l'ID token.",
        "auth_time is not announced: without it nobody can approve. Add it to the ID token.",
    )


def no_userinfo() -> Observation:
    """The preset needs what the provider does not have."""
    return Observation(
        "userinfo",
        "bad",
        "-",
        'Aucun userinfo : mettez userinfo = "none" si l\'ID token suffit à nommer la personne.',
        'No userinfo: set userinfo = "none" if the ID token is enough to name the person.',
    )


def names_itself(*, there: bool) -> Observation:
    """RFC 9207."""
    if there:
        return Observation("iss", "good", "RFC 9207")
    return Observation(
        "iss",
        "poor",
        "-",
        "La réponse ne nomme pas son émetteur : chaque fournisseur garde son propre callback, rien à faire.",
        "Its answer does not name its issuer: each provider keeps its own callback, nothing to do.",
    )


def sign_out(address: str, *, there: bool) -> Observation:
    """RP-initiated logout."""
    if there:
        return Observation("sign-out", "good", address)
    return Observation(
        "sign-out",
        "poor",
        "-",
        "Se déconnecter ici ne déconnecte pas du fournisseur : il n'offre pas end_session_endpoint.",
        "Signing out here does not sign out there: the provider has no end_session_endpoint.",
    )


def backchannel(address: str, *, there: bool) -> Observation:
    """Back-channel logout."""
    if there:
        return Observation("back-channel", "good", address)
    return Observation(
        "back-channel",
        "poor",
        "-",
        f"Pas de déconnexion par canal arrière : s'il en a une, déclarez {address}.",
        f"No back-channel logout: if it has one after all, register {address}.",
    )


def no_keys(where: str, why: str) -> Observation:
    """Keys that cannot be had or used."""
    return Observation(
        "keys",
        "bad",
        why[:200],
        f"Aucune clé de signature utilisable à {where}.",
        f"No usable signing key at {where}.",
    )


def keys(counts: Mapping[str, int]) -> Observation:
    """How many keys for each algorithm."""
    found = ", ".join(f"{algorithm}: {count}" for algorithm, count in counts.items())
    if any(counts.values()):
        return Observation("keys", "good", found)
    return Observation(
        "keys",
        "bad",
        found,
        "Aucune clé publiée ne signe ainsi : changez l'algorithme du client chez le fournisseur.",
        "No published key signs like this: change the client's algorithm at the provider.",
    )


def callback(address: str) -> Observation:
    """Registered."""
    return Observation("callback", "good", address)


def callback_refused(address: str, found: str) -> Observation:
    """An error page instead of a way back."""
    return Observation(
        "callback",
        "bad",
        found[:200],
        f"Déclarez exactement cette adresse chez le fournisseur : {address}",
        f"Register exactly this address at the provider: {address}",
    )


def callback_unseen(address: str, found: str) -> Observation:
    """Some providers show a page whatever was asked."""
    return Observation(
        "callback",
        "poor",
        found[:200],
        f"Invisible de l'extérieur : vérifiez que cette adresse est déclarée : {address}",
        f"Cannot be seen from outside: check that this address is registered: {address}",
    )


def credentials(client_id: str) -> Observation:
    """Believed."""
    return Observation("client", "good", client_id)


def credentials_refused(client_id: str, how: str) -> Observation:
    """Not believed."""
    return Observation(
        "client",
        "bad",
        client_id,
        f"Le fournisseur refuse ce client ({how}) : vérifiez client_id, secret ou clé.",
        f"The provider refuses this client ({how}): check client_id, secret or key.",
    )


def credentials_unseen(found: str) -> Observation:
    """Neither."""
    return Observation(
        "client",
        "poor",
        found[:200],
        "Impossible de vérifier le client de l'extérieur : essayez une connexion.",
        "The client cannot be checked from outside: try a sign-in.",
    )
