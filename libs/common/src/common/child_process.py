"""Child processes that don't outlive the process that started them."""

import ctypes
import os
import signal
import sys
from collections.abc import Callable

_PR_SET_PDEATHSIG = 1


def die_with_parent(signum: signal.Signals) -> Callable[[], None] | None:
    """What to pass as `preexec_fn`: the child gets `signum` when its parent ends, however it ends.

    Only Linux knows this; elsewhere the answer is None, and a killed parent leaves its children behind. The kernel
    ties it to the thread that starts the child, so start children from a thread that lives as long as the process.
    """
    if sys.platform != "linux":
        return None
    # Loaded before the fork: between fork and exec a child should do as little as possible.
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    parent = os.getpid()

    def arrange() -> None:
        prctl(_PR_SET_PDEATHSIG, int(signum), 0, 0, 0)
        if os.getppid() != parent:  # the parent ended before the call above
            os._exit(1)

    return arrange
