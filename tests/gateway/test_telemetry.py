"""What the gateway says of itself."""

from aiohttp import ClientSession
from structlog.testing import capture_logs

from com1d.gateway.telemetry import NOISE, Telemetry
from gateway.portal import opened
from gateway.providers import free_port
from house import events


async def test_its_metrics(run_dir):
    """Connections, streams, sign-ins and answers are counted, on an address of their own."""
    port = free_port()
    settings = {"metrics": ("127.0.0.1", port)}
    async with opened(run_dir, "vm", settings=settings) as portal, portal.signed_in() as browser:
        await browser.post("link", json={"token": "wrong"})
        async with browser.stream("v1/consoles/vm/attach") as stream, ClientSession() as session:
            await events(stream, "replayed")
            page = await (await session.get(f"http://127.0.0.1:{port}/metrics")).text()
            assert "ok\n" == await (await session.get(f"http://127.0.0.1:{port}/healthz")).text()
            assert (await session.get(f"http://127.0.0.1:{port}/v1/consoles")).status == 404

    for line in (
        "com1web_streams 1.0",
        'com1web_signins_total{outcome="ok",way="link"} 1.0',
        'com1web_signins_total{outcome="refused",way="link"} 1.0',
        'com1web_requests_total{status="403"} 1.0',
    ):
        assert f"\n{line}\n" in page
    assert "anna" not in page


def test_noise_is_bounded():
    """Strangers cannot fill the journal; what was passed over is told."""
    telemetry = Telemetry()
    with capture_logs() as lines:
        for _ in range(NOISE + 100):
            telemetry.refuse("request.refused")
        telemetry.say("signin.begun")

    refusals = [line for line in lines if line["event"] == "request.refused"]
    assert NOISE <= len(refusals) <= NOISE + 2
    assert "signin.begun" == lines[-1]["event"]


async def test_no_secret_is_logged(run_dir):
    """Neither tokens nor cookies, whatever becomes of them."""
    with capture_logs() as lines:
        async with opened(run_dir, "vm") as portal, portal.signed_in() as browser:
            token = await portal.token()
            await browser.post("link", json={"token": token + "x"})
            await browser.get(f"link?{token}")
            cookie = browser.cookies().partition("=")[2]

    assert token not in str(lines)
    assert cookie not in str(lines)


def test_a_mistake_is_told_by_its_kind_and_place():
    """Its text may be somebody's, as for the daemon."""
    with capture_logs() as lines:
        try:
            int("what somebody typed")
        except ValueError as error:
            Telemetry().fail("request.failed", error, method="GET")

    (line,) = lines
    assert "ValueError" == line["error"]
    assert line["at"][-1].startswith("test_telemetry.py:")
    assert "typed" not in str(line)
