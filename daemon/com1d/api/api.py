"""Each request of `com1d.sock` or the TCP listener: for whom, by which route, in which audit."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from com1d.access.gateway import speaker
from com1d.api.answers.selection import console_of
from com1d.api.facilities import Facilities
from com1d.api.messages import Request, Response, Upgrade, json_object
from com1d.api.operations import OPERATIONS
from com1d.api.routes import Route, find
from com1d.audit.entry import AuditEntry, Details
from com1d.console.admission import judge, shown
from com1d.core.access.policy import Verb
from com1d.errors import Forbidden, MfaRequired, NotFound, PasteTooLong, Problem
from com1d.telemetry import facts


REFUSALS: Final = frozenset({NotFound.code, Forbidden.code, MfaRequired.code})
"""Refusals of read-only requests that are audited."""


class Api:
    """Answers requests on `com1d.sock`, and scrapes on the TCP listener."""

    def __init__(self, house: Facilities) -> None:
        """Answer requests about the consoles of `house`."""
        self._house = house

    async def __call__(self, request: Request) -> Response | Upgrade:
        """Answer one request. Raises `Problem`."""
        request = self._for_whom(request)
        route, parts = self._find(request)
        request = replace(request, entry=self._entry(route, request, parts))
        answer = self._answer(route, request, parts)
        return await (self._house.works.decided(answer) if route.is_decided else answer)

    async def _answer(
        self, route: Route, request: Request, parts: Mapping[str, str]
    ) -> Response | Upgrade:
        with request.entry:
            return await route.answer(self._house, request, **parts)

    def _find(self, request: Request) -> tuple[Route, dict[str, str]]:
        """Find the route and the parts of its path; the console is called by its own name."""
        route, parts = find(request)
        if "name" in parts:
            parts["name"] = self._house.called(request.caller, parts["name"])
        return route, parts

    def judge(self, request: Request) -> None:
        """Raise the `Problem` that a request's head shows, before a long body of it is read."""
        request = self._for_whom(request)
        route, parts = self._find(request)
        entry = self._entry(route, request, parts)
        try:
            if (operation := OPERATIONS.get(parts.get("action", ""))) is None:
                raise PasteTooLong(f"{request.path} takes no body of that length")
            console_of(self._house, request, parts["name"], operation.verb)
        except Problem as problem:
            entry.tell(problem.code)
            raise

    def resumes(self, request: Request) -> bool:
        """Say whether another process can go on with a request: a paste, and held keys."""
        try:
            _, parts = find(request)
            operation = OPERATIONS.get(parts.get("action", ""))
            held = json_object(request.body).get("hold") is True
            console = self._house.consoles[parts["name"]]
        except (Problem, LookupError):
            return False
        if console.input.lease is None or operation is None or operation.resume is None:
            return False
        return operation.verb is not Verb.KEYS or held

    def judge_again(self) -> None:
        """Stop verbs and event streams whose callers have lost the permission."""
        self._house.works.judge_again(lambda *permission: judge(self._house, *permission))
        self._house.events.judge_again(self._house.access.viewer)

    async def close(self) -> None:
        """Wait for operations that have begun to change something."""
        await self._house.works.close()

    def _for_whom(self, request: Request) -> Request:
        """Replace a gateway by the user that it asks for."""
        caller = request.caller
        try:
            caller = speaker(caller, request.claims, self._house.access.gateways)
        except Forbidden as problem:
            if caller is not None:
                self._house.record(
                    facts.VerbUsed(caller.who, None, None, "speak for others", problem.code)
                )
            raise
        return request if caller is request.caller else replace(request, caller=caller)

    def _entry(self, route: Route, request: Request, parts: Mapping[str, str]) -> AuditEntry:
        """Make the audit entry of a request: it is told if the request acts or is refused."""
        name = parts.get("name")
        acts = route.method == "POST"
        if route.audits_itself or not (acts or name):
            return AuditEntry()
        who, verb = request.demand_caller().who, parts.get("action") or route.answer.__name__

        def tell(outcome: str, details: Details | None) -> None:
            if acts or outcome in REFUSALS:
                fact = facts.VerbUsed(who, name and shown(name), None, verb, outcome, details)
                self._house.record(fact)

        return AuditEntry(tell)
