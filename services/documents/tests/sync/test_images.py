"""Which images a document refers to, and whether bytes are what a name says."""

import pytest

from documents.sync.images import IN_LFS, MEDIA_TYPES, NOT_AS_NAMED, file_extension, problem_with, target_of

BYTES = {
    "avif": b"\0\0\0 ftypavif\0\0\0\0avifmif1",
    "bmp": b"BM\x46\0\0\0",
    "gif": b"GIF89a\1\0\1\0",
    "ico": b"\0\0\1\0\1\0",
    "jpeg": b"\xff\xd8\xff\xe0",
    "png": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
    "svg": b'<?xml version="1.0"?>\n<!-- a -->\n<svg xmlns="http://www.w3.org/2000/svg"/>',
    "webp": b"RIFF\x24\0\0\0WEBPVP8 ",
}


@pytest.mark.parametrize(
    ("href", "path"),
    [
        ("a.png", "docs/guide/a.png"),
        ("./img/a.png", "docs/guide/img/a.png"),
        ("../a.png", "docs/a.png"),
        ("/docs/a.png", "docs/a.png"),
        ("a.png?raw=true#x", "docs/guide/a.png"),
        ("%C3%A9t%C3%A9%20%231.png", "docs/guide/été #1.png"),
        (r"img\a.png", "docs/guide/img/a.png"),
        ("../../../a.png", "../a.png"),
        ("https://example.org/a.png", "docs/guide/https:/example.org/a.png"),
    ],
)
def test_a_reference_is_relative_to_its_document_or_to_the_root(href: str, path: str) -> None:
    assert target_of("docs/guide/intro.md", href) == path


def test_a_file_is_what_its_name_says() -> None:
    for extension, data in BYTES.items():
        assert problem_with(f"img/a.{extension.upper()}", data) is None, extension
        for other in BYTES.keys() - {extension}:
            assert problem_with(f"a.{other}", data) == NOT_AS_NAMED, (extension, other)
    assert {MEDIA_TYPES[extension] for extension in BYTES} == set(MEDIA_TYPES.values())


@pytest.mark.parametrize("data", [b"", b"<p>no image</p>", b"words <svg>", b"\x89PNG<svg>"])
def test_what_is_no_svg(data: bytes) -> None:
    assert problem_with("a.svg", data) == NOT_AS_NAMED


def test_svg_may_be_utf_16_or_have_a_prefix() -> None:
    assert problem_with("a.svg", '<svg xmlns="http://www.w3.org/2000/svg"/>'.encode("utf-16")) is None
    assert problem_with("a.svg", b'\xef\xbb\xbf <s:svg xmlns:s="http://www.w3.org/2000/svg"/>') is None


def test_a_pointer_to_large_file_storage_is_named() -> None:
    assert problem_with("a.png", b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n") == IN_LFS


def test_extensions() -> None:
    assert [file_extension(path) for path in ("a.PNG", "a.b/c", ".png", "a.tar.gz")] == ["png", "", "", "gz"]
