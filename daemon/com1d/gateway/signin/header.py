"""A proxy in front that has signed its users in says who they are, in headers of each request."""

import time

from aiohttp import web

from com1d.errors import Forbidden
from com1d.gateway.settings.ways import HeaderConfig
from com1d.gateway.signin.addresses import is_among
from com1d.gateway.signin.signins import SignIn
from com1d.gateway.signin.user import User, fitting, is_name
from com1d.values import dataclass


@dataclass(frozen=True, slots=True)
class Header:
    """Believes the headers of listed proxies alone."""

    config: HeaderConfig
    seconds: float
    """How long a stream goes on before the proxy is to say again who it is."""

    def signin_of(self, request: web.BaseRequest) -> SignIn | None:
        """Give who asks by the proxy's word; None where it says nothing.

        Raises `Forbidden` where somebody else says it, or where it is no name.
        """
        name = request.headers.get(self.config.user)
        if name is None:
            return None
        if not self._counts(request):
            raise Forbidden(f"{self.config.user} from {request.remote}, whose word does not count")
        if not is_name(name) or len(request.headers.getall(self.config.user)) > 1:
            raise Forbidden(f"{self.config.user} is no user's name")
        groups = [one.strip() for one in request.headers.get(self.config.groups, "").split(",")]
        second = request.headers.get(self.config.second_factor) == "true"
        expires = time.time() + self.seconds
        return SignIn(f"header:{name}", User(name, fitting(groups), second), expires, "header")

    def _counts(self, request: web.BaseRequest) -> bool:
        if is_among(request.remote or "", self.config.addresses):
            return True
        transport = request.transport
        return self.config.client_ca is not None and bool(
            transport is not None and transport.get_extra_info("peercert")
        )
