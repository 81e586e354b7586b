"""Whether the account can be asked at all: the exact plain reason why not, and what to do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from tests.doctor.findings import Finding, Mark
from zonos_orders.errors import BadCredentials, RequestRejected, ZonosError, ZonosTooSlow, ZonosUnavailable

QUESTION: Final = "Does Zonos accept the store number and the secret?"
_PROXIES: Final = ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy")

# What to do, by what happened: the first class that fits. A failed connection is told apart by its cause.
_ADVICE: Final = (
    (
        BadCredentials,
        "One of the two is wrong, and Zonos does not say which. The store number is the part of an order "
        "number before the dash; the secret is a GUID, 36 characters with four dashes. Copy both again from "
        "what Zonos gave you, and ask Zonos whether the secret is for this store.",
    ),
    (
        RequestRejected,
        "Zonos does not understand our request, so it has changed: ask Zonos, or look for a newer version.",
    ),
    (
        ZonosTooSlow,
        "Zonos, or a firewall on the way, is silent. Try again in some minutes, then from another network.",
    ),
    (
        ZonosUnavailable,
        "Zonos has trouble at present. Try again in some minutes; if it lasts, ask Zonos.",
    ),
    (
        ZonosError,
        "This is not how Zonos answers: a proxy or a firewall may have answered instead, or ZONOS_API_URL "
        "names another system. If the address is right, ask Zonos what has changed.",
    ),
)
_BROKEN_LINES: Final = {
    "SSLError": "Something between here and Zonos shows a certificate that is not Zonos's, usually a proxy "
    "or a virus scanner that opens TLS. The secret was not sent. Try from another network, and do not switch "
    "the check off: the secret is in each call.",
    "NameResolutionError": "The name is not found: is this machine online, and ZONOS_API_URL right?",
    "": "Nothing accepts the connection, or it breaks: no internet, a firewall, or a wrong ZONOS_API_URL.",
}


def accepted(listed: int, since: str) -> Finding:
    """Say that the credentials are good."""
    return Finding(Mark.FINE, QUESTION, f"Yes. It lists {listed} orders since {since}.")


def refused(error: ZonosError, environment: Mapping[str, str]) -> Finding:
    """Say why the first call failed."""
    advice = _advice(error)
    if isinstance(error, ZonosUnavailable) and (
        named := [name for name in _PROXIES if environment.get(name)]
    ):
        advice += f" {', '.join(named)} is set but not used: the secret goes to Zonos directly."
    return Finding(Mark.ATTENTION, QUESTION, f"No: {error}.", advice)


def _advice(error: ZonosError) -> str:
    classes = " ".join(type(cause).__name__ for cause in _causes(error))
    if classes and isinstance(error, ZonosUnavailable) and not isinstance(error, ZonosTooSlow):
        return next(advice for name, advice in _BROKEN_LINES.items() if name in classes)
    return next(advice for kind, advice in _ADVICE if isinstance(error, kind))


def _causes(error: BaseException) -> Iterator[BaseException]:
    """All errors behind an error: causes, contexts, and those that requests and urllib3 wrap."""
    for found in (error.__cause__, error.__context__, getattr(error, "reason", None), *error.args):
        if isinstance(found, BaseException):
            yield found
            yield from _causes(found)
