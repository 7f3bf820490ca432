"""The player where the browser offers less: no WebCodecs, no secure context. Read from the screen."""

import numpy as np
import pytest
from playwright.async_api import Browser, expect

from crisislink.stage import Announcement
from tests.journey.conftest import enter
from tests.journey.police import on_duty
from tests.journey.sight import moves, pixels
from tests.journey.test_story import ask, tile

pytestmark = pytest.mark.browser


async def test_without_webcodecs_the_same_stream_plays_and_is_cut_as_fast(
    demo: Announcement, browser: Browser
) -> None:
    samu = await enter(browser, demo, "/samu", "Dr L. Fabre", init="delete window.VideoDecoder")
    async with on_duty(demo.url) as police:
        await ask(samu)
        await police.approve()
        video = tile(samu, 1).locator("video")
        await expect(tile(samu, 1)).to_contain_text("En direct")
        assert await moves(video)
        assert await samu.page.locator(".tile canvas").count() == 0, "no canvas: this is the other way"
        assert float((await pixels(video)).mean()) > 40, "it shows a street"

        await police.revoke()
        await expect(tile(samu, 1)).to_contain_text("Accès révoqué", timeout=2_000)
        assert await samu.page.locator(".tile video").count() == 0
        assert float(np.percentile(await pixels(tile(samu, 1)), 60)) < 40, "the cut picture is dark"
    await samu.shot("samu-mediasource-cut-dark")
    assert samu.errors == []


async def test_where_no_picture_can_be_shown_a_plain_sentence_says_why(
    demo: Announcement, browser: Browser
) -> None:
    insecure = await enter(
        browser,
        demo,
        "/samu",
        "Dr L. Fabre",
        init="Object.defineProperty(window, 'isSecureContext', {value: false})",
    )
    async with on_duty(demo.url) as police:
        await ask(insecure)
        await police.approve()
        await expect(tile(insecure, 1)).to_contain_text("Ouvrez CrisisLink en https")
        old = await enter(
            browser,
            demo,
            "/samu",
            "Dr L. Fabre",
            init="delete window.VideoDecoder; delete window.MediaSource",
        )
        await expect(tile(old, 1)).to_contain_text("Utilisez une version récente")
        assert await insecure.page.locator("canvas[role=img], video").count() == 0
    assert [*insecure.errors, *old.errors] == []
