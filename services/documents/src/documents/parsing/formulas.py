"""TeX in Markdown, as GitHub reads it: `$x$`, `$$x$$` and a backtick pair between dollars; also `$$` around lines.

A dollar is money or a shell's variable far more often than the border of a formula. So an inline formula stays within
one line, doesn't begin or end with a space, and neither touches a word nor what goes on like `${NAME}` or `$(command)`.
"""

import re
from collections.abc import MutableMapping, Sequence
from html import escape
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererProtocol
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markdown_it.utils import OptionsDict

INLINE = "formula_inline"
"""The type of an inline formula's token: `content` is the TeX, `info` the source with its dollars."""

_TEX = r"((?:[^$\\\n]|\\[^\n])++)"
_INLINE = re.compile(
    rf"(?<![\w$])(?:\$`([^`\n]+)`\$(?![\w$])|\$\$(?!\$){_TEX}\$\$(?!\$)|\$(?![\s$]){_TEX}(?<!\s)\$(?![\w$({{]))"
)
_MAX_LINES = 200  # each line that begins with dollars may look this far for its end


def add_rules(markdown: MarkdownIt) -> None:
    """Teach the parser and its renderer formulas."""
    markdown.inline.add_terminator_char("$")
    markdown.inline.ruler.before("escape", INLINE, _inline)
    interrupted = ["paragraph", "reference", "blockquote", "list"]
    markdown.block.ruler.before("fence", "formula_block", _block, {"alt": interrupted})
    markdown.add_render_rule(INLINE, _render_inline)
    markdown.add_render_rule("formula_block", _render_block)


def block_html(tex: str, lines: str) -> str:
    """A displayed formula; `lines` is its `data-lines`."""
    return f'<div class="math-block" data-lines="{escape(lines)}">{escape(tex.strip())}</div>\n'


def _inline(state: StateInline, silent: bool) -> bool:
    match = _INLINE.match(state.src, state.pos, state.posMax)
    tex = match.group(match.lastindex or 0).strip() if match else ""
    if not match or not tex:
        return False
    if not silent:
        token = state.push(INLINE, "span", 0)
        token.content, token.info = tex, match.group()
    state.pos = match.end()
    return True


def _block(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    if state.is_code_block(start) or not _line(state, start).startswith("$$"):
        return False
    last = _last_line(state, start, min(end, start + _MAX_LINES))
    if last is None:
        return False
    if not silent:
        token = state.push("formula_block", "div", 0)
        token.block = True
        token.content = state.getLines(start, last + 1, state.sCount[start], False).strip().strip("$")
        token.map = [start, last + 1]
        state.line = last + 1
    return True


def _last_line(state: StateBlock, start: int, end: int) -> int | None:
    """The line with the closing dollars. A blank line ends the paragraph, and with it the hope for them."""
    inside = _line(state, start)[2:]
    if "$$" in inside:
        return start if inside.index("$$") == len(inside) - 2 and inside.strip(" $") else None
    for line in range(start + 1, end):
        text = _line(state, line)
        if not text or state.sCount[line] < state.blkIndent:
            return None
        if "$$" in text:
            return line if text.index("$$") == len(text) - 2 else None
    return None


def _line(state: StateBlock, line: int) -> str:
    return state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]].rstrip()


Env = MutableMapping[str, Any]


def _render_inline(_: RendererProtocol, tokens: Sequence[Token], index: int, _options: OptionsDict, _env: Env) -> str:
    return f'<span class="math-inline">{escape(tokens[index].content)}</span>'


def _render_block(_: RendererProtocol, tokens: Sequence[Token], index: int, _options: OptionsDict, _env: Env) -> str:
    return block_html(tokens[index].content, str(tokens[index].attrGet("data-lines") or ""))
