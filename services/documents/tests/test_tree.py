"""The tree keeps every file, whatever the paths."""

from hypothesis import given
from hypothesis import strategies as st

from documents.models import Document
from documents.schemas import Node, ProjectTree, SourceTree
from documents.tree import MAX_DEPTH, build_tree

SEGMENT = st.text("ab.", min_size=1, max_size=3)
FILE_PATHS = st.lists(st.lists(SEGMENT, min_size=1, max_size=4).map("/".join), max_size=20, unique=True)


def document(number: int, path: str) -> Document:
    return Document(id=number, source_id=1, path=path, file_type="md", size_bytes=number, kind="doc", status=None)  # pyright: ignore[reportCallIssue] - only the columns that a tree shows


def files_below(nodes: list[Node]) -> list[tuple[str, int]]:
    found: list[tuple[str, int]] = []
    for node in nodes:
        found += files_below(node.children) if node.type == "folder" else [(node.path, node.document_id)]
    return found


def in_order(nodes: list[Node]) -> bool:
    keys = [(node.type == "file", node.name.casefold(), node.name) for node in nodes]
    return keys == sorted(keys) and all(in_order(node.children) for node in nodes if node.type == "folder")


@given(FILE_PATHS)
def test_every_file_is_in_the_tree_once_in_order(paths: list[str]) -> None:
    tree = build_tree(document(number, path) for number, path in enumerate(paths))
    assert sorted(files_below(tree)) == sorted((path, number) for number, path in enumerate(paths))
    assert in_order(tree)


def test_a_very_deep_path_can_still_be_written_as_json() -> None:
    path = "d/" * 499 + "file.md"
    tree = build_tree([document(1, path)])
    assert files_below(tree) == [(path, 1)]
    sources = [SourceTree(source_id=1, name="deep", commit_sha=None, tree=tree)]
    assert "file.md" in ProjectTree(project_id=1, sources=sources).model_dump_json()
    node = tree[0]
    for _ in range(MAX_DEPTH):
        assert node.type == "folder"
        node = node.children[0]
    assert node.name == "d/" * (499 - MAX_DEPTH) + "file.md"
