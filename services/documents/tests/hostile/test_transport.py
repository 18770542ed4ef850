"""Servers that send us elsewhere: redirects, alternates, bundles, names that resolve anew. Nobody goes there."""

import asyncio
import os
import shutil
import subprocess
from base64 import b64encode
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from documents.sync.git_program import GitFailed
from services.documents.tests.hostile.canary import Canary
from services.documents.tests.hostile.scripted_server import ScriptedServer, pkt, running
from services.documents.tests.hostile.syncing import sync_all
from services.documents.tests.hostile.tally import Tally
from services.documents.tests.sync.git_http import GitHttpServer
from services.documents.tests.sync.git_repository import GitRepository
from services.documents.tests.sync.stack import Stack

_SHA = b"1" * 40
_ADVERTISED = (
    pkt(b"# service=git-upload-pack\n") + b"0000" + pkt(_SHA + b" HEAD\0shallow symref=HEAD:refs/heads/main agent=x\n")
    + pkt(_SHA + b" refs/heads/main\n") + b"0000"
)  # fmt: skip


def _redirect(status: int, location: str) -> bytes:
    head = f"HTTP/1.1 {status} Moved\r\nLocation: {location}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    return head.encode()


def _refs(body: bytes = _ADVERTISED, kind: str = "application/x-git-upload-pack-advertisement") -> bytes:
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    return head.encode() + body


async def test_redirects_lead_nowhere(stack: Stack, canary: Canary, tally: Tally) -> None:
    """At once, or only when the fetch is under way."""
    inside = f"http://127.0.0.1:{canary.port}"
    targets = [f"{inside}/r/info/refs?service=git-upload-pack", "file:///etc/passwd", f"//127.0.0.1:{canary.port}/r"]
    targets += [f"gopher://127.0.0.1:{canary.port}/_x", f"http://[::1]:{canary.ipv6_port}/r", "ext::touch x"]
    scripts: dict[str, list[bytes]] = {}
    for status in (301, 302, 303, 307, 308):
        for number, target in enumerate(targets if status == 302 else targets[:1]):
            scripts[f"at-once-{status}-{number}"] = [_redirect(status, target)]
        scripts[f"second-{status}"] = [_refs(), _redirect(status, targets[0])]
        scripts[f"posted-{status}"] = [_refs(), _refs(), _redirect(status, targets[0])]
    with running(ScriptedServer(scripts)) as server:
        runs = await sync_all(stack, {name: f"{server.url}/{name}" for name in scripts})
        for name, run in runs.items():
            tally.judge(name, run)
            assert run.error_code in ("REPOSITORY_MOVED", "REPOSITORY_UNREACHABLE"), (name, run.error_detail)
        assert server.unused == []


def _dumb(root: Path, canary: Canary) -> dict[str, list[bytes]]:
    """Answers of a server that is only a folder of files; `*` is asked whatever else is not there."""
    alternate = f"http://127.0.0.1:{canary.port}/other.git/objects\n".encode()
    files = {
        "info/refs": _SHA + b"\trefs/heads/main\n",
        "HEAD": b"ref: refs/heads/main\n",
        "objects/info/http-alternates": alternate,
        "objects/info/alternates": alternate,
        "objects/info/packs": b"",
    }
    return {f"dumb/{path}": [_refs(content, "text/plain")] for path, content in files.items()}


async def test_alternates_of_a_dumb_server_are_not_asked(
    stack: Stack, canary: Canary, tally: Tally, tmp_path: Path
) -> None:
    with running(ScriptedServer(_dumb(tmp_path, canary), repeats=True)) as server:
        run = await stack.sync(f"{server.url}/dumb")
        tally.judge("dumb", run)
        assert run.state == "failed"
        # Git refuses dumb servers for shallow fetches. Were one asked for all: our configuration refuses alternates.
        await stack.git.run("init", "--quiet", "--bare", "probe.git")
        with pytest.raises(GitFailed):
            await stack.git.run("--git-dir=probe.git", "fetch", f"{server.url}/dumb", "main")
        tally.inputs += 1
        assert any("http-alternates" in each for each in server.requests)


async def test_alternates_would_be_asked_without_our_configuration(tmp_path: Path) -> None:
    """The proof that the test above can fail: plain git goes where a dumb server sends it, if it follows redirects."""
    with Canary() as decoy, running(ScriptedServer(_dumb(tmp_path, decoy), repeats=True)) as server:
        environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "GIT_TERMINAL_PROMPT": "0"}
        subprocess.run(["git", "init", "--quiet", "probe"], cwd=tmp_path, env=environment, check=True)
        fetch = ["git", "-c", "http.followRedirects=true", "fetch", "--quiet", f"{server.url}/dumb", "main"]
        done = await asyncio.to_thread(
            subprocess.run, fetch, cwd=tmp_path / "probe", env=environment, capture_output=True, check=False, timeout=30
        )
        assert done.returncode != 0
        assert decoy.hits() != []


async def test_bundles_packs_and_promisors_elsewhere_are_not_asked(
    stack: Stack, server: GitHttpServer, served: Path, canary: Canary, tally: Tally
) -> None:
    repository = GitRepository(served / "repository")
    repository.commit({"program": "pass\n"})
    blob = repository.git("rev-parse", "HEAD:program")
    inside = f"http://127.0.0.1:{canary.port}"
    settings = {
        "uploadpack.advertiseBundleURIs": "true",
        "bundle.version": "1",
        "bundle.mode": "all",
        "bundle.x.uri": f"{inside}/x.bundle",
        "uploadpack.blobPackfileUri": f"{blob} {'2' * 40} {inside}/x.pack",
        "promisor.advertise": "true",
        "remote.x.url": f"{inside}/x",
        "remote.x.promisor": "true",
    }
    for name, value in settings.items():
        repository.git("config", name, value)
    run = await stack.sync(f"{server.url}/open/repository")
    tally.judge("bundles", run)
    tally.inputs += len(settings) - 1
    assert run.state == "succeeded"


async def test_the_environment_changes_nothing(
    stack: Stack,
    server: GitHttpServer,
    served: Path,
    canary: Canary,
    tally: Tally,
    sentinel: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Proxies, commands and configuration of whoever starts the worker are not for strangers' repositories."""
    GitRepository(served / "repository").commit({"program": "pass\n"})
    inside = f"http://127.0.0.1:{canary.port}"
    home = tmp_path / "home"
    home.mkdir()
    rules = f'[url "{inside}/"]\n\tinsteadOf = {server.url}/\n[http]\n\tproxy = {inside}\n'
    (home / ".gitconfig").write_text(rules)
    (home / ".netrc").write_text("machine 127.0.0.1 login a password b\n")
    hostile = {
        **dict.fromkeys(("http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"), inside),
        **dict.fromkeys(("GIT_SSH_COMMAND", "GIT_PROXY_COMMAND", "GIT_ASKPASS", "SSH_ASKPASS"), f"touch {sentinel}"),
        "GIT_EXTERNAL_DIFF": f"touch {sentinel}",
        "GIT_CONFIG_PARAMETERS": f"'http.proxy={inside}'",
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "http.proxy",
        "GIT_CONFIG_VALUE_0": inside,
        "GIT_CONFIG_GLOBAL": str(home / ".gitconfig"),
        "GIT_DIR": "/nonexistent",
        "GIT_ALTERNATE_OBJECT_DIRECTORIES": "/nonexistent",
        "GIT_ALLOW_PROTOCOL": "ext:file:http",
        "GIT_TRACE": str(sentinel),
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home),
    }
    for name, value in hostile.items():
        monkeypatch.setenv(name, value)
    run = await stack.sync(f"{server.url}/open/repository")
    tally.judge("environment", run)
    tally.inputs += len(hostile) - 1
    assert run.state == "succeeded"
    assert not sentinel.exists()


@contextmanager
def _pinned_server(root: Path, port: int) -> Generator[GitHttpServer]:
    with running(GitHttpServer(root, ("127.0.0.2", port))) as server:
        yield server


async def test_a_name_that_resolves_anew_is_not_asked_again(
    stack: Stack, served: Path, canary: Canary, tally: Tally, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DNS rebinding with git's own resolver: curl takes names below `localhost` for 127.0.0.1, where the canary is.

    Our resolver says 127.0.0.2, where a server with the same port is. Git must go where we looked, however often it
    connects and however the name is written.
    """
    GitRepository(served / "repository").commit({"program": "pass\n"})
    names = ["rebind.localhost", "REBIND.LocalHost", "rebind.localhost.", "a_b.localhost", "xn--pblic-kva.localhost"]
    asked: list[str] = []

    async def getaddrinfo(host: str, port: int, **_: Any) -> Any:
        asked.append(host)
        return [(0, 0, 0, "", ("127.0.0.2", port))]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", getaddrinfo)
    with _pinned_server(served, canary.port) as server:
        urls = {name: f"http://{name}:{canary.port}/open/repository" for name in names}
        runs = await sync_all(stack, urls)
    for name, run in runs.items():
        tally.judge(name, run)
        assert run.state == "succeeded", (name, run.error_detail)
    assert sorted(asked) == sorted(name.lower() for name in names)
    assert len(server.requests) >= 3 * len(names)


async def test_git_resolves_such_a_name_by_itself(tmp_path: Path) -> None:
    """The proof that the test above can fail: without a pin, the canary is reached, also by a name in disguise."""
    for host in ("rebind.localhost", "rebind%2elocalhost"):
        with Canary() as decoy:
            url = f"http://{host}:{decoy.port}/r"
            environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "GIT_TERMINAL_PROMPT": "0"}
            pin = f"http.curloptResolve={host}:{decoy.port}:127.0.0.2" if "%" in host else "core.x=y"
            command = ["git", "-c", pin, "ls-remote", url]
            await asyncio.to_thread(
                subprocess.run, command, env=environment, capture_output=True, check=False, timeout=30
            )
            assert decoy.hits() != []


async def test_ssh_goes_where_we_looked(
    stack: Stack, canary: Canary, tally: Tally, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert shutil.which("ssh")

    async def getaddrinfo(_host: str, port: int, **_: Any) -> Any:
        return [(0, 0, 0, "", ("127.0.0.2", port))]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", getaddrinfo)
    names = ("localhost", "git@rebind.localhost", "git@localhost.")
    urls = {name: f"ssh://{name}:{canary.port}/r" for name in names}
    for name, run in (await sync_all(stack, urls)).items():
        tally.judge(name, run)
        assert run.error_code == "REPOSITORY_UNREACHABLE", (name, run.error_detail)


async def test_a_password_is_asked_for_in_vain(stack: Stack, canary: Canary, tally: Tally) -> None:
    """Challenges of every kind end the sync; no helper, no prompt, no other server is asked."""
    challenges = [
        "Basic",
        "Negotiate",
        "NTLM",
        "Digest nonce=x",
        "Bearer",
        f'Basic realm="http://127.0.0.1:{canary.port}/"',
    ]
    challenges += ["x" * 5000, "Basic realm=\x1b[31m", ""]
    answers = [
        f"HTTP/1.1 401 No\r\nWWW-Authenticate: {each}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        for each in challenges
    ]
    scripts = {f"auth-{number}": [each.encode()] for number, each in enumerate(answers)}
    with running(ScriptedServer(scripts, repeats=True)) as server:
        for name, run in (await sync_all(stack, {name: f"{server.url}/{name}" for name in scripts})).items():
            tally.judge(name, run)
            assert run.error_code == "AUTHENTICATION_REQUIRED", (name, run.error_detail)
    assert b64encode(b":").decode() not in str(server.requests)
