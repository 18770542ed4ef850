"""Named points at which a test ends the process as `kill -9` would: no cleanup, no flushing.

`BMADFLOW_FAILPOINT=relay.published` arms one. Nothing else in the code depends on it.
"""

import os
import signal

_ARMED = os.environ.get("BMADFLOW_FAILPOINT")


def reach(name: str) -> None:
    """Die here if this point is armed."""
    if name == _ARMED:
        os.kill(os.getpid(), signal.SIGKILL)
