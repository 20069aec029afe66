"""Webhooks: which addresses and topics are taken, how one is sent, and when it is tried again or given up."""

import base64
import hashlib
import hmac
import ipaddress
from datetime import datetime, timedelta
from enum import Enum
from urllib.parse import urlsplit

from domain.errors import Refusal

TEST_TOPIC = "webhook.test"
DOCUMENTS = (
    "inquiry",
    "quotation",
    "contract",
    "salesOrder",
    "returnOrder",
    "memoRequest",
    "delivery",
    "billingDocument",
    "payment",
)
TOPICS = frozenset(
    {f"{kind}.{what}" for kind in ("customer", "customerExtension", *DOCUMENTS) for what in ("created", "changed")}
    | {"qualificationDocument.changed", "qualificationDocument.expiring"}
    | {"salesOrder.creditBlocked", "salesOrder.creditReleased", "salesOrder.creditRejected"}
    | {"creditAccount.changed", "creditAccount.limitNear", "creditAccount.reviewDue"}
)
"""What a webhook may be told of."""
LONGEST_URL = 500
MOST_WEBHOOKS = 10
"""Of one user, at a time."""
GROWTH, LONGEST_WAIT = 3, timedelta(hours=6)


class DeliveryStatus(Enum):
    """Where one event's way to a webhook stands."""

    PENDING = "PENDING"
    DELIVERED = "DELIVERED"
    FAILED = "FAILED"


def faults_of_webhook(url: str, topics: list[str], known: frozenset[str], *, anywhere: bool) -> tuple[Refusal, ...]:
    """What is wrong with an address or with topics; `anywhere` takes http and addresses of private networks too."""
    faults = []
    if not is_address(url, anywhere=anywhere):
        faults.append(Refusal("WEBHOOK_URL", "url"))
    if not topics:
        faults.append(Refusal("TOPICS_EMPTY", "topics"))
    faults += [
        Refusal("TOPIC_UNKNOWN", f"topics.{place}", {"value": topic[:60], "known": ", ".join(sorted(known))})
        for place, topic in enumerate(topics)
        if topic not in known
    ]
    return tuple(faults)


def is_address(url: str, *, anywhere: bool) -> bool:
    """Whether something may be sent there as far as the text tells; what its name stands for is seen when it is sent."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    if len(url) > LONGEST_URL or not url.isascii() or not url.isprintable() or " " in url:
        return False
    if parts.scheme not in (("http", "https") if anywhere else ("https",)) or not parts.hostname:
        return False
    if parts.username is not None or parts.password is not None or parts.fragment or port == 0:
        return False
    try:
        return anywhere or is_public(parts.hostname)
    except ValueError:
        return True  # a name, and no address


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the public Internet, also where it carries another one in it. Raises ValueError."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    inner = None
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if ip in NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.is_global and not ip.is_multicast and (inner is None or (inner.is_global and not inner.is_multicast))


NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


def signature(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """The `webhook-signature` of Standard Webhooks (version 1, symmetric); the secret is `whsec_` and base64."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = hmac.new(key, f"{message_id}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(signed).decode()}"


def wait_before(attempt: int, first: timedelta, chance: float) -> timedelta:
    """How long after the attempt of this number the next one waits: ever longer, by chance (0 to 1) a fifth more or less."""
    longer: int = GROWTH ** min(attempt - 1, 12)
    return min(first * longer, LONGEST_WAIT) * (0.8 + 0.4 * chance)


def is_given_up(failing_since: datetime, now: datetime, days: int) -> bool:
    """Whether a webhook that has failed since then is not tried any more."""
    return now - failing_since >= timedelta(days=days)
