"""Every view, in light and dark, on a phone, magnified, and in the system's own colours."""

from typing import Any

import pytest
from playwright.async_api import expect

from page.stage import PICTURES, SOURCES
from page.tour import tour


pytestmark = [pytest.mark.one_loop, pytest.mark.timeout(240)]

DESKTOP: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}}
PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 780},
    "has_touch": True,
    "is_mobile": True,
}
LOOKS: dict[str, dict[str, Any]] = {
    "light": DESKTOP,
    "dark": DESKTOP | {"color_scheme": "dark"},
    "phone": PHONE | {"device_scale_factor": 2},
    "narrow": {"viewport": {"width": 320, "height": 256}},  # WCAG 1.4.10: 1280 by 1024 at 400 %
    "forced": DESKTOP | {"forced_colors": "active", "reduced_motion": "reduce"},
}

AXE = (SOURCES / "node_modules" / "axe-core" / "axe.min.js").read_text
RUN = """async () => {
    const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
    const { violations } = await axe.run(document, { runOnly: tags });
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" ")}`);
}"""


async def findings(page) -> list[str]:
    """Give what axe finds, and whether something is cut off at the right."""
    await page.evaluate(AXE())
    found = await page.evaluate(RUN)
    if await page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        found.append("the page is wider than the window")
    return found


RARE = {"dark", "narrow", "forced"}
"""Looks for which only `.ci/run slow` leads through every view."""

PARAMETERS = [
    pytest.param(look, marks=[pytest.mark.slow] if look in RARE else []) for look in LOOKS
]


@pytest.mark.parametrize("look", PARAMETERS)
async def test_axe_finds_nothing(web, look):
    """No view, menu or dialog has a fault that axe knows; nothing is cut off. Pictures are kept."""
    (PICTURES / look).mkdir(parents=True, exist_ok=True)
    async with web.person("anna", **LOOKS[look]) as anna:
        found = {}
        async for stop in tour(web, anna):
            await anna.page.screenshot(path=PICTURES / look / f"{stop}.png")
            if faults := await findings(anna.page):
                found[stop] = faults
        assert found == {}


@pytest.mark.parametrize("look", LOOKS)
async def test_axe_finds_nothing_before_the_sign_in(web, look):
    """Nor is anything wrong where one signs in."""
    (PICTURES / look).mkdir(parents=True, exist_ok=True)
    async with web.person(None, **LOOKS[look]) as nobody:
        await nobody.goes("")
        await expect(nobody.page.get_by_text("com1-web link")).to_be_visible()
        await nobody.page.screenshot(path=PICTURES / look / "sign-in.png")
        assert await findings(nobody.page) == []
