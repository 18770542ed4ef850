"""How well passages answer a query, word by word: `likeness`.

One vector for a whole passage can't say which of its sentences the query is about. So each word piece of the query
looks for the one in the passage that is most like it, both as the model sees them within their texts (late interaction:
Khattab and Zaharia, ColBERT, SIGIR 2020; here with the bundled model as it is, not trained for it).
"""

import numpy as np

from documents.embedding.base import Vectors

_SHORTEST = 1e-6


def likeness(query: Vectors, passage: Vectors) -> float:
    """The mean over the query's word pieces of the highest cosine that one of the passage's reaches, within -1 and 1.

    Both of shape (word pieces, dimensions), without the marks of beginning and end; 0 where one of them has none.
    """
    if not len(query) or not len(passage):
        return 0.0
    return float((_unit(query) @ _unit(passage).T).max(axis=1).mean())


def _unit(vectors: Vectors) -> Vectors:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), _SHORTEST)
