"""The desk for the host's own users: a Unix socket on which `com1-web link` asks for a link."""

import asyncio
import grp
import json
import os
import pwd
import socket
import stat
import struct
import time
from http import HTTPStatus
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

from aiohttp import web

from com1d.errors import BadRequest, Forbidden, NotFound, Problem
from com1d.gateway.daemon import Daemon
from com1d.gateway.messages import as_json, as_problem, is_view
from com1d.gateway.settings.values import Address
from com1d.gateway.signin.links import LINK_SECONDS, Links
from com1d.gateway.signin.user import User, fitting, is_name
from com1d.gateway.telemetry import Telemetry
from com1d.values import dataclass


_UCRED: Final = struct.Struct("iII")

_ROOT: Final = 0

SHARE_SECONDS: Final = 5.0
"""Between two looks at whose the daemon's socket is."""


@dataclass(frozen=True, slots=True)
class Desk:
    """Makes links. Who asks is what the kernel says (SO_PEERCRED)."""

    url: Address
    links: Links
    daemon: Daemon
    telemetry: Telemetry

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer a request for a link."""
        try:
            if (request.method, request.path) != ("POST", "/link"):
                raise NotFound("only POST /link")
            return as_json(await self._link(request))
        except Problem as problem:
            return as_problem(problem)

    async def _link(self, request: web.BaseRequest) -> dict[str, str | float | None]:
        uid = _uid_of(request)
        wanted, view = request.query.get("for"), request.query.get("view", "")
        if view and not is_view(view):
            raise BadRequest('"view" is an address of the page, below its URL')
        name = await asyncio.to_thread(_name_of, uid)
        if wanted not in (None, name) and uid not in (_ROOT, os.geteuid()):
            raise Forbidden("only root makes links for others")
        user = await asyncio.to_thread(_user, wanted or name)
        token = self.links.mint(user, time.time())
        self.telemetry.say("link.made", user=user.name, by=uid)
        query = f"?{urlencode({'view': view})}" if view else ""
        return {
            "url": f"{self.url.text}link{query}#{token}",
            "user": user.name,
            "seconds": LINK_SECONDS,
            "obstacle": await self._obstacle(user),
        }

    async def _obstacle(self, user: User) -> str | None:
        """Say what keeps the user from seeing any console, and how to mend it."""
        try:
            async with self.daemon.ask(user, "GET", "/v1/consoles") as answer:
                members = json.loads(await answer.read())
        except Problem as problem:
            return f"{problem.title}. {problem.remedy}"
        if answer.status != HTTPStatus.OK:
            us = pwd.getpwuid(os.geteuid()).pw_name
            return (
                f"com1d does not let {us} speak for others. In com1d.toml:\n"
                f'[[gateways]]\nuser = "{us}"'
            )
        if not members["consoles"]:
            return (
                f"com1d shows {user.name} no console. In com1d.toml:\n"
                f'[[roles]]\nprincipal = "user:{user.name}"\nrole = "owner"\nscope = "*"'
            )
        return None


def bind(path: Path) -> socket.socket:
    """Bind the socket of the desk, for root and ourselves until it is shared."""
    path.unlink(missing_ok=True)
    sock = socket.socket(socket.AF_UNIX)
    try:
        old = os.umask(0o177)
        try:
            sock.bind(str(path))
        finally:
            os.umask(old)
    except OSError:
        sock.close()
        raise
    return sock


async def share(path: Path, like: Path) -> None:
    """Keep the socket for whoever may open `like`, until cancelled: the daemon may come later."""
    while True:
        _share(path, like)
        await asyncio.sleep(SHARE_SECONDS)


def _share(path: Path, like: Path) -> None:
    try:
        group = like.stat().st_gid
        if path.stat().st_gid != group:
            os.chown(path, -1, group)
        path.chmod(stat.S_IRUSR | stat.S_IWUSR | stat.S_IRGRP | stat.S_IWGRP)
    except OSError:  # the daemon is not there, or its group is none of ours: root asks alone
        return


def _uid_of(request: web.BaseRequest) -> int:
    assert request.transport is not None  # noqa: S101 - a request that is being answered
    sock = request.transport.get_extra_info("socket")
    uid: int = _UCRED.unpack(sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _UCRED.size))[1]
    return uid


def _name_of(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        raise Forbidden(f"uid {uid} has no name on this host") from None


def _user(name: str) -> User:
    if not is_name(name):
        raise Forbidden(f"{name!r} is no name that com1d takes")
    try:
        account = pwd.getpwnam(name)
    except KeyError:
        return User(name)
    numbers = os.getgrouplist(name, account.pw_gid)
    groups = [one.gr_name for one in map(_group, numbers) if one is not None]
    return User(name, fitting(groups), shown=account.pw_gecos.split(",")[0])


def _group(number: int) -> grp.struct_group | None:
    try:
        return grp.getgrgid(number)
    except KeyError:
        return None
