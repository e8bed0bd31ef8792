"""Did one of our own pages, or a program on this machine, ask?"""

from urllib.parse import urlsplit

from fastapi import HTTPException, Request

_LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})


def require_same_origin(request: Request) -> None:
    """Refuse what another web site makes the browser send. Raises HTTPException (403).

    Browsers say where a request comes from in `Sec-Fetch-Site` and `Origin`; programs such as
    curl say nothing and carry no cookies that another site could misuse. A link on another site
    may open a page: what it opens cannot be read from there, nor put into a frame.
    """
    if request.method == "GET" and request.headers.get("sec-fetch-mode") == "navigate":
        return
    site = request.headers.get("sec-fetch-site", "none")
    origin = request.headers.get("origin")
    is_foreign = origin is not None and urlsplit(origin).netloc != request.headers.get("host")
    if site not in ("same-origin", "none") or (is_foreign and request.method != "GET"):
        raise HTTPException(403)


def require_loopback_name(request: Request) -> None:
    """Refuse a name of another machine, to which a web site could have pointed this address.

    Raises HTTPException (404).
    """
    if request.url.hostname not in _LOOPBACK_NAMES:
        raise HTTPException(404)
