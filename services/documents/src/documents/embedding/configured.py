"""The embedder that the settings name: `configured_embedder`."""

from documents.embedding.base import Embedder
from documents.embedding.prefixes import Prefixes, known_prefixes
from documents.embedding.process import EmbeddingProcess
from documents.embedding.providers import PROVIDERS
from documents.embedding.remote import Patience, RemoteEmbedder, RemoteModel
from documents.settings import Settings


def configured_embedder(settings: Settings, patience: Patience) -> Embedder:
    """An embedder that has neither a process nor a connection yet. To be closed."""
    if settings.embedding_provider == "bundled":
        return EmbeddingProcess()
    provider = PROVIDERS[settings.embedding_provider]()
    known = known_prefixes(settings.embedding_model or "")
    query, document = settings.embedding_query_prefix, settings.embedding_document_prefix
    model = RemoteModel(
        provider=settings.embedding_provider,
        name=settings.embedding_model or "",
        url=(settings.embedding_url or provider.url).rstrip("/"),
        key=settings.embedding_api_key.get_secret_value() if settings.embedding_api_key else "",
        dimensions=settings.embedding_dimensions,
        prefixes=Prefixes(known.query if query is None else query, known.document if document is None else document),
        batch=settings.embedding_batch,
        timeout=settings.embedding_timeout,
    )
    return RemoteEmbedder(provider, model, patience)
