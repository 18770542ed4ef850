"""What /metrics says about searches: the worker's of what they need, the API's of how they went."""

from prometheus_client import Counter, Gauge

INDEXES = Gauge("bmadflow_search_vector_indexes", "Vector indexes of large projects, as last looked at.")
INDEX_SECONDS = Counter("bmadflow_search_index_seconds", "Seconds spent on making vector indexes.")
WORDS_COUNTED = Counter("bmadflow_search_word_counts", "How often a project's frequent words were counted.")
RERANKED = Counter("bmadflow_search_reranked", "Answers whose passages were to be read once more.", ["outcome"])
