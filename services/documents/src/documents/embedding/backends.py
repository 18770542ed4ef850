"""What runs the graph: `choose` takes OpenVINO with bfloat16 where the processor has it, else ONNX Runtime.

A backend takes padded batches (int64 ids and mask, each (texts, pieces)) one after the other and hands what was asked
for of each to a callback, which may be called from another thread: the texts' vectors or their words'.
"""

import os
import sys
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any, Literal, Protocol, get_args

import numpy as np
from numpy.typing import NDArray

from documents.embedding.base import Vectors

Integers = NDArray[np.int64]
Output = Literal["embedding", "words"]
Done = Callable[[Vectors], None]


class Backend(Protocol):
    """Runs one model."""

    name: str

    def start(self, ids: Integers, mask: Integers, output: Output, done: Done) -> None:
        """Begin a batch; waits while as many as run at once are under way."""
        ...

    def wait(self) -> None:
        """Return when every batch is done."""
        ...


def choose() -> type["OpenVino"] | type["OnnxRuntime"]:
    """The fastest backend on this processor."""
    return OpenVino if OpenVino.is_worthwhile() else OnnxRuntime


class OpenVino:
    """OpenVINO in bfloat16, two streams that are both kept busy."""

    name = "openvino-bf16"

    def __init__(self, model: bytes) -> None:
        openvino = _openvino()
        settings = {
            "INFERENCE_PRECISION_HINT": "bf16",
            "NUM_STREAMS": str(min(2, os.cpu_count() or 1)),
            "PERFORMANCE_HINT": "THROUGHPUT",
        }
        core = openvino.Core()
        compiled = core.compile_model(core.read_model(model, b""), "CPU", settings)
        self._queue: Any = openvino.AsyncInferQueue(compiled)
        self._queue.set_callback(_hand_over)

    @staticmethod
    def is_worthwhile() -> bool:
        """Whether OpenVINO is installed and the processor computes in bfloat16."""
        if find_spec("openvino") is None:
            return False
        return "BF16" in _openvino().Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")

    def start(self, ids: Integers, mask: Integers, output: Output, done: Done) -> None:
        """Begin a batch; waits while every stream has one."""
        self._queue.start_async({"input_ids": ids, "attention_mask": mask}, (output, done))

    def wait(self) -> None:
        """Return when every batch is done."""
        self._queue.wait_all()


class OnnxRuntime:
    """ONNX Runtime in float32: on every platform."""

    name = "onnxruntime-fp32"

    def __init__(self, model: bytes) -> None:
        import onnxruntime  # noqa: PLC0415 - a second and 60 MB that the other backend's user doesn't pay

        options = onnxruntime.SessionOptions()
        # Waiting threads must not take the processor from the work that feeds them.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        # Texts differ in length: an arena would keep the memory of the longest batch for ever.
        options.enable_cpu_mem_arena = False
        self._session: Any = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])

    def start(self, ids: Integers, mask: Integers, output: Output, done: Done) -> None:
        """Compute a batch; it is done on return."""
        done(self._session.run([output], {"input_ids": ids, "attention_mask": mask})[0])

    def wait(self) -> None:
        """Nothing is ever under way."""


def _hand_over(request: Any, asked: tuple[Output, Done]) -> None:
    output, done = asked
    done(request.get_output_tensor(get_args(Output).index(output)).data.copy())


def _openvino() -> Any:
    # OpenVINO reports its import over the network unless this package is missing; None makes it so for this process.
    sys.modules.setdefault("openvino_telemetry", None)  # pyright: ignore[reportArgumentType] - documented import-system value
    import openvino  # noqa: PLC0415 - must come after the line above, and only where it is used

    return openvino
