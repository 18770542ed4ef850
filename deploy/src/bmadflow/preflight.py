"""What must hold before anything is started; each failure is one sentence (Refused)."""

import fcntl
import ipaddress
import os
import re
import shutil
import socket
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from bmadflow.options import BROKER_VARIABLE, LISTENING, Options
from bmadflow.refusal import Refused

_PORT_SECONDS = 2.0  # a predecessor that was killed a moment ago may still be letting go of its ports


def check_host(host: str) -> None:
    """Without login only this machine may reach BMADFlow."""
    try:
        loopback = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise Refused(
            f"BMADFlow has no login here, so it refuses to listen on {host}: use 127.0.0.1, localhost or ::1 as --host."
        )


def check_git() -> None:
    if shutil.which("git") is None:
        raise Refused("git is missing: install it (on Debian and Ubuntu `apt-get install git`) and start again.")


def check_broker() -> None:
    """The broker's address, where there is one; it may hold a password, so it is never repeated."""
    address = os.environ.get(BROKER_VARIABLE)
    if address and not re.fullmatch(r"amqps?://[^/?#]+(/.*)?", address):
        raise Refused(f"{BROKER_VARIABLE} is not an address like amqp://user:password@host:5672/.")


@contextmanager
def hold_data_folder(folder: Path) -> Generator[None]:
    """Create the folder, check that it can be written, and keep every other BMADFlow out of it for as long."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
        lock = (folder / "lock").open("a+")
    except OSError as error:
        raise Refused(
            f"The data folder {folder} is not writable ({error.strerror}): choose another with --data."
        ) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            lock.seek(0)
            holder = lock.read().strip() or "unknown"
            raise Refused(f"The data folder {folder} is in use by another BMADFlow (process {holder}).") from error
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        yield


def check_ports(options: Options) -> None:
    """All ports of the stack must be free; one held by a dying predecessor is waited for."""
    deadline = time.monotonic() + _PORT_SECONDS
    for program in LISTENING:
        port = options.port_of(program)
        while not _is_free(options.host_of(program), port):
            if time.monotonic() > deadline:
                raise Refused(_port_taken(options, port))
            time.sleep(0.05)  # between two tries within the deadline


def _port_taken(options: Options, port: int) -> str:
    last = options.port_of(LISTENING[-1])
    return (
        f"Port {port} is taken: stop the program that uses it, or choose another with --port "
        f"(BMADFlow uses {options.port} to {last})."
    )


def _is_free(host: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        # As the server itself does: connections that are only fading out don't count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True
