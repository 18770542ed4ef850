"""Parsing of documents: `parse(path, data)` turns a file's bytes into a `ParsedDocument`. No I/O."""

from documents.parsing.model import Link, ParsedDocument, Section, TocEntry
from documents.parsing.parser import FILE_TYPES, file_type_of, parse

__all__ = ["FILE_TYPES", "Link", "ParsedDocument", "Section", "TocEntry", "file_type_of", "parse"]
