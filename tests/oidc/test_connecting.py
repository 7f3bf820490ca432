"""What the documents tell an administrator to write is what the service takes."""

import json
import re
import tomllib
from pathlib import Path

import pytest
from pydantic import BaseModel

from crisislink.adapters.oidc import Make, ProviderProfile
from crisislink.config import ProviderSettings, Settings, load

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "connecting"
PUBLIC = "https://crisislink.example.fr"
MAKES = [make for make in Make if make is not Make.GENERIC]


def described(make: Make) -> ProviderProfile:
    """The settings of the make's page, as the service reads them."""
    block = re.search(r"```toml\n(.+?)```", (FOLDER / f"{make.value}.md").read_text(), re.DOTALL)
    assert block is not None
    return ProviderSettings(**tomllib.loads(block[1])).profile()


@pytest.mark.parametrize("make", MAKES)
def test_each_page_shows_settings_that_the_service_takes(make: Make) -> None:
    assert described(make).make is make


@pytest.mark.parametrize("make", MAKES)
def test_each_page_speaks_both_languages_and_is_listed(make: Make) -> None:
    page = (FOLDER / f"{make.value}.md").read_text()
    assert "## Français" in page
    assert "## English" in page
    assert f"({make.value}.md)" in (FOLDER / "README.md").read_text()


def test_every_setting_of_a_provider_is_described() -> None:
    said = "".join(page.read_text() for page in FOLDER.glob("*.md"))
    assert [name for name in ProviderSettings.model_fields if name not in said] == []


def test_every_variable_that_is_described_is_a_setting() -> None:
    pages = [*ROOT.glob("docs/**/*.md"), *ROOT.glob("deploy/*.*"), ROOT / "README.md"]
    named = {name for page in pages for name in re.findall(r"CRISISLINK_([A-Z0-9_]+)", page.read_text())}
    assert named
    for first, *more in (name.lower().split("__") for name in sorted(named)):
        its = Settings.model_fields[first].annotation
        for part in more:
            assert isinstance(its, type), f"{first} is a list: no variable reaches into it"
            assert issubclass(its, BaseModel), first
            its = its.model_fields[part].annotation


def test_the_example_is_a_good_setting(tmp_path: Path) -> None:
    example = (ROOT / "deploy" / "crisislink.example.toml").read_text()
    (tmp_path / "it.toml").write_text(example.replace("/var/lib/crisislink", str(tmp_path)))
    assert [p.id for p in load(tmp_path / "it.toml").providers] == ["hopital", "ville"]


def test_the_realm_file_registers_what_the_service_uses() -> None:
    realm = json.loads((ROOT / "deploy" / "keycloak" / "crisislink-realm.json").read_text())
    (client,) = realm["clients"]
    profile = described(Make.KEYCLOAK)
    assert profile.issuer.endswith(f"/realms/{realm['realm']}")
    assert client["clientId"] == profile.client_id
    assert client["redirectUris"] == [PUBLIC + profile.redirect_path]
    attributes = client["attributes"]
    assert attributes["post.logout.redirect.uris"] == PUBLIC + profile.signed_out_path
    assert attributes["backchannel.logout.url"] == PUBLIC + profile.backchannel_path
    assert attributes["pkce.code.challenge.method"] == "S256"
    assert attributes["id.token.signed.response.alg"] in profile.ways.algorithms
    assert profile.required_role in [role["name"] for role in realm["roles"]["realm"]]
    claims = [m["config"]["claim.name"] for m in client["protocolMappers"]]
    assert claims == [".".join(profile.ways.roles), "auth_time"]


def test_the_realm_file_holds_no_secret_and_no_weak_flow() -> None:
    (client,) = json.loads((ROOT / "deploy" / "keycloak" / "crisislink-realm.json").read_text())["clients"]
    assert "secret" not in client
    weak = ("publicClient", "implicitFlowEnabled", "directAccessGrantsEnabled", "serviceAccountsEnabled")
    assert not any(client[name] for name in weak)
