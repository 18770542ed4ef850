"""`bmadflow up`: starts everything, keeps it running, stops it in order.

Started as a program of its own (`python -m bmadflow.up OPTIONS`) by the command line, whose libraries it does without.
"""

import asyncio
import signal
import sys
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

from bmadflow.child import run_side_by_side
from bmadflow.first_projects import register_projects
from bmadflow.keys import load_or_create_secrets
from bmadflow.local_api import call
from bmadflow.logs import begin_log
from bmadflow.options import WORKER, Options
from bmadflow.preflight import check_broker, check_git, check_host, check_ports, hold_data_folder
from bmadflow.refusal import Refused
from bmadflow.stack import DATABASE, EmbeddedPostgres, Stack, web_client
from bmadflow.supervisor import Supervisor
from common.bootstrap import bootstrap
from common.postgres_install import PostgresUnusable

_READY_SECONDS = 180.0
_NO_WEB_CLIENT = (
    "The web client isn't built: install Node.js 20.19 or newer and start again with make run;"
    " the API is at {url}/api/docs"
)

Say = Callable[[str], None]


def say(text: str) -> None:
    """A line for the person at the terminal, at once."""
    with suppress(OSError):  # a terminal that was closed is no reason to end
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()


def main(arguments: list[str]) -> int:
    """Run until a signal; the exit status."""
    options = Options.from_json(arguments[0])
    try:
        check_host(options.host)
        check_git()
        check_broker()
        with hold_data_folder(options.data):
            check_ports(options)
            asyncio.run(serve(options))
    except (Refused, PostgresUnusable) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except KeyboardInterrupt:  # before there was anything to stop
        return 130
    return 0


async def serve(options: Options) -> None:
    """Start the stack and run it until SIGINT, SIGTERM or SIGHUP. Raises Refused and PostgresUnusable."""
    supervisor = Supervisor(say)
    await run_until_signal(_start(options, supervisor), supervisor)


async def run_until_signal(work: Coroutine[Any, Any, None], supervisor: Supervisor) -> None:
    """Run `work` (which raises, or never ends) until a signal, then stop all; a second signal kills all."""
    loop = asyncio.get_running_loop()
    task = asyncio.create_task(work)
    stopping = False

    def on_signal() -> None:
        nonlocal stopping
        if stopping:
            supervisor.kill_all()
            return
        stopping = True
        task.cancel()

    for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(signum, on_signal)
    try:
        await task
    except asyncio.CancelledError:
        if not stopping:
            raise
        say("Stopping …")
    finally:
        stopping = True
        await supervisor.stop_all()


async def _start(options: Options, supervisor: Supervisor) -> None:
    secrets = load_or_create_secrets(options.data / "secrets.json")
    postgres = EmbeddedPostgres(options.data / "postgres")
    say(f"Starting BMADFlow with its data in {options.data} …")
    await supervisor.start(postgres, stage=0)
    stack = Stack(options, secrets, postgres)
    migrations, services = stack.migrations(), stack.services()
    for child in (*migrations, *services):
        begin_log(child.log_file)
    await bootstrap(postgres.admin_dsn, DATABASE, secrets.passwords)
    await run_side_by_side(migrations)
    for service in services:
        await supervisor.start(service, stage=2 if service.name == "gateway" else 1)
    await _until_ready(options, supervisor)
    say(f"BMADFlow is ready at {options.url}")
    if web_client() is None:
        say(_NO_WEB_CLIENT.format(url=options.url))
    await asyncio.gather(register_projects(options, say), supervisor.bound_logs())


async def _until_ready(options: Options, supervisor: Supervisor) -> None:
    """Until gateway and worker say that all is well. Raises Refused when one keeps failing, or after long."""
    failing = asyncio.create_task(supervisor.until_failing())
    ready = asyncio.create_task(_ready(options))
    try:
        done, _ = await asyncio.wait({failing, ready}, timeout=_READY_SECONDS, return_when=asyncio.FIRST_COMPLETED)
    finally:
        failing.cancel()
        ready.cancel()
    if failing in done:
        failing.result()
    if ready not in done:
        raise Refused(f"BMADFlow was not ready within {_READY_SECONDS:.0f} seconds; the logs are in {options.logs}.")


async def _ready(options: Options) -> None:
    while True:
        if await _is_well(options, "gateway", "/api/health") and await _is_well(options, WORKER, "/api/health/ready"):
            return
        await asyncio.sleep(0.1)


async def _is_well(options: Options, program: str, path: str) -> bool:
    status, health = await call(options, "GET", path, program=program)
    return status == 200 and isinstance(health, dict) and health.get("status") == "ok"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
