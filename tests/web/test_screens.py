"""Every screen, light and dark, wide and narrow: accessible, never wider than the window, without a fault."""

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from tests.web.accessibility import axe, sideways_overflow
from tests.web.browser import Watch, settle
from tests.web.screens import SCREENS
from tests.web.seeding import Seeded

pytestmark = pytest.mark.web

NARROW: ViewportSize = {"width": 360, "height": 740}


@pytest.mark.parametrize("name", SCREENS)
def test_a_screen(request: pytest.FixtureRequest, page: Page, watch: Watch, tidewater: Seeded, name: str) -> None:
    screen = SCREENS[name]
    project = tidewater if screen.project == "tidewater" else request.getfixturevalue(screen.project)
    if screen.is_missing:
        watch.expect(r"console error: Failed to load resource: .*\b404\b")
    page.goto(screen.url(project))
    settle(page)
    if screen.opens:
        screen.opens(page)
    expect(page.locator(screen.within).get_by_text(screen.shows).filter(visible=True).first).to_be_visible()
    assert page.title().endswith("BMADFlow")
    axe(page)
    page.emulate_media(color_scheme="dark")
    axe(page)
    page.set_viewport_size(NARROW)
    assert sideways_overflow(page) <= 0
    axe(page)


def test_dark_is_dark(page: Page) -> None:
    page.goto("/")
    settle(page)
    light = brightness(page)
    page.emulate_media(color_scheme="dark")
    settle(page)
    assert brightness(page) < 60 < 200 < light


def brightness(page: Page) -> int:
    """The page's background, 0 (black) to 255 (white)."""
    return page.evaluate(
        """() => {
          const context = Object.assign(document.createElement("canvas"), { width: 1, height: 1 }).getContext("2d");
          const colours = [document.documentElement, document.body].map((e) => getComputedStyle(e).backgroundColor);
          for (const colour of colours) { context.fillStyle = colour; context.fillRect(0, 0, 1, 1); }
          return Math.max(...context.getImageData(0, 0, 1, 1).data.slice(0, 3));
        }"""
    )
