"""Where a webhook may lead: the public Internet, and the networks that the instance names.

The name is looked up once, every address found is judged, and the connection goes to an address
that was judged; a name that means something else a moment later thus gains nothing.
"""

from __future__ import annotations

import ipaddress
import socket

from django.conf import settings

from gongshu.jobs.deliveries import Unsent
from gongshu.wording import Sentence

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# Never, whatever is named: link-local, which holds the clouds' metadata services, and those of
# them that stand elsewhere.
NEVER = tuple(
    ipaddress.ip_network(text)
    for text in (
        "169.254.0.0/16",
        "fe80::/10",
        "fd00:ec2::254/128",
        "100.100.100.200/32",
        "168.63.129.16/32",
        "0.0.0.0/8",
        "::/128",
        "224.0.0.0/4",
        "ff00::/8",
    )
)
GLOBAL_IPV6 = ipaddress.ip_network("2000::/3")
NAT64 = ipaddress.ip_network("64:ff9b::/96")
CLOSED = Sentence(
    en="The address leads into a network that webhooks may not reach.",
    zh="该地址位于网络回调不得访问的网络。",
)


def permitted(found: Address) -> bool:
    """Whether a webhook may go there."""
    found = meant(found)
    if any(found in network for network in NEVER):
        return False
    if any(found in network for network in settings.WEBHOOK_NETWORKS):
        return True
    if found.is_loopback:
        return bool(settings.DEBUG)
    return found.is_global and (found.version == 4 or found in GLOBAL_IPV6)


def meant(found: Address) -> Address:
    """The IPv4 address that an IPv6 address carries, if it carries one."""
    if isinstance(found, ipaddress.IPv4Address):
        return found
    if found in NAT64:
        return ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
    teredo = found.teredo[1] if found.teredo else None
    return found.ipv4_mapped or found.sixtofour or teredo or found


def literal(host: str) -> Address | None:
    """The address, where the host is one and no name."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def judged(host: str, port: int) -> list[Address]:
    """The addresses of this name, if all of them may be reached; `Unsent` otherwise."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Unsent(
            Sentence(en=f"The name {host} is not found.", zh=f"找不到主机名 {host}。"),
            unreachable=True,
        ) from error
    places = [ipaddress.ip_address(str(row[4][0]).partition("%")[0]) for row in found]
    if not all(permitted(place) for place in places):
        raise Unsent(CLOSED, unreachable=True)
    return places


def reach(host: str, port: int, *, timeout: float) -> socket.socket:
    """A connection to an address that was judged."""
    return _first(judged(host, port), host, port, timeout)


def connect(host: str, port: int, *, plain: bool, timeout: float) -> socket.socket:
    """A connection to an address that was judged; `plain`, without TLS, to this machine alone."""
    places = judged(host, port)
    if plain and not all(meant(place).is_loopback for place in places):
        raise Unsent(
            Sentence(en="A webhook goes by https.", zh="网络回调必须使用 https。"), lasting=True
        )
    return _first(places, host, port, timeout)


def _first(places: list[Address], host: str, port: int, timeout: float) -> socket.socket:
    for place in places:
        try:
            return socket.create_connection((str(place), port), timeout=timeout)
        except OSError:
            continue
    raise Unsent(Sentence(en=f"{host} does not answer.", zh=f"{host} 没有应答。"), unreachable=True)
