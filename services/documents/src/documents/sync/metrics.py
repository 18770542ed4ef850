"""What the worker's /metrics says about syncs."""

from prometheus_client import Counter, Gauge

RUNNING = Gauge("bmadflow_syncs_running", "Syncs that this worker runs now.")
FINISHED = Counter("bmadflow_syncs_finished", "Syncs that ended here.", ["outcome"])
HEADS_CHECKED = Counter("bmadflow_head_checks", "Repositories asked for their newest commit.", ["outcome"])
CHUNKS_EMBEDDED = Counter("bmadflow_sync_chunks_embedded", "Chunks embedded by finished syncs.")
