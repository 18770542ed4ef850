"""The fault suite: `make faults [TRIALS=n] [TRANSPORT=postgres|rabbitmq|both] [SEED=n]`.

Each violation is printed with its trial, and makes the exit status 1.
"""

import argparse
import asyncio
import secrets
import sys
from typing import get_args

from tests.faults.report import print_report, say
from tests.faults.stack import Stack, TransportName
from tests.faults.trial import Trial, Trials


def main() -> int:
    arguments = argparse.ArgumentParser(prog="make faults", description=__doc__)
    arguments.add_argument("--trials", type=int, default=20, help="on each transport; each has 1 to 3 kills")
    arguments.add_argument("--transport", choices=[*get_args(TransportName), "both"], default="both")
    arguments.add_argument("--seed", default=secrets.token_hex(4), help="of all that is random (default: another one)")
    arguments.add_argument("--first", type=int, default=1, help="number of the first trial")
    chosen = arguments.parse_args()
    say(f"seed {chosen.seed}")
    transports = [name for name in get_args(TransportName) if chosen.transport in (name, "both")]
    trials: list[Trial] = []
    try:
        for transport in transports:
            numbers = range(chosen.first, chosen.first + chosen.trials)
            asyncio.run(run(transport, chosen.seed, numbers, trials))
    finally:
        print_report(trials)
    return 1 if any(trial.violations for trial in trials) else 0


async def run(transport: TransportName, seed: str, numbers: range, done: list[Trial]) -> None:
    """Append the trials of these numbers; after a violation they go on with a new stack, and the old one is kept."""
    while numbers:
        before = len(done)
        await _run_on_one_stack(transport, seed, numbers, done)
        numbers = numbers[len(done) - before :]


async def _run_on_one_stack(transport: TransportName, seed: str, numbers: range, done: list[Trial]) -> None:
    stack, next_number = Stack(transport), numbers[0]
    try:
        trials = Trials(stack, seed)
        await trials.begin()
        for number in numbers:
            next_number = number
            done.append(await trials.run(number))
            say(done[-1].line())
            if done[-1].violations:
                break
    except Exception as error:  # noqa: BLE001 - of the stack's start: the other trials and the report are wanted
        done.append(Trial(transport, next_number, violations=[repr(error)]))
        say(done[-1].line())
    finally:
        try:
            await stack.stop()
        except Exception as error:  # noqa: BLE001 - as above
            done[-1].violations.append(f"the stack doesn't stop: {error!r}")
    if not done[-1].violations:
        stack.discard()
        return
    for violation in done[-1].violations:
        say(f"  {violation}")
    say(f"  seed {seed}, trial {done[-1].number}; logs and data are kept in {stack.folder}")


if __name__ == "__main__":
    sys.exit(main())
