"""The model as an ONNX graph, built from its published weights: `load_weights`, `build`.

A BERT encoder (6 layers, 12 heads, hidden size 384), then the mean over the words of a text, scaled to length 1.
Inputs `input_ids`, `attention_mask`: int64 (texts, word pieces). Outputs `embedding`: float32 (texts, 384), and
`words`: float32 (texts, word pieces, 384), each word piece as the encoder sees it in its text.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import ModelProto, NodeProto, TensorProto, helper

from documents.embedding.base import DIMENSIONS, EmbeddingUnavailable

WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_LAYERS = 6
_HEADS = 12
_HEAD_SIZE = DIMENSIONS // _HEADS
_OPSET = 17
_EPSILON = 1e-12

Weights = dict[str, NDArray[np.float32]]


def load_weights(path: Path) -> Weights:
    """Map the safetensors file into memory. Raises EmbeddingUnavailable if it isn't the published one."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if digest != WEIGHTS_SHA256:
        raise EmbeddingUnavailable(f"The model's weights in {path} aren't the published ones (sha256 {digest}).")
    data = np.memmap(path, dtype=np.uint8, mode="r")
    begin = 8 + int.from_bytes(data[:8].tobytes(), "little")
    header: dict[str, dict[str, Any]] = json.loads(data[8:begin].tobytes())
    weights: Weights = {}
    for name, entry in header.items():
        if entry.get("dtype") == "F32":
            first, last = entry["data_offsets"]
            weights[name] = data[begin + first : begin + last].view(np.float32).reshape(entry["shape"])
    return weights


def build(weights: Weights) -> ModelProto:
    """The graph with the weights in it."""
    return _Builder(weights).model()


class _Builder:
    """Adds nodes one by one; every method returns the name of what it computes."""

    def __init__(self, weights: Weights) -> None:
        self._weights = weights
        self._nodes: list[NodeProto] = []
        self._constants: list[TensorProto] = []

    def model(self) -> ModelProto:
        hidden = self._embeddings()
        bias = self._attention_bias()
        for layer in range(_LAYERS):
            hidden = self._layer(hidden, bias, f"encoder.layer.{layer}")
        self._pooled(hidden)
        integers = [
            helper.make_tensor_value_info(name, TensorProto.INT64, ["texts", "pieces"])
            for name in ("input_ids", "attention_mask")
        ]
        outputs = [
            helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["texts", DIMENSIONS]),
            helper.make_tensor_value_info("words", TensorProto.FLOAT, ["texts", "pieces", DIMENSIONS]),
        ]
        graph = helper.make_graph(self._nodes, "minilm", integers, outputs, self._constants)
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=8)

    def _embeddings(self) -> str:
        words = self._node("Gather", self._weight("embeddings.word_embeddings.weight"), "input_ids", axis=0)
        # Every word is of the first type, so its vector can be added to the positions beforehand.
        positions = self._array("embeddings.position_embeddings.weight")
        fixed = positions + self._array("embeddings.token_type_embeddings.weight")[0]
        length = self._node("Gather", self._node("Shape", "input_ids"), self._integers(1), axis=0)
        placed = self._node("Slice", self._constant(fixed), self._integers(0), length, self._integers(0))
        return self._normalised(self._node("Add", words, placed), "embeddings.LayerNorm")

    def _attention_bias(self) -> str:
        """0 for words and a large negative number for padding, shaped (texts, 1, 1, pieces)."""
        mask = self._node("Cast", "attention_mask", to=TensorProto.FLOAT)
        padding = self._node("Sub", self._scalar(1.0), self._node("Unsqueeze", mask, self._integers(1, 2)))
        return self._node("Mul", padding, self._scalar(-10_000.0))

    def _layer(self, hidden: str, bias: str, name: str) -> str:
        attended = self._linear(
            self._attention(hidden, bias, f"{name}.attention.self"), f"{name}.attention.output.dense"
        )
        hidden = self._normalised(self._node("Add", attended, hidden), f"{name}.attention.output.LayerNorm")
        wide = self._gelu(self._linear(hidden, f"{name}.intermediate.dense"))
        narrow = self._linear(wide, f"{name}.output.dense")
        return self._normalised(self._node("Add", narrow, hidden), f"{name}.output.LayerNorm")

    def _attention(self, hidden: str, bias: str, name: str) -> str:
        query, value = (
            self._heads(self._linear(hidden, f"{name}.{each}"), (0, 2, 1, 3)) for each in ("query", "value")
        )
        key = self._heads(self._linear(hidden, f"{name}.key"), (0, 2, 3, 1))
        scaled = self._node("Mul", self._node("MatMul", query, key), self._scalar(_HEAD_SIZE**-0.5))
        shares = self._node("Softmax", self._node("Add", scaled, bias), axis=-1)
        mixed = self._node("Transpose", self._node("MatMul", shares, value), perm=(0, 2, 1, 3))
        return self._node("Reshape", mixed, self._integers(0, 0, DIMENSIONS))

    def _heads(self, projected: str, order: tuple[int, ...]) -> str:
        return self._node(
            "Transpose", self._node("Reshape", projected, self._integers(0, 0, _HEADS, _HEAD_SIZE)), perm=order
        )

    def _linear(self, value: str, name: str) -> str:
        product = self._node("MatMul", value, self._constant(self._array(f"{name}.weight").T))
        return self._node("Add", product, self._weight(f"{name}.bias"))

    def _normalised(self, value: str, name: str) -> str:
        scale, bias = self._weight(f"{name}.weight"), self._weight(f"{name}.bias")
        return self._node("LayerNormalization", value, scale, bias, axis=-1, epsilon=_EPSILON)

    def _gelu(self, value: str) -> str:
        error = self._node("Erf", self._node("Div", value, self._scalar(2**0.5)))
        half = self._node("Mul", value, self._scalar(0.5))
        return self._node("Mul", half, self._node("Add", error, self._scalar(1.0)))

    def _pooled(self, hidden: str) -> None:
        mask = self._node("Cast", "attention_mask", to=TensorProto.FLOAT)
        weights = self._node("Unsqueeze", mask, self._integers(2))
        total = self._node("ReduceSum", self._node("Mul", hidden, weights), self._integers(1), keepdims=0)
        # The mean differs from the sum by a factor, which the scaling to length 1 takes away again.
        length = self._node("ReduceL2", total, axes=[1], keepdims=1)
        self._nodes.append(helper.make_node("Div", [total, length], ["embedding"]))
        self._nodes.append(helper.make_node("Identity", [hidden], ["words"]))

    def _node(self, kind: str, *inputs: str, **attributes: Any) -> str:
        name = f"{kind}_{len(self._nodes)}"
        self._nodes.append(helper.make_node(kind, list(inputs), [name], name=name, **attributes))
        return name

    def _array(self, name: str) -> NDArray[np.float32]:
        return self._weights[name]

    def _weight(self, name: str) -> str:
        return self._constant(self._array(name))

    def _scalar(self, value: float) -> str:
        return self._constant(np.asarray(value, dtype=np.float32))

    def _integers(self, *values: int) -> str:
        name = f"constant_{len(self._constants)}"
        self._constants.append(helper.make_tensor(name, TensorProto.INT64, [len(values)], values))
        return name

    def _constant(self, value: NDArray[np.float32]) -> str:
        name = f"constant_{len(self._constants)}"
        data = np.ascontiguousarray(value).tobytes()
        self._constants.append(helper.make_tensor(name, TensorProto.FLOAT, value.shape, data, raw=True))
        return name
