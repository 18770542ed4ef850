"""What the worker's /metrics says about what searches need."""

from prometheus_client import Counter, Gauge

INDEXES = Gauge("bmadflow_search_vector_indexes", "Vector indexes of large projects, as last looked at.")
INDEX_SECONDS = Counter("bmadflow_search_index_seconds", "Seconds spent on making vector indexes.")
WORDS_COUNTED = Counter("bmadflow_search_word_counts", "How often a project's frequent words were counted.")
