"""A real sshd on a loopback port, for the user who runs the tests, that serves repositories and nothing else."""

import getpass
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

_CONFIGURATION = """\
Port {port}
ListenAddress 127.0.0.1
HostKey {folder}/host_key
PidFile none
UsePAM no
StrictModes no
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
AuthorizedKeysFile {folder}/authorized_keys
ForceCommand {folder}/serve
PermitTTY no
AllowTcpForwarding no
"""
# Git's own commands arrive as one line; only the one that gives repositories out is run. Their owner may be anybody.
_SERVE = """\
#!/bin/sh
case "$SSH_ORIGINAL_COMMAND" in
  git-upload-pack\\ *) ;;
  *) exit 1 ;;
esac
export GIT_CONFIG_COUNT=2
export GIT_CONFIG_KEY_0=uploadpack.allowFilter GIT_CONFIG_VALUE_0=true
export GIT_CONFIG_KEY_1=safe.directory GIT_CONFIG_VALUE_1='*'
eval "exec $SSH_ORIGINAL_COMMAND"
"""


@dataclass(frozen=True, slots=True)
class SshServer:
    """`private_key` opens it."""

    port: int
    folder: Path
    private_key: str

    def url(self, repository: Path) -> str:
        return f"ssh://{getpass.getuser()}@127.0.0.1:{self.port}{repository}"


def new_key() -> tuple[str, str]:
    """A private key in OpenSSH's form, and the line of its public key."""
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
    return private.decode(), public.decode()


@contextmanager
def serve_ssh(folder: Path, port: int | None = None) -> Generator[SshServer]:
    """A running server with a new host key and a new key that opens it."""
    folder.mkdir(parents=True)
    host_key, _ = new_key()
    private_key, public_key = new_key()
    _write(folder / "host_key", host_key)
    _write(folder / "authorized_keys", f"{public_key}\n")
    _write(folder / "serve", _SERVE, 0o700)
    port = port or _free_port()
    (folder / "sshd_config").write_text(_CONFIGURATION.format(port=port, folder=folder))
    if sys.platform == "linux":
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # root's sshd wants to lock itself in there
    program = shutil.which("sshd", path="/usr/sbin:/usr/local/sbin:/usr/bin")
    assert program, "sshd is missing: scripts/setup --dev installs it"
    command = [program, "-D", "-e", "-f", str(folder / "sshd_config")]
    with (folder / "log").open("wb") as log, subprocess.Popen(command, stderr=log) as process:
        try:
            _wait(port, folder / "log")
            yield SshServer(port, folder, private_key)
        finally:
            process.terminate()


def _write(path: Path, text: str, mode: int = 0o600) -> None:
    path.write_text(text)
    path.chmod(mode)


def _free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return listening.getsockname()[1]


def _wait(port: int, log: Path) -> None:
    deadline = time.monotonic() + 20
    while True:
        try:
            with socket.create_connection(("127.0.0.1", port), 1):
                return
        except OSError:
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.02)
