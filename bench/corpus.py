"""A synthetic corpus of any size: words by Zipf's law, documents about topics, vectors in clusters; made by rule.

Rows are written the fastest way (COPY); words and vectors have the form that a sync gives them.
"""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

import asyncpg
import numpy as np
from numpy.typing import NDArray

DIMENSIONS = 384
MODEL = "bench-model"
CHUNKS_OF_DOCUMENT = 20
_KINDS = ("story", "prd", "architecture", "qa_gate", "other")
_STOP_WORDS = "the of and to in a is that for it as with be on by this are or from at which an not have has was"
_SYLLABLES = [first + second for first in "bcdfglmnprstv" for second in ("a", "e", "i", "o", "u", "ar", "en", "is")]
_ENDINGS = ("", "", "", "s", "ing", "ed", "ation")
_VOCABULARY = 60_000
_CONTENT_WORDS, _ALL_WORDS = 75, 115
_TOPICS, _LATENT = 400, 48
_ROWS_AT_ONCE = 2_000

_CHUNK_COLUMNS = (
    "id project_id source_id document_id position section_position heading_path anchor char_start char_end line_start"
    " line_end text content_hash kind is_framework words"
)
_DOCUMENT_COLUMNS = (
    "id project_id source_id path title file_type size_bytes kind artifact_id is_framework is_failed blob_sha"
    " commit_sha parser_version content html toc warnings"
)
_VECTOR_COLUMNS = ["chunk_id", "project_id", "model", "content_hash", "vector"]
# A row of the binary COPY format: the number of fields, then each field's length and bytes, all big-endian.
_VECTOR_ROW = np.dtype(
    [
        ("fields", ">i2"),
        ("id_length", ">i4"),
        ("chunk_id", ">i8"),
        ("project_length", ">i4"),
        ("project_id", ">i8"),
        ("model_length", ">i4"),
        ("model", f"S{len(MODEL)}"),
        ("hash_length", ">i4"),
        ("hash", "S64"),
        ("vector_length", ">i4"),
        ("dimensions", ">i2"),
        ("unused", ">i2"),
        ("vector", ">f2", DIMENSIONS),
    ]
)


@dataclass(frozen=True, slots=True)
class Passages:
    """Some chunks of one project, `words` as numbers of the vocabulary; vectors normalised, float32."""

    project_id: int
    first_id: int
    words: NDArray[np.int32]
    vectors: NDArray[np.float32]


class Corpus:
    """Makes passages. The same seed makes the same corpus."""

    def __init__(self, seed: int = 1) -> None:
        self._random = np.random.default_rng(seed)
        self.vocabulary = self._make_vocabulary()
        ranks = np.arange(_VOCABULARY)
        weights = 1.0 / (ranks + 20.0) ** 1.05
        self._cumulative = np.cumsum(weights / weights.sum())
        self._topics = self._random.standard_normal((_TOPICS, _LATENT)).astype(np.float32)
        self._projection = self._random.standard_normal((_LATENT, DIMENSIONS)).astype(np.float32)
        self.lexemes: list[str] = []

    def _make_vocabulary(self) -> list[str]:
        words: dict[str, None] = {}
        while len(words) < _VOCABULARY:
            count = int(self._random.integers(2, 5))
            stem = "".join(self._random.choice(_SYLLABLES, count))
            words[stem + str(self._random.choice(_ENDINGS))] = None
        return list(words)

    async def read_lexemes(self, connection: asyncpg.Connection) -> None:
        """Ask Postgres how it indexes each word: as it is, and stemmed. Call before `load`."""
        rows = await connection.fetch(
            "SELECT tsvector_to_array(to_tsvector('simple', w) || to_tsvector('english', w)) AS lexemes"
            " FROM unnest($1::text[]) WITH ORDINALITY u(w, n) ORDER BY n",
            self.vocabulary,
        )
        self.lexemes = [row["lexemes"] for row in rows]

    def passages(self, project_id: int, first_id: int, count: int) -> Passages:
        """Passages of a project: half of the words are its own rank order's, half the common one's."""
        ranks = np.searchsorted(self._cumulative, self._random.random((count, _CONTENT_WORDS)))
        own = self._random.random((count, _CONTENT_WORDS)) < 0.5
        shifted = (ranks * 7919 + project_id * 104_729) % _VOCABULARY
        words = np.where(own & (ranks > 300), shifted, ranks).astype(np.int32)
        return Passages(project_id, first_id, words, self.vectors(project_id, count))

    def vectors(self, project_id: int, count: int) -> NDArray[np.float32]:
        """Each near one of the project's topics; a project has a tenth of all."""
        topics = np.random.default_rng(project_id).choice(_TOPICS, _TOPICS // 10, replace=False)
        noise = self._random.standard_normal((count, _LATENT)).astype(np.float32)
        latent = self._topics[self._random.choice(topics, count)] + 0.7 * noise
        full = latent @ self._projection + self._random.standard_normal((count, DIMENSIONS)).astype(np.float32)
        return full / np.linalg.norm(full, axis=1, keepdims=True)


async def load(connection: asyncpg.Connection, corpus: Corpus, project_id: int, first_id: int, count: int) -> None:
    """Store `count` chunks of a project (ids from `first_id`) with their documents and vectors."""
    for at in range(0, count, _ROWS_AT_ONCE):
        some = corpus.passages(project_id, first_id + at, min(_ROWS_AT_ONCE, count - at))
        texts = [_text(corpus, row, some.first_id + n) for n, row in enumerate(some.words.tolist())]
        await _copy(connection, "document", _DOCUMENT_COLUMNS, _document_lines(some, texts))
        await _copy(connection, "chunk", _CHUNK_COLUMNS, _chunk_lines(corpus, some, texts))
        await connection.copy_to_table(
            "chunk_vector",
            schema_name="documents",
            columns=_VECTOR_COLUMNS,
            source=_bytes([b"PGCOPY\n\xff\r\n\0" + bytes(8), _vector_rows(some), b"\xff\xff"]),
            format="binary",
        )


async def _copy(connection: asyncpg.Connection, table: str, columns: str, lines: Iterator[str]) -> None:
    data = "".join(lines).encode()
    await connection.copy_to_table(table, schema_name="documents", columns=columns.split(), source=_bytes([data]))


async def _bytes(parts: list[bytes]) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


def identifier_of(chunk_id: int) -> int | None:
    """The number n of the requirement FRn that a chunk defines; one in eight does."""
    return chunk_id // 8 % 400 if chunk_id % 8 == 0 else None


def _document_id(chunk_id: int) -> int:
    return (chunk_id + CHUNKS_OF_DOCUMENT - 1) // CHUNKS_OF_DOCUMENT


def _kind(document_id: int) -> str:
    return _KINDS[document_id % len(_KINDS)]


def _text(corpus: Corpus, words: list[int], chunk_id: int) -> str:
    stops = _STOP_WORDS.split()
    pieces = [corpus.vocabulary[word] for word in words]
    for at in range(2, _ALL_WORDS, 3):
        pieces.insert(at, stops[(chunk_id + at) % len(stops)])
    number = identifier_of(chunk_id)
    return (f"FR{number}: " if number is not None else "") + " ".join(pieces[:_ALL_WORDS])


def _tsvector(corpus: Corpus, some: Passages, row: list[int], chunk_id: int, kind: str) -> str:
    positions: dict[str, list[str]] = {}
    stops = _STOP_WORDS.split()
    for at, word in enumerate(row):
        for lexeme in corpus.lexemes[word]:
            positions.setdefault(lexeme, []).append(f"{1 + at + at // 2}C")
    for at in range(2, _ALL_WORDS, 3):
        positions.setdefault(stops[(chunk_id + at) % len(stops)], []).append(f"{at + 1}C")
    number = identifier_of(chunk_id)
    if number is not None:
        positions.setdefault(f"fr{number}", []).append("1C")
    markers = f"'@p{some.project_id}' '@s{some.project_id}' '@k{kind}' "
    return markers + " ".join(f"{lexeme}:{','.join(at)}" for lexeme, at in positions.items())


def _chunk_lines(corpus: Corpus, some: Passages, texts: list[str]) -> Iterator[str]:
    for n, (row, text) in enumerate(zip(some.words.tolist(), texts, strict=True)):
        chunk_id = some.first_id + n
        document_id, position = _document_id(chunk_id), (chunk_id - 1) % CHUNKS_OF_DOCUMENT
        kind = _kind(document_id)
        heading = corpus.vocabulary[row[0]]
        yield "\t".join(
            (
                f"{chunk_id}\t{some.project_id}\t{some.project_id}\t{document_id}\t{position}\t{position}",
                f'{{"{heading}"}}\t{heading}\t0\t{len(text)}\t{position + 1}\t{position + 1}\t{text}',
                f"{chunk_id:064x}\t{kind}\t{'t' if document_id % 10 == 0 else 'f'}",
                _tsvector(corpus, some, row, chunk_id, kind) + "\n",
            )
        )


def _document_lines(some: Passages, texts: list[str]) -> Iterator[str]:
    """Documents that begin among these passages; both are cut at the same multiples."""
    for at in range(0, len(texts), CHUNKS_OF_DOCUMENT):
        document_id = _document_id(some.first_id + at)
        content = "\\n".join(texts[at : at + CHUNKS_OF_DOCUMENT])
        framework = "t" if document_id % 10 == 0 else "f"
        artifact = f"{document_id % 90 // 9 + 1}.{document_id % 9 + 1}" if _kind(document_id) == "story" else "\\N"
        yield "\t".join(
            (
                f"{document_id}\t{some.project_id}\t{some.project_id}\tdocs/{document_id % 50}/{document_id}.md",
                f"Document {document_id}\tmd\t{len(content)}\t{_kind(document_id)}\t{artifact}\t{framework}\tf",
                f"{document_id:040x}\t{0:040x}\t1\t{content}\t\t[]\t{{}}\n",
            )
        )


def _vector_rows(some: Passages) -> bytes:
    rows = np.zeros(len(some.vectors), dtype=_VECTOR_ROW)
    ids = np.arange(some.first_id, some.first_id + len(rows))
    rows["fields"], rows["id_length"], rows["chunk_id"] = len(_VECTOR_COLUMNS), 8, ids
    rows["project_length"], rows["project_id"] = 8, some.project_id
    rows["model_length"], rows["model"] = len(MODEL), MODEL.encode()
    rows["hash_length"], rows["hash"] = 64, [b"%064x" % each for each in ids.tolist()]
    rows["vector_length"], rows["dimensions"] = 4 + 2 * DIMENSIONS, DIMENSIONS
    rows["vector"] = some.vectors
    return rows.tobytes()
