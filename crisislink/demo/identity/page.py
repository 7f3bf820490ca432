"""What people see: the list of demo persons, the end of a session, a refused request. French, then English.

Plain HTML forms: no script, no inline style, works with any HTTP client that can post a form.
"""

from html import escape
from pathlib import Path

from crisislink.demo.identity.settings import IssuerConfig
from crisislink.demo.people import DemoPerson

_PAGE = """<!doctype html>
<html lang="fr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="dark light">
<meta name="robots" content="noindex">
<title>{title} – Démonstration</title>
<link rel="stylesheet" href="/{name}/page.css">
</head>
<body>
<p class="band"><strong>DÉMONSTRATION</strong> Personnes inventées, aucun mot de passe.
<span lang="en">Demonstration: invented people, no passwords.</span></p>
<main>
<header><span class="mark" aria-hidden="true">{mark}</span>
<div><p class="issuer">{title} · <span lang="en">{title_en}</span></p>
<h1>{heading}</h1>
<p class="en" lang="en">{heading_en}</p></div></header>
{content}
</main>
</body>
</html>
"""


def choose(issuer: IssuerConfig, *, ticket: str, known: DemoPerson | None) -> str:
    """The page of persons. `known` is who chose themselves before in this browser: one click goes on."""
    others = [p for p in issuer.people if known is None or p.subject != known.subject]
    parts = [
        f'<form method="post" action="/{issuer.name}/login">',
        f'<input type="hidden" name="ticket" value="{escape(ticket)}">',
    ]
    if known is not None:
        parts += [
            '<h2>Continuer <span lang="en">Continue</span></h2>',
            f"<ul>{_person(known, field='continue')}</ul>",
            '<h2>Choisir une autre personne <span lang="en">Choose another person</span></h2>',
        ]
    parts += [f"<ul>{''.join(_person(p, field='subject') for p in others)}</ul>", "</form>"]
    return _page(issuer, "Qui êtes-vous ?", "Who are you?", "\n".join(parts))


def _person(person: DemoPerson, *, field: str) -> str:
    primary = ' class="primary"' if field == "continue" else ""
    return (
        f'<li><button name="{field}" value="{escape(person.subject)}"{primary}>'
        f'<span class="face" aria-hidden="true">{escape(_initials(person.name))}</span>'
        f'<span class="who"><b>{escape(person.name)}</b> <i>{escape(person.post)}</i>'
        f"<span>{escape(person.duty_fr)}</span>"
        f'<span lang="en">{escape(person.duty_en)}</span></span>'
        f'<span class="org">{escape(person.organisation.short_name)}</span></button></li>'
    )


def _initials(name: str) -> str:
    """The last two words' first letters: titles come first ("Dr L. Fabre" is LF)."""
    return "".join(word[0] for word in name.split()[-2:]).upper()


def confirm_sign_out(issuer: IssuerConfig) -> str:
    """Somebody asks to end the session without proving that they belong to it."""
    content = (
        f'<form method="post" action="/{issuer.name}/logout">'
        '<button name="confirm" value="yes" class="primary action">Se déconnecter '
        '<span lang="en">Sign out</span></button></form>'
    )
    return _page(issuer, "Se déconnecter ?", "Sign out?", content)


def signed_out(issuer: IssuerConfig) -> str:
    """The session is over."""
    content = '<p>Vous pouvez fermer cette page. <span lang="en">You may close this page.</span></p>'
    return _page(issuer, "Vous êtes déconnecté", "You are signed out", content)


def refused(issuer: IssuerConfig, error: str, description: str) -> str:
    """The request cannot be answered, nor sent back to whoever made it."""
    content = (
        "<p>Le service qui vous a envoyé ici a fait une demande incorrecte. Revenez à sa page d’accueil.</p>"
        '<p lang="en">The service that sent you here made an incorrect request. '
        "Go back to its front page.</p>"
        f"<p><code>{escape(error)}</code> {escape(description)}</p>"
    )
    return _page(issuer, "Demande refusée", "Request refused", content)


def _page(issuer: IssuerConfig, heading: str, heading_en: str, content: str) -> str:
    return _PAGE.format(
        title=escape(issuer.title_fr),
        title_en=escape(issuer.title_en),
        name=escape(issuer.name),
        mark=escape(issuer.title_fr[0]),
        heading=escape(heading),
        heading_en=escape(heading_en),
        content=content,
    )


STYLE = (Path(__file__).parent / "page.css").read_text(encoding="utf-8")
