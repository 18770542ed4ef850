"""Flat document paths to the tree that the explorer shows."""

from collections.abc import Iterable

from documents.models import Document
from documents.schemas import FileNode, FolderNode, Node

MAX_DEPTH = 60
"""Folders within folders; what lies deeper keeps the rest of its path as its name. JSON readers can't nest at will."""


def build_tree(files: Iterable[Document]) -> list[Node]:
    """The nodes at the root: in every folder, folders first, then files, each by name without regard to case."""
    root = FolderNode(name="", path="", children=[])
    folders = {"": root}
    for file in files:
        parent, name = _split(file.path)
        _folder(folders, parent).children.append(
            FileNode(
                name=name,
                path=file.path,
                document_id=file.id,
                file_type=file.file_type,
                size_bytes=file.size_bytes,
                kind=file.kind,  # pyright: ignore[reportArgumentType] - the parser's closed list; pydantic checks it
                status=file.status,
            )
        )
    for folder in folders.values():
        folder.children.sort(key=lambda node: (node.type == "file", node.name.casefold(), node.name))
    return root.children


def _split(path: str) -> tuple[str, str]:
    parts = path.split("/")
    depth = min(len(parts) - 1, MAX_DEPTH)
    return "/".join(parts[:depth]), "/".join(parts[depth:])


def _folder(folders: dict[str, FolderNode], path: str) -> FolderNode:
    """The folder of that path, made with those above it when it is new."""
    missing: list[str] = []
    while path not in folders:
        missing.append(path)
        path = path.rpartition("/")[0]
    folder = folders[path]
    for each in reversed(missing):
        folders[each] = FolderNode(name=each.rpartition("/")[2], path=each, children=[])
        folder.children.append(folders[each])
        folder = folders[each]
    return folder
