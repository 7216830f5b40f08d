"""The gateway's paths: the page, what it asks of the daemon, and who may ask."""

import json

from gateway.portal import opened, problem
from house import events, read_bytes


async def test_a_link_signs_in_once(run_dir):
    """A token turns into a cookie that no script can read, once; then it is spent."""
    async with opened(run_dir, "vm") as portal, portal.browser() as browser:
        assert (await browser.get("session")).status == 401
        token = await portal.token()

        answer = await browser.post("link", json={"token": token})

        cookie = answer.headers["Set-Cookie"]
        assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= set(cookie.split("; "))
        session = await (await browser.get("session")).json()
        assert ("anna", False, True) == (
            session["user"], session["second_factor"], session["sign_out"]
        )  # fmt: skip
        async with portal.browser() as thief:
            assert (403, "link-spent") == await problem(
                await thief.post("link", json={"token": token})
            )
            assert (await thief.get("session")).status == 401


async def test_a_link_replaces_nobody(run_dir):
    """Who is led to another user's link types no secrets as that one; his own is taken."""
    async with opened(run_dir, "vm") as portal, portal.signed_in("bert") as browser:
        of_anna, own = await portal.token("anna"), await portal.token("bert")
        refused = await browser.post("link", json={"token": of_anna})
        assert (409, "signed-in-already") == await problem(refused)
        assert "bert" == (await (await browser.get("session")).json())["user"]
        assert 200 == (await browser.post("link", json={"token": own})).status

        await browser.post("session/end")
        assert 200 == (await browser.post("link", json={"token": of_anna})).status
        assert "anna" == (await (await browser.get("session")).json())["user"]


async def test_requests_reach_the_daemon_as_the_user(run_dir):
    """The daemon answers by the roles of whoever is signed in, and its problems pass untouched."""
    async with opened(run_dir, "vm") as portal:
        async with portal.signed_in("anna") as anna, portal.signed_in("bert") as bert:
            theirs = [await (await one.get("v1/consoles")).json() for one in (anna, bert)]

            assert [["vm"], []] == [[c["name"] for c in one["consoles"]] for one in theirs]
            assert (404, "not-found") == await problem(await bert.get("v1/consoles/vm"))
            assert (await anna.post("v1/consoles/vm/disable")).status == 200


async def test_a_stream_passes_both_ways(run_dir):
    """What is typed reaches the guest, what it prints the browser, with the daemon's events."""
    async with opened(run_dir, "vm") as portal, portal.signed_in() as browser:
        guest = portal.house.guest("vm").start()
        await portal.house.up("vm")
        async with browser.stream("v1/consoles/vm/attach") as stream:
            seen, _ = await events(stream, "replayed")
            await stream.send(b"hello\r")
            typed = await guest.typed(6)
            guest.print(b"world")

            assert ("attached", "anna") == (seen[0]["event"], seen[0]["user"])
            assert b"hello\r" == typed
            assert b"world" == await read_bytes(stream, 5)
        guest.stop()


async def test_a_refused_stream_says_why(run_dir):
    """A browser sees nothing of a refused opening, so it is opened and the problem is an event."""
    async with opened(run_dir, "vm") as portal, portal.signed_in("bert") as browser:
        async with browser.stream("v1/consoles/vm/attach") as stream:
            event = json.loads(await stream.recv())
            await stream.wait_closed()

    assert ("refused", 404, "not-found") == (event["event"], event["status"], event["code"])
    assert (4003, "not-found") == (stream.close_code, stream.close_reason)
