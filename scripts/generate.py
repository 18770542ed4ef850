#!/usr/bin/env python3
"""Write the files that are made from code: OpenAPI documents, event contracts, third-party notices.

With --check nothing is written: the exit code says whether every file is as it would be written.
"""

import argparse
import importlib
import json
import os
import re
import sys
from importlib.metadata import Distribution, distribution
from pathlib import Path
from typing import Any

from common.events.contracts import event_schema
from common.identity import generate_key_pair
from gateway.catalog import merged_openapi

ROOT = Path(__file__).resolve().parent.parent
SERVICES = ("projects", "documents", "chat", "gateway")


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--check", action="store_true")
    check: bool = arguments.parse_args().check
    documents = openapi_documents()
    files = {
        **notices(),
        **contracts(),
        **{ROOT / f"services/{s}/openapi.json": as_json(d) for s, d in documents.items()},
    }
    # Not kept in git: what the web client's types are made from, by its own generator.
    (ROOT / "frontend/openapi.json").write_text(as_json(client_document(documents)))
    stale = [path for path, text in files.items() if not path.exists() or path.read_text() != text]
    stale += [path for path in ROOT.glob("services/*/contracts/*.json") if path not in files]
    for path in stale:
        print(("stale: " if check else "wrote: ") + str(path.relative_to(ROOT)))  # noqa: T201 - a command's output
        if not check:
            write(path, files.get(path))
    return 1 if check and stale else 0


def write(path: Path, text: str | None) -> None:
    if text is None:
        path.unlink()
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def as_json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False, sort_keys=True) + "\n"


def openapi_documents() -> dict[str, dict[str, Any]]:
    """Each service's own OpenAPI document; building the app opens no connection."""
    private, public = generate_key_pair()
    for service in SERVICES:
        prefix = service.upper()
        os.environ.setdefault(f"{prefix}_DATABASE_URL", "postgresql+asyncpg://nobody@localhost/none")
        os.environ.setdefault(f"{prefix}_IDENTITY_PUBLIC_KEY", public)
        os.environ.setdefault(f"{prefix}_EMBEDDED", "true")
    os.environ.setdefault("GATEWAY_IDENTITY_PRIVATE_KEY", private)
    os.environ.setdefault("DOCUMENTS_DATA_DIR", "unused")
    for upstream in ("projects", "documents", "chat"):
        os.environ.setdefault(f"GATEWAY_{upstream.upper()}_URL", "http://127.0.0.1:9")
    os.environ.setdefault("DOCUMENTS_PROJECTS_URL", "http://127.0.0.1:9")
    os.environ.setdefault("CHAT_DOCUMENTS_URL", "http://127.0.0.1:9")
    return {service: openapi_of(service) for service in SERVICES}


def client_document(documents: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """What the gateway merges, without error answers: the client has one class for all of them."""
    merged = merged_openapi(documents)
    for item in merged["paths"].values():
        for operation in item.values():
            answers = operation["responses"]
            operation["responses"] = {status: answers[status] for status in answers if status.startswith("2")}
    return merged


def openapi_of(service: str) -> dict[str, Any]:
    module = importlib.import_module(f"{service}.app")
    if service == "gateway":  # only a part of it is a FastAPI application
        return module.create_own_app(module.load_settings()).openapi()
    return module.create_app_from_env().openapi()


def contracts() -> dict[Path, str]:
    """A JSON Schema per published event."""
    files: dict[Path, str] = {}
    for service in ("projects", "documents", "chat"):
        for event in importlib.import_module(f"{service}.events").PUBLISHED:
            files[ROOT / f"services/{service}/contracts/{event.type}.json"] = as_json(event_schema(event))
    return files


def notices() -> dict[Path, str]:
    names = sorted(set(re.findall(r"^([a-z0-9][\w.-]*)==", (ROOT / "requirements.lock").read_text(), re.MULTILINE)))
    rows = [row for name in names if (row := notice_row(name))]
    text = (ROOT / "scripts/notices.head.md").read_text() + "\n".join(rows) + "\n"
    return {ROOT / "THIRD_PARTY_NOTICES.md": text}


def notice_row(name: str) -> str | None:
    try:
        found = distribution(name)
    except ModuleNotFoundError:  # pinned for another platform
        return None
    return f"| {name} | {found.version} | {license_of(found)} |"


def license_of(found: Distribution) -> str:
    metadata = found.metadata
    if expression := metadata.get("License-Expression"):
        return expression
    classifiers = [c.rsplit("::", 1)[-1].strip() for c in metadata.get_all("Classifier", []) if c.startswith("License")]
    stated = (metadata.get("License") or "").strip().splitlines()
    return (stated[0] if stated and len(stated[0]) < 60 else "") or "; ".join(classifiers) or "see the package"


if __name__ == "__main__":
    sys.exit(main())
