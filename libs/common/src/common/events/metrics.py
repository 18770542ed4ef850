"""What the service's /metrics says about events."""

from prometheus_client import Counter, Gauge

PUBLISHED = Counter("bmadflow_events_published", "Events that the transport confirmed.", ["service", "type"])
RECEIVED = Counter("bmadflow_events_received", "Events stored in the inbox, copies not counted.", ["service", "type"])
PROCESSED = Counter("bmadflow_events_processed", "Events whose effect is committed.", ["service", "type"])
RETRIED = Counter("bmadflow_events_retried", "Attempts that failed and will be repeated.", ["service", "type"])
DEAD = Counter("bmadflow_events_dead", "Events given up; they wait for a replay.", ["service", "type"])

OUTBOX_DEPTH = Gauge("bmadflow_outbox_depth", "Events that wait to be sent.", ["service"])
INBOX_PENDING = Gauge("bmadflow_inbox_pending", "Events that wait to be handled.", ["service"])
INBOX_DEAD = Gauge("bmadflow_inbox_dead", "Dead letters.", ["service"])
