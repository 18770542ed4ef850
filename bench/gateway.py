"""The gateway's rate against the plainest forwarder and against no forwarder at all, in one run."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from bench.table import Row
from common.identity import generate_key_pair
from tests.e2e.hub import free_ports

SECONDS = 1.5
ROUNDS = 9
PATH = "/api/projects"
ROOT = Path(__file__).resolve().parents[1]


def measure() -> list[Row]:
    """Rows of median rates over alternating rounds, 32 connections; the share is compared within each round."""
    first = free_ports(3)
    ports = {"service directly": first, "plainest forwarder": first + 1, "gateway": first + 2}
    upstream = f"http://127.0.0.1:{first}"
    settings = {
        "UPSTREAM": upstream,
        "GATEWAY_IDENTITY_PRIVATE_KEY": generate_key_pair()[0],
        "GATEWAY_EMBEDDED": "true",
        "GATEWAY_PORT": str(ports["gateway"]),
        **{f"GATEWAY_{name}_URL": upstream for name in ("PROJECTS", "DOCUMENTS", "CHAT")},
    }
    with ExitStack() as stack:
        stack.enter_context(server(["uvicorn", "bench.servers:upstream", "--port", str(first)], first, settings))
        stack.enter_context(
            server(["uvicorn", "bench.servers:forwarder", "--port", str(first + 1)], first + 1, settings)
        )
        stack.enter_context(server(["gateway"], first + 2, settings))
        rounds = [{name: load(port) for name, port in ports.items()} for _ in range(ROUNDS)]
    return rows(rounds)


def rows(rounds: list[dict[str, tuple[float, float, float]]]) -> list[Row]:
    median = {name: sorted(r[name] for r in rounds)[len(rounds) // 2] for name in rounds[0]}
    shown = [
        Row(f"{name}, requests/s (p50 / p99)", f"{rate:.0f} ({p50:.1f} / {p99:.1f} ms)")
        for name, (rate, p50, p99) in median.items()
    ]
    share = sorted(r["gateway"][0] / r["plainest forwarder"][0] for r in rounds)[len(rounds) // 2]
    return [*shown, Row("gateway as a share of the plainest forwarder", f"{share:.0%}", "≥ 75%, or ≥ 4000/s")]


def load(port: int) -> tuple[float, float, float]:
    command = [sys.executable, "-m", "bench.load", "127.0.0.1", str(port), PATH, "32", str(SECONDS)]
    words = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split()
    return float(words[0]), float(words[1]), float(words[2])


@contextmanager
def server(module: list[str], port: int, settings: dict[str, str]) -> Generator[None]:
    """`python -m MODULE …`, one process, without access log, answering on `port`."""
    quiet = ["--no-access-log", "--log-level", "warning"] if module[0] == "uvicorn" else []
    process = subprocess.Popen(
        [sys.executable, "-m", *module, *quiet], cwd=ROOT, env=os.environ | settings, stderr=subprocess.DEVNULL
    )
    try:
        deadline = time.monotonic() + 30
        while not answers(port):
            assert process.poll() is None, f"{module} ended"
            assert time.monotonic() < deadline, f"{module} does not start"
            time.sleep(0.1)  # between two readings of a condition with a deadline
        yield
    finally:
        process.terminate()
        process.wait()


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
