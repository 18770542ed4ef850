"""Reading what an embedding server answers: its vectors, or what its refusal means. No I/O."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, cast

import numpy as np

from documents.embedding.base import EmbeddingUnavailable, Vectors
from documents.embedding.providers import BadAnswer, Provider

_AGAIN = frozenset({408, 409, 425, 429})
_FORBIDDEN = frozenset({401, 403})
_TOO_LARGE = 413
_NOT_FOUND = 404
_EXCERPT = 200
_LENGTH = re.compile(
    r"context (length|window|size)|(maximum|max).{0,20}(length|tokens|input)|too (long|large|many tokens)"
    r"|exceeds?.{0,40}(length|tokens?|limit)|(less|fewer) than \d+ tokens",
    re.IGNORECASE,
)


class TryAgain(Exception):
    """Nothing came of it, but something may `after` so many seconds."""

    def __init__(self, sentence: str, after: float = 0.0) -> None:
        super().__init__(sentence)
        self.after = after


class TooLong(Exception):
    """The server doesn't read so much at once."""


def read_vectors(provider: Provider, content: bytes, texts: int) -> Vectors:
    """The answer's vectors, L2-normalised, shape (texts, dimensions). Raises TryAgain, EmbeddingUnavailable."""
    try:
        answer = json.loads(content)
    except ValueError as error:
        raise TryAgain(f"{provider.title} answers with broken JSON.") from error
    try:
        vectors = np.asarray(provider.vectors(answer), dtype=np.float32)
    except (BadAnswer, LookupError, TypeError, ValueError, OverflowError) as error:
        raise _strange(provider, "is not what its protocol promises") from error
    if vectors.ndim != 2 or not vectors.shape[1]:
        raise _strange(provider, "holds no vectors of one length")
    if len(vectors) != texts:
        raise _strange(provider, f"holds {len(vectors)} vectors for {texts} texts")
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    if not (np.isfinite(lengths).all() and lengths.all()):
        raise _strange(provider, "holds a vector without a direction")
    return vectors / lengths


def _strange(provider: Provider, what: str) -> EmbeddingUnavailable:
    return EmbeddingUnavailable(
        f"{provider.title}'s answer {what}. Does DOCUMENTS_EMBEDDING_PROVIDER fit DOCUMENTS_EMBEDDING_URL?"
    )


def refusal(
    title: str, model: str, key: str, answer: tuple[int, Mapping[str, str], bytes]
) -> TryAgain | TooLong | EmbeddingUnavailable:
    """What an answer (status, headers, body) other than 200 means."""
    status, headers, content = answer
    body = _parsed(content)
    said = _message(body, content, key)
    sentence = f"{title} answers {status}: {said}" if said else f"{title} answers {status}."
    if status == _TOO_LARGE or (status >= 400 and status not in _AGAIN and _LENGTH.search(said)):
        return TooLong(f"{sentence} Lower DOCUMENTS_EMBEDDING_BUDGET, or take a model that reads more.")
    if status in _AGAIN or status >= 500:
        return TryAgain(sentence, _wait(headers, body))
    if status in _FORBIDDEN:
        return EmbeddingUnavailable(f"{sentence} Check DOCUMENTS_EMBEDDING_API_KEY.")
    if status == _NOT_FOUND:
        return EmbeddingUnavailable(
            f"{sentence} Check DOCUMENTS_EMBEDDING_URL, and that it offers {model} (DOCUMENTS_EMBEDDING_MODEL)."
        )
    return EmbeddingUnavailable(sentence)


def _parsed(content: bytes) -> Any:
    try:
        return json.loads(content)
    except ValueError:
        return None


def _error_of(body: Any) -> Any:
    return cast("dict[str, Any]", body).get("error") if isinstance(body, dict) else None


def _message(body: Any, content: bytes, key: str) -> str:
    """The server's own words in short, as a sentence, the key taken out wherever they repeat it."""
    error = _error_of(body)
    if isinstance(error, dict):
        error = cast("dict[str, Any]", error).get("message")
    said = error if isinstance(error, str) else content.decode(errors="replace")
    if key:
        said = said.replace(key, "(the key)")
    said = " ".join(said.split())
    said = said if len(said) <= _EXCERPT else said[:_EXCERPT] + "…"
    return said if not said or said.endswith((".", "…")) else f"{said}."


def _wait(headers: Mapping[str, str], body: Any) -> float:
    """Seconds to wait by `Retry-After` (seconds or a date), or by Google's `retryDelay`; 0 if it says nothing."""
    told = headers.get("retry-after", "").strip()
    if re.fullmatch(r"\d+(\.\d+)?", told):
        return float(told)
    if told:
        try:
            return max(0.0, (parsedate_to_datetime(told).astimezone(UTC) - datetime.now(UTC)).total_seconds())
        except ValueError:
            return 0.0
    delays = re.search(r'"retryDelay":\s*"(\d+(?:\.\d+)?)s"', json.dumps(_error_of(body)))
    return float(delays.group(1)) if delays else 0.0
