"""Delegated identity: what a gateway says counts, what others say is refused."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.asyncio.client import unix_connect
from websockets.exceptions import InvalidStatus

from com1d.access import access
from com1d.access.gateway import speaker
from com1d.access.peer import Caller
from com1d.config import GatewayConfig, RoleConfig
from com1d.core.access.policy import Peer
from com1d.errors import BadRequest, Forbidden
from house import House, close, events, parse, running


WEB = Caller(Peer(990, 990, frozenset({990, 27}), "com1-web"), 4242, "com1-web")
GATEWAYS = frozenset({990})

ROLES = (
    RoleConfig("user", "anna", "contributor", "web*"),
    RoleConfig("group", "ops", "owner", "*"),
    RoleConfig("uid", 0, "reader", "db*"),
)


def test_whom_it_speaks_for():
    """User, groups and second factor are the claimed ones, the process is the gateway's."""
    claims = (("com1d-user", "anna"), ("com1d-groups", "ops, domain users"), ("com1d-mfa", "true"))

    caller = speaker(WEB, claims, GATEWAYS)

    assert frozenset({"user:anna", "group:ops", "group:domain users"}) == caller.peer.vouched
    assert ("anna", "com1-web", True) == (caller.user, caller.gateway, caller.mfa)
    assert "anna (via com1-web)" == caller.person
    assert (990, 990, 4242, "com1-web") == (
        caller.who.uid, caller.who.gid, caller.who.pid, caller.who.command
    )  # fmt: skip
    assert frozenset() == caller.peer.groups


def test_without_claims_it_is_itself():
    """A gateway that names nobody has its own roles, and so has everybody else."""
    assert WEB is speaker(WEB, (), GATEWAYS)
    assert WEB is speaker(WEB, (), frozenset())
    assert speaker(None, (), GATEWAYS) is None


@pytest.mark.parametrize("caller", [WEB, None])
def test_others_may_not(caller):
    """Who is no gateway is refused, also where it claims to be itself; so is the TCP listener."""
    with pytest.raises(Forbidden):
        speaker(caller, (("com1d-user", "com1-web"),), frozenset({991}))


@pytest.mark.parametrize(
    "claims",
    [
        [("com1d-mfa", "true")],
        [("com1d-user", "")],
        [("com1d-user", "anna"), ("com1d-user", "ben")],
        [("com1d-user", "an:na")],
        [("com1d-user", "anna,ben")],
        [("com1d-user", "anna\u202e")],
        [("com1d-user", "a" * 257)],
        [("com1d-user", "anna"), ("com1d-groups", "ops,,web")],
        [("com1d-user", "anna"), ("com1d-groups", ",")],
        [("com1d-user", "anna"), ("com1d-mfa", "yes")],
        [("com1d-user", "anna"), ("com1d-mfa-done", "true")],
    ],
)
def test_unclear_claims_are_refused(claims):
    """Nothing is guessed: a claim that is missing, doubled, unknown or misspelt is an error."""
    with pytest.raises(BadRequest):
        speaker(WEB, tuple(claims), GATEWAYS)


@given(st.lists(st.tuples(st.sampled_from(["com1d-user", "com1d-groups", "com1d-x"]), st.text())))
def test_no_claims_are_too_strange(claims):
    """Whatever a gateway says, it is understood or refused; and it never becomes a number."""
    try:
        caller = speaker(WEB, tuple(claims), GATEWAYS)
    except BadRequest:
        return
    assert caller is WEB or all(":" in principal for principal in caller.peer.vouched)


def test_who_is_a_gateway():
    """Users by name and by number; a name without an account is nobody."""
    configured = (GatewayConfig("root"), GatewayConfig(990), GatewayConfig("no such account"))

    assert frozenset({0, 990}) == access.gateways(configured)


async def ask(house: House, method: str, path: str, **claims: str) -> tuple[int, dict]:
    head = f"{method} {path} HTTP/1.1\r\nHost: com1d\r\nConnection: close\r\n"
    head += "".join(f"Com1d-{name}: {value}\r\n" for name, value in claims.items())
    answer = parse(await house.send_raw(head.encode() + b"\r\n"))
    return answer.status, answer.json


async def names(house: House, **claims: str) -> list[str]:
    _, answer = await ask(house, "GET", "/v1/consoles", **claims)
    return [console["name"] for console in answer["consoles"]]


def audited(folder, event: str) -> list[dict]:
    text = (folder / "log" / "audit.jsonl").read_text()
    return [line for line in map(json.loads, text.splitlines()) if event == line["event"]]


async def test_judged_as_the_user(run_dir):
    """Names in [[roles]] hold for him though no such account exists; the gateway's uid does not."""
    gateways = (GatewayConfig(0),)
    async with running(run_dir, "web01", "db01", roles=ROLES, gateways=gateways) as house:
        assert ["db01"] == await names(house)
        assert ["web01"] == await names(house, User="anna")
        assert ["db01", "web01"] == await names(house, User="emil", Groups="staff,ops")
        assert [] == await names(house, User="0", Groups="")
        assert [] == await names(house, User="root")
        status, problem = await ask(house, "POST", "/v1/consoles/web01/disconnect", User="anna")
        assert (403, "forbidden") == (status, problem["code"])
        status, _ = await ask(house, "POST", "/v1/disable", User="emil", Groups="ops")
        assert 200 == status


async def test_audited_as_the_user_through_the_gateway(run_dir):
    """The line, the status and the preemption name the user; pid and uid are the gateway's."""
    gateways = (GatewayConfig(0),)
    async with running(run_dir, "web01", roles=ROLES, gateways=gateways) as house:
        uri = "ws://com1d/v1/consoles/web01/attach"
        clients = [
            unix_connect(
                str(house.api), uri, subprotocols=["com1.v1"], compression=None,
                additional_headers=headers,
            )
            for headers in ({"Com1d-User": "anna"}, {"Com1d-User": "ben", "Com1d-Groups": "ops"})
        ]  # fmt: skip
        async with clients[0] as anna:
            seen, _ = await events(anna, "replayed")
            assert "anna" == seen[0]["user"]
            _, shown = await ask(house, "GET", "/v1/consoles/web01", User="anna")
            assert ("anna", 0, "root") == tuple(
                shown["active"][key] for key in ("user", "uid", "gateway")
            )
            answer = await ask(house, "POST", "/v1/consoles/web01/keys", User="ben", Groups="ops")
            assert answer[0] in (400, 409)
            async with clients[1] as ben:
                await events(ben, "replayed")
                seen, _ = await events(anna, "preempted")
                assert "ben" == seen[-1]["by"]

    began = audited(run_dir, "session.began")
    assert [("anna", 0, "root"), ("ben", 0, "root")] == [
        (line["user"], line["uid"], line["gateway"]) for line in began
    ]


async def test_two_users_of_one_gateway_are_two(run_dir):
    """A paste by one while the other holds the session is refused, though both have one uid."""
    gateways = (GatewayConfig(0),)
    async with running(run_dir, "web01", roles=ROLES, gateways=gateways) as house:
        guest = house.guest("web01").start()
        await house.up("web01")
        async with unix_connect(
            str(house.api), "ws://com1d/v1/consoles/web01/attach", subprotocols=["com1.v1"],
            compression=None, additional_headers={"Com1d-User": "anna"},
        ) as anna:  # fmt: skip
            await events(anna, "replayed")
            body = b'{"text": "x"}'
            head = (
                "POST /v1/consoles/web01/paste HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                f"Content-Length: {len(body)}\r\nCom1d-User: ben\r\nCom1d-Groups: ops\r\n\r\n"
            )
            answer = parse(await house.send_raw(head.encode() + body))
        assert (409, "busy") == (answer.status, answer.json["code"])
        assert b"" == guest.typed_now()
        guest.stop()


async def test_claims_of_others_are_refused_and_audited(run_dir):
    """Root itself may not speak for others unless configured; that it tried is in the audit."""
    async with running(run_dir, "web01", gateways=(GatewayConfig(990),)) as house:
        status, problem = await ask(house, "GET", "/v1/consoles", User="anna")
        assert (403, "forbidden") == (status, problem["code"])
        status, _ = await ask(house, "GET", "/v1/consoles")
        assert 200 == status

    [line] = audited(run_dir, "verb.used")
    assert ("root", "forbidden") == (line["user"], line["outcome"])


@pytest.mark.parametrize("where", ["host", "console"])
async def test_a_second_factor(run_dir, where: str):
    """Required, it is asked of everybody and on every entrance, after the role."""
    options = {"host": {"require_mfa": True}} if where == "host" else {"require_mfa": True}
    roles = (*ROLES, RoleConfig("uid", 0, "owner", "*"))
    gateways = (GatewayConfig(0),)
    async with running(run_dir, "web01", roles=roles, gateways=gateways, **options) as house:
        path = "/v1/consoles/web01/disable"
        for claims in ({"User": "anna"}, {"User": "anna", "Mfa": "false"}, {}):
            status, problem = await ask(house, "POST", path, **claims)
            assert (403, "mfa-required") == (status, problem["code"])
        assert 404 == (await ask(house, "POST", path, User="ben"))[0]
        assert ["web01"] == await names(house, User="anna")
        async with house.raw("web01") as (reader, writer):
            assert b"com1d: mfa-required: " in await reader.read()
            await close(writer)
        with pytest.raises(InvalidStatus, match="403"):
            async with house.attach("web01", "?mode=observe"):
                pass
        assert (200 if where == "console" else 403) == (await ask(house, "POST", "/v1/enable"))[0]

        assert 200 == (await ask(house, "POST", path, User="anna", Mfa="true"))[0]
