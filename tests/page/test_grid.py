"""Several consoles at once."""

import pytest
from playwright.async_api import expect


pytestmark = pytest.mark.one_loop


async def test_one_of_them_is_typed_on(web, stage):
    """Opened together from the list, all are watched; typing goes to the one chosen last."""
    async with web.person() as anna:
        with stage.guest("lin01") as first, stage.guest("lin02") as second:
            await stage.up("lin01")
            await stage.up("lin02")
            for name in ("lin01", "lin02"):
                await anna.page.get_by_label(f"Choose {name}").check()
            await anna.page.get_by_role("link", name="Open 2 together").click()
            await expect(anna.page).to_have_url(f"{stage.url}grid?names=lin01,lin02")
            first.print(b"here is one\r\n")
            second.print(b"here is two\r\n")
            cells = anna.page.locator(".cell")
            await expect(cells.nth(0)).to_contain_text("here is one")
            await expect(cells.nth(1)).to_contain_text("here is two")
            for cell, guest, other in ((0, first, second), (1, second, first)):
                await cells.nth(cell).get_by_role("button", name="Type here").click()
                await expect(cells.nth(cell).get_by_role("button", name="You type")).to_be_visible()
                await anna.types("x")
                assert await guest.typed(1) == b"x"
                assert other.typed_now() == b""
            await expect(anna.page.locator(".cell.active")).to_have_count(1)


async def test_the_keys_of_a_phone(web, stage):
    """Without a keyboard, a bar has the keys that a phone lacks."""
    phone = {"viewport": {"width": 390, "height": 780}, "has_touch": True, "is_mobile": True}
    async with web.person("anna", **phone) as anna:
        with stage.guest("lin01") as guest:
            await anna.opens("lin01")
            await stage.up("lin01")
            bar = anna.page.get_by_role("group", name="Keys")
            for key, sent in (("Up", b"\x1b[A"), ("Ctrl-C", b"\x03"), ("Tab", b"\t")):
                await bar.get_by_role("button", name=key, exact=True).tap()
                assert await guest.typed(len(sent)) == sent
