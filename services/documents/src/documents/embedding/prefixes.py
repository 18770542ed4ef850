"""What models want before a text, by the model's name: an asymmetric one finds little without it."""

import re
from dataclasses import dataclass

from documents.embedding.base import Kind


@dataclass(frozen=True, slots=True)
class Prefixes:
    """Put before what is searched for, and before what is searched in."""

    query: str = ""
    document: str = ""

    def of(self, kind: Kind) -> str:
        return self.query if kind == "query" else self.document


_PASSAGES = "Represent this sentence for searching relevant passages: "
_TASK = Prefixes("task: search result | query: ", "title: none | text: ")

# The first that matches. Where a model's card says otherwise, DOCUMENTS_EMBEDDING_QUERY_PREFIX and …_DOCUMENT_PREFIX
# win. A name is compared in lower case, without owner and tag.
_KNOWN = (
    (
        r"(multilingual-)?e5-.*-instruct",
        Prefixes("Instruct: Given a question, retrieve passages that answer it\nQuery: "),
    ),
    (r"(multilingual-)?e5-", Prefixes("query: ", "passage: ")),
    (r"bge-.*-en(-v1\.5)?$|bge-(small|base|large)$", Prefixes(_PASSAGES)),
    (r"bge-.*-zh", Prefixes("为这个句子生成表示以用于检索相关文章：")),
    (r"mxbai-embed-", Prefixes(_PASSAGES)),
    (r"snowflake-arctic-embed-?(2|[ml]-v2)", Prefixes("query: ")),
    (r"snowflake-arctic-embed", Prefixes(_PASSAGES)),
    (r"nomic-embed-", Prefixes("search_query: ", "search_document: ")),
    (r"embeddinggemma|gemini-embedding-2", _TASK),
    (r"qwen3-embedding", Prefixes("Instruct: Given a question, retrieve passages that answer it\nQuery:")),
)


def known_prefixes(model: str) -> Prefixes:
    """Those of a model by its name (`intfloat/multilingual-e5-base`, `nomic-embed-text:v1.5`); none if unknown."""
    name = model.lower().rpartition("/")[2].partition(":")[0]
    return next((prefixes for pattern, prefixes in _KNOWN if re.match(pattern, name)), Prefixes())
