"""The model gives the vectors of its publisher's implementation, on both backends.

`reference_vectors.json` holds the first 64 dimensions of what PyTorch and transformers compute from the same weights
(mean over the words, scaled to length 1, at most 256 word pieces) for texts in three languages, one of them too long.
"""

import json
import sys
from pathlib import Path

import numpy as np
import pytest

from documents.embedding import EmbeddingUnavailable, Tokenizer, backends, graph
from documents.embedding.base import Vectors
from documents.embedding.minilm import MiniLm

REFERENCE = json.loads((Path(__file__).parent / "reference_vectors.json").read_text())
TEXTS = [each["text"] for each in REFERENCE]


@pytest.fixture(scope="module", params=[backends.OnnxRuntime, backends.choose()], ids=["onnxruntime", "chosen"])
def model(request: pytest.FixtureRequest) -> MiniLm:
    return MiniLm(request.param)


def cosines(first: Vectors, second: Vectors) -> Vectors:
    scale = np.linalg.norm(first, axis=1) * np.linalg.norm(second, axis=1)
    return np.einsum("ij,ij->i", first, second) / scale


def test_vectors_equal_the_published_implementations(model: MiniLm) -> None:
    vectors = model.embed(TEXTS)
    expected = np.array([each["vector"] for each in REFERENCE], dtype=np.float32)
    exact = model.backend.endswith("fp32")
    assert vectors.shape == (len(TEXTS), 384)
    assert vectors.dtype == np.float32
    assert cosines(vectors[:, :64], expected).min() >= (0.99999 if exact else 0.998)
    assert np.abs(vectors[:, :64] - expected).max() < (1e-4 if exact else 1e-2)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_a_vector_does_not_depend_on_its_neighbours(model: MiniLm) -> None:
    texts = [text * (n % 3 + 1) for n, text in enumerate(TEXTS * 5)]
    together = model.embed(texts)
    alone = np.concatenate([model.embed([text]) for text in texts[:6]])
    assert cosines(together[:6], alone).min() > 0.999


def test_no_texts_give_no_vectors(model: MiniLm) -> None:
    assert model.embed([]).shape == (0, 384)


def test_counts_are_those_of_the_whole_text() -> None:
    tokenizer = Tokenizer()
    assert tokenizer.count(["", "hello world", "word " * 1_000]) == [0, 2, 1_000]
    assert tokenizer.starts("Héllo  wörld!") == [0, 7, 12]
    assert [len(each.ids) for each in tokenizer.encode(["word " * 1_000, "hi"])] == [256, 3]


def test_starts_of_a_very_long_text_are_those_of_its_parts() -> None:
    tokenizer = Tokenizer()
    text = "some words in a line\n" * 20_000
    starts = tokenizer.starts(text)
    assert len(starts) == 5 * 20_000
    assert starts == sorted(starts)
    assert starts[-1] == len(text) - 5


def test_other_weights_are_refused(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"\0" * 100)
    with pytest.raises(EmbeddingUnavailable, match="aren't the published ones"):
        graph.load_weights(tmp_path / "model.safetensors")


def test_openvino_cannot_report_over_the_network() -> None:
    if backends.choose() is backends.OnnxRuntime:
        assert "openvino" not in sys.modules or sys.modules["openvino_telemetry"] is None
    else:
        assert sys.modules["openvino_telemetry"] is None
