"""`crisislink doctor` on the basemap of the settings: a file, tiles of another, what is wrong with either."""

from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route
from typer.testing import CliRunner

from crisislink.__main__ import app
from crisislink.adapters.basemap.settings import MapSettings
from crisislink.doctor import Finding, _ground
from tests.pmtiles import PNG, VECTOR, archive, plain
from tests.web.studio import served

SETTINGS = """public_url = "https://crisislink.example"
data_dir = "{folder}"
key_file = "{folder}/key"
[[providers]]
id = "hopital"
label = "SAMU"
side = "hospital"
issuer = "https://idp.example"
client_id = "c"
client_secret = "s"
[map]
{map}
"""


async def ground(**chosen: object) -> Finding:
    """What the doctor says of `[map]`."""
    return await _ground(MapSettings.model_validate({"attribution": "© Example", "timeout_s": 1} | chosen))


async def source(answer: Response) -> Finding:
    """What the doctor says of a source of tiles that always answers so."""

    async def answered(_request: object) -> Response:
        return answer

    async with served(Starlette(routes=[Route("/{path:path}", answered)])) as port:
        return await ground(tiles=f"http://127.0.0.1:{port}/wmts?z={{z}}&x={{x}}&y={{y}}&key=s3cret")


async def test_a_file_is_named_with_what_it_holds(tmp_path: Path) -> None:
    file = tmp_path / "city.pmtiles"
    for kind, said in ((VECTOR, "vector"), (PNG, "raster")):
        file.write_bytes(archive({(10, 516, 373): b"1", (12, 2064, 1494): b"1"}, kind))
        found = await ground(file=file)
        assert (found.grade, found.found) == ("good", f"{said} · z 10-12 · {file}")


async def test_without_a_basemap_nothing_is_missing() -> None:
    assert (await _ground(MapSettings())).grade == "good"


async def test_a_source_gives_one_tile_to_the_doctor() -> None:
    found = await source(Response(plain((1, 2, 3)), media_type="image/png"))
    assert (found.grade, found.found) == ("good", "image/png · 0 KiB")


@pytest.mark.parametrize(
    "answer",
    [
        Response("<ServiceExceptionReport/>", media_type="text/xml"),
        Response(b"no picture", media_type="image/png"),
        Response(status_code=404),
        Response(status_code=403),
        Response(status_code=302, headers={"Location": "https://elsewhere.example/"}),
    ],
    ids=["xml", "lie", "absent", "forbidden", "redirect"],
)
async def test_a_source_that_gives_no_picture_is_said_with_what_to_do_and_without_its_key(
    answer: Response,
) -> None:
    found = await source(answer)
    assert (found.grade, found.found) == ("poor", "- 127.0.0.1")
    assert "map.tiles" in found.advice_fr
    assert "map.tiles" in found.advice_en


async def test_a_source_that_cannot_be_reached_is_no_reason_not_to_start() -> None:
    # Port 1 (tcpmux) answers nowhere.
    assert (await ground(tiles="http://127.0.0.1:1/{z}/{x}/{y}?key=s3cret")).grade == "poor"


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        ('file = "{folder}/none.pmtiles"\nattribution = "© OSM"', "No such file"),
        ('file = "{folder}"\nattribution = "© OSM"', "Is a directory"),
        ('file = "{folder}/text.pmtiles"\nattribution = "© OSM"', "not a PMTiles archive"),
        ('tiles = "https://tiles.example/wmts?key=s3cret"\nattribution = "© OSM"', "once each"),
        ('tiles = "https://tiles.example/{{z}}/{{x}}/{{y}}?key=s3cret"', "attribution is missing"),
    ],
)
def test_a_map_that_cannot_be_is_said_by_the_doctor_in_words(tmp_path: Path, chosen: str, said: str) -> None:
    (tmp_path / "text.pmtiles").write_text("not a map " * 50)
    file = tmp_path / "crisislink.toml"
    file.write_text(SETTINGS.format(folder=tmp_path, map=chosen.format(folder=tmp_path)))
    done = CliRunner().invoke(app, ["doctor", "--config", str(file)])
    assert done.exit_code != 0
    assert said in done.output
    assert "s3cret" not in done.output
