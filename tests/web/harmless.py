"""Whether HTML is harmless, as a browser's parser sees it: `dangers`. A list of our own, not the renderer's."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_TAGS = _words("""
    a abbr b blockquote body br caption cite code dd del details dfn div dl dt em figcaption figure h1 h2 h3 h4 h5 h6
    head hr html i img input ins kbd li mark ol p pre q rp rt ruby s samp section small span strike strong sub summary
    sup table tbody td tfoot th thead tr tt u ul var wbr
""")
_ATTRIBUTES = _words("""
    align alt checked class colspan data-lines dir disabled height href id lang name open rel rowspan src start style
    title type value width
""")
_STYLE = re.compile(r"text-align: ?(?:left|right|center);?")
_DROPPED_BY_BROWSERS = re.compile(r"[\x00-\x20]")


def dangers(html: str) -> list[str]:
    """What of the HTML could run or load something, or reach out of its place, as a browser's parser sees it."""
    tree = LexborHTMLParser(html)
    assert tree.root is not None
    return [danger for node in tree.root.traverse() for danger in _dangers_of(node)]


def _dangers_of(node: LexborNode) -> Iterator[str]:
    if node.tag not in _TAGS:
        yield f"<{node.tag}>: {(node.html or '')[:100]}"
    for name, value in node.attributes.items():
        if name not in _ATTRIBUTES or not _is_harmless(name, value or ""):
            yield f'<{node.tag} {name}="{value}">'


def _is_harmless(name: str, value: str) -> bool:
    if name == "style":
        return _STYLE.fullmatch(value) is not None
    url = _DROPPED_BY_BROWSERS.sub("", value).replace("\\", "/")
    if name == "href":
        return _scheme(url) in ("", "http", "https", "mailto")
    return name != "src" or not (_scheme(url) or url.startswith("//"))


def _scheme(url: str) -> str:
    try:
        return urlsplit(url).scheme
    except ValueError:  # "http://[" and the like: what a browser makes of it begins the same
        return url.partition(":")[0]
