"""A list of thousands of consoles."""

import pytest
from playwright.async_api import expect

from page.stage import chromium, staged


pytestmark = [pytest.mark.one_loop, pytest.mark.slow, pytest.mark.timeout(300)]

MANY = 4000
"""Consoles of a host: the daemon's own bound."""

LONGEST = 200
"""Milliseconds between a key and what it shows."""

WATCH = """() => {
    window.longest = 0;
    new PerformanceObserver((list) => {
        for (const { duration } of list.getEntries()) window.longest = Math.max(longest, duration);
    }).observe({ type: "longtask" });
}"""


async def test_thousands_of_rows_do_not_lag():
    """Filtering and walking through all consoles of a large host takes no long task.

    What else this machine does can only lengthen a task, so the best of three rounds counts.
    """
    consoles = "".join(
        f'[consoles.vm{number}]\nport = "pipe:{{folder}}/guests/vm{number}"\nlog_size = 0\n'
        for number in range(MANY)
    )
    with staged(consoles) as stage:
        async with chromium(stage) as web, web.person() as anna:
            anna.expected += "|409"  # no log, no last line
            await expect(anna.page.locator(".count")).to_have_text(f"{MANY}")
            longest = [await walk(anna) for _ in range(3)]
            assert min(longest) <= LONGEST


async def walk(anna) -> float:
    """Filter, walk to the end, and give the longest task in ms."""
    count = anna.page.locator(".count")
    search = anna.page.get_by_role("searchbox")
    await anna.page.evaluate(WATCH)
    await search.fill("")
    await search.focus()
    await anna.types("vm399")
    await expect(count).to_have_text(f"11 of {MANY}")
    await search.fill("")
    await expect(count).to_have_text(f"{MANY}")
    await anna.page.keyboard.press("ArrowDown")
    await anna.page.keyboard.press("End")
    await expect(anna.page.locator(":focus")).to_have_text("vm3999")
    for _ in range(20):
        await anna.page.keyboard.press("PageUp")
    return await anna.page.evaluate("longest")
