"""Safe HTML: rules for the Markdown renderer, code with Pygments classes, the sanitiser that everything goes through.

`sanitise` lets through only listed tags, attributes and classes: no script, style, event handler, frame or form, and
nothing that would load from another host (an image elsewhere becomes a link).
"""

import re
from collections.abc import Mapping, MutableMapping, Sequence
from functools import lru_cache
from html import escape
from typing import Any

import nh3
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererProtocol
from markdown_it.token import Token
from markdown_it.utils import OptionsDict
from pygments import highlight as pygments_highlight
from pygments.formatters.html import HtmlFormatter
from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.token import STANDARD_TYPES

from documents.parsing import formulas

_MAX_HIGHLIGHTED = 200_000


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_LANGUAGES = _words("""
    bash bat c console cpp csharp css dart diff docker dockerfile elixir erb gherkin go graphql groovy haskell hcl
    html http ini java javascript js json json5 jsonc jsx kotlin less lua make makefile markdown md nginx
    objective-c perl php powershell properties proto protobuf py python python3 r rb rs ruby rust scala scss sh
    shell sql swift terraform tf toml ts tsx typescript vue xml yaml yml zig zsh
""")
_TAGS = _words("""
    a abbr b blockquote br caption cite code dd del details dfn div dl dt em figcaption figure h1 h2 h3 h4 h5 h6
    hr i img input ins kbd li mark ol p pre q rp rt ruby s samp section small span strike strong sub summary sup
    table tbody td tfoot th thead tr tt u ul var wbr
""")
_CELL = {"colspan", "rowspan", "style"}
_ATTRIBUTES: dict[str, set[str]] = {
    "*": {"align", "class", "data-lines", "dir", "id", "lang", "title"},
    "a": {"href", "name"},
    "details": {"open"},
    "img": {"alt", "height", "src", "width"},
    "input": {"checked"},
    "li": {"value"},
    "ol": {"start"},
    "td": _CELL,
    "th": _CELL,
}
_CLASSES = frozenset(STANDARD_TYPES.values()) | _words("""
    highlight mermaid-source external-image contains-task-list task-list-item task-list-item-checkbox
    markdown-alert markdown-alert-note markdown-alert-tip markdown-alert-important markdown-alert-warning
    markdown-alert-caution markdown-alert-title footnote-ref footnotes-sep footnotes footnotes-list footnote-item
    footnote-backref plain-text data-table key-anchor math-inline math-block
""")
_LANGUAGE_CLASS = re.compile(r"language-[a-z0-9+#-]{1,30}")
_LINES = re.compile(r"[0-9]{1,7}-[0-9]{1,7}")
_ALIGNMENT = re.compile(r"text-align:(left|right|center)")
_IGNORED_IN_URLS = re.compile(r"[\x00-\x20]")
_ELSEWHERE = re.compile(r"//|[a-z][a-z0-9+.-]*:", re.IGNORECASE)

Env = MutableMapping[str, Any]


def is_external(url: str) -> bool:
    """Whether a browser would leave this host for the URL (a scheme, or `//host` in any of its spellings)."""
    return _ELSEWHERE.match(_IGNORED_IN_URLS.sub("", url).replace("\\", "/")) is not None


@lru_cache(maxsize=8192)
def _attribute(tag: str, name: str, value: str) -> str | None:
    if name == "class":
        return " ".join(each for each in value.split() if each in _CLASSES or _LANGUAGE_CLASS.fullmatch(each)) or None
    if name == "style":
        return value if _ALIGNMENT.fullmatch(value) else None
    if name == "data-lines":
        return value if _LINES.fullmatch(value) else None
    if name == "src":
        return None if is_external(value) else value
    return value


_CLEANER = nh3.Cleaner(
    tags=_TAGS,
    clean_content_tags={"script", "style", "iframe", "object", "embed", "noscript", "template", "svg", "math"},
    attributes=_ATTRIBUTES,
    attribute_filter=_attribute,
    set_tag_attribute_values={"input": {"type": "checkbox", "disabled": "disabled"}},
    url_schemes={"http", "https", "mailto"},
)


def sanitise(html: str) -> str:
    """The HTML with only what the lists above allow."""
    return _CLEANER.clean(html)


@lru_cache(maxsize=64)
def _lexer(language: str) -> Lexer:
    return get_lexer_by_name(language, stripnl=False, ensurenl=False)


_FORMATTER: HtmlFormatter[str] = HtmlFormatter(nowrap=True)


def highlighted(code: str, language: str) -> str:
    """The code as escaped HTML, with Pygments classes where the language is known and the code not huge."""
    name = language.lower()
    if name not in _LANGUAGES or len(code) > _MAX_HIGHLIGHTED:
        return escape(code)
    html = pygments_highlight(code, _lexer(name), _FORMATTER)
    # The formatter always ends with a line end; the code may not.
    return html if code.endswith("\n") else html.removesuffix("\n")


def code_block(code: str, language: str, anchors: Mapping[int, str] | None = None) -> str:
    """A whole data file as one highlighted block; `anchors` (line from 1 → id) become invisible targets."""
    body = highlighted(code, language)
    if anchors:
        body = "\n".join(
            f'<a class="key-anchor" id="{escape(anchors[number])}"></a>{line}' if anchors.get(number) else line
            for number, line in enumerate(body.split("\n"), start=1)
        )
    name = language if _LANGUAGE_CLASS.fullmatch(f"language-{language}") else "text"
    return sanitise(f'<pre class="highlight"><code class="language-{name}">{body}</code></pre>')


def plain(text: str, anchors: Mapping[int, str] | None = None) -> str:
    """Any text as preformatted HTML."""
    return code_block(text, "", anchors).replace('class="highlight"', 'class="plain-text"', 1)


def add_rules(markdown: MarkdownIt) -> None:
    """Teach Markdown our code blocks, images and formulas."""
    formulas.add_rules(markdown)
    markdown.add_render_rule("fence", _fence)
    markdown.add_render_rule("image", _image)


def _fence(_: RendererProtocol, tokens: Sequence[Token], index: int, _options: OptionsDict, _env: Env) -> str:
    token = tokens[index]
    language = token.info.strip().split(maxsplit=1)[0].lower() if token.info.strip() else ""
    lines = escape(str(token.attrGet("data-lines") or ""))
    if language == "math":
        return formulas.block_html(token.content, lines)
    if language == "mermaid":
        return f'<pre class="mermaid-source" data-lines="{lines}">{escape(token.content)}</pre>\n'
    name = f' class="language-{escape(language)}"' if language else ""
    code = highlighted(token.content, language)
    return f'<pre class="highlight" data-lines="{lines}"><code{name}>{code}</code></pre>\n'


def _image(renderer: RendererProtocol, tokens: Sequence[Token], index: int, options: OptionsDict, env: Env) -> str:
    token = tokens[index]
    source = escape(str(token.attrGet("src") or ""))
    children = [_as_text(each) for each in token.children or []]
    alt = escape(renderer.renderInlineAsText(children, options, env))  # pyright: ignore[reportAttributeAccessIssue] - the protocol leaves out what every HTML renderer has
    title = escape(str(token.attrGet("title") or ""))
    if is_external(str(token.attrGet("src") or "")):
        return f'<a class="external-image" href="{source}" title="{title}">{alt or source}</a>'
    return f'<img src="{source}" alt="{alt}"' + (f' title="{title}">' if title else ">")


def _as_text(token: Token) -> Token:
    return Token("text", "", 0, content=token.info) if token.type == formulas.INLINE else token
