"""Serve the page, on the loopback unless told otherwise."""

import errno
import socket
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import uvicorn

from brainscan.app.answer import about, answering
from brainscan.app.limits import Limits
from brainscan.app.site import make_site
from brainscan.predict import Predictor

LOOPBACK = "127.0.0.1"
PORT = 8765
_LIMITS = Limits()


def make_app(predictor: Predictor, limits: Limits = _LIMITS, host: str = LOOPBACK) -> Any:
    """Return the page as an ASGI application, for a server of one's own.

    Args:
        predictor: answers.
        limits: of what is taken.
        host: the address or name it is reached at; requests to another name are refused.
    """
    return make_site(answering(predictor, limits), about(predictor, limits), limits, host)


def serve(
    bundle: str | Path,
    host: str = LOOPBACK,
    port: int = PORT,
    limits: Limits = _LIMITS,
    ready: Callable[[str], object] | None = None,
) -> None:
    """Serve the page until it is stopped. For research use only.

    Args:
        bundle: what was trained, see `brainscan.predict.Bundle`.
        host: the address to listen at; another than the loopback lets other machines in, without
            a password and without encryption.
        port: to listen at; 0 takes a free one.
        limits: of what is taken.
        ready: called with the page's address once it listens.

    Raises:
        FileNotFoundError: there is no such bundle.
        ValueError: it is refused, with the reason.
        OSError: the port is taken, or the host is no address of this machine.
    """
    predictor = Predictor.load(bundle)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        _bind(listener, host, port)
        config = uvicorn.Config(
            make_app(predictor, limits, host),
            log_level="warning",
            access_log=False,
            server_header=False,
            ws="none",
            lifespan="off",
            timeout_keep_alive=15,
            timeout_graceful_shutdown=5,
            limit_concurrency=200,
        )
        if ready is not None:
            listener.listen()  # who comes before the server runs waits for it
            ready(f"http://{f'[{host}]' if ':' in host else host}:{listener.getsockname()[1]}/")
        with suppress(KeyboardInterrupt):  # the way to stop it, raised once all is closed
            uvicorn.Server(config).run(sockets=[listener])


def _bind(listener: socket.socket, host: str, port: int) -> None:
    try:
        listener.bind((host, port))
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise OSError(
                f"port must be a free one; {port} is already in use. Give another, or 0 for any."
            ) from error
        if error.errno == errno.EACCES:
            raise PermissionError(
                f"port must be one that you may listen at; {port} is not. Give one above 1023."
            ) from error
        raise OSError(
            f"host must be an address or a name of this machine; got {host!r} "
            f"({error.strerror}). {LOOPBACK} is for this machine alone, 0.0.0.0 for all."
        ) from error
