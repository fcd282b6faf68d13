"""Where the connector may be, and nobody else: the only addresses that ever see our token. No I/O.

https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-authentication says to trust no other; the list of
hosts is ours.
"""

import re
from dataclasses import dataclass

SERVICE_HOSTS = frozenset(
    {"smba.trafficmanager.net", "smba.infra.gcc.teams.microsoft.com", "smba.infra.gov.teams.microsoft.us"}
)
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1", "[::1]"})
#: Scheme, host, port, path: what a service address consists of, and nothing that two readers could read differently.
ADDRESS = re.compile(r"(https?)://([A-Za-z0-9.-]+|\[::1\])(?::\d{1,5})?(?:/[A-Za-z0-9._~/-]*)?")


@dataclass(frozen=True, slots=True)
class ServiceHosts:
    """Where the connector may be: the only addresses that ever see our token."""

    hosts: frozenset[str] = SERVICE_HOSTS
    #: The playground's connector is on this machine.
    playground: bool = False

    def trusts(self, url: str) -> bool:
        """A listed host, by https. This machine without https too, where it is listed by name: tests and the playground."""
        found = ADDRESS.fullmatch(url)
        if found is None:
            return False
        scheme, host = found[1], found[2].lower()
        if host in LOOPBACK:
            return self.playground or host in self.hosts
        return scheme == "https" and host in self.hosts
