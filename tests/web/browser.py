"""Debian's Chromium under Playwright, and `Watch`: everything a page did that a page of ours must not do."""

import os
import re
import shutil
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Dialog, Page, Request, expect, sync_playwright

# A wait that ends well ends long before; this is for slow machines.
TIMEOUT_MS = 10_000
_ARGUMENTS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--no-proxy-server",
    # Whatever a page asks for, no name is looked up and nothing leaves this machine.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)
# The names in the page are long so that no document's `id` or `name` stands in their way.
_REPORT = "__bmadflowTestReport"
_INSIDE_THE_PAGE = f"""
(() => {{
  const report = window.{_REPORT};
  addEventListener("securitypolicyviolation", (event) => {{
    report(`csp: ${{event.effectiveDirective}} ${{event.blockedURI}} ${{event.sample}}`);
  }});
  Object.defineProperty(window, "__xss", {{ get: () => undefined, set: () => report("xss: a payload ran") }});
}})();
"""


def chromium_program() -> str:
    """Where Chromium is: BMADFLOW_TEST_CHROMIUM, else the `chromium` of the system."""
    program = os.environ.get("BMADFLOW_TEST_CHROMIUM") or shutil.which("chromium")
    assert program, "The web tests need Chromium: install it (apt install chromium) or set BMADFLOW_TEST_CHROMIUM."
    return program


@contextmanager
def chromium() -> Generator[Browser]:
    """A browser without a window. While it is open no asyncio loop can run in this thread (see conftest.py)."""
    expect.set_options(timeout=TIMEOUT_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium_program(),
            args=list(_ARGUMENTS),
            chromium_sandbox=os.geteuid() != 0,  # Chromium refuses to sandbox root
        )
        yield browser
        browser.close()


@dataclass
class Watch:
    """The faults of one context's pages and frames, as sentences that start with their kind.

    Kinds: `console error`, `console warning`, `page error`, `dialog`, `request failed`, `foreign request`, `csp`,
    `xss`.
    """

    origin: str  # "http://127.0.0.1:8000"; every request elsewhere is foreign
    faults: list[str] = field(default_factory=list[str])
    allowed: list[re.Pattern[str]] = field(default_factory=list[re.Pattern[str]])
    expected: list[re.Pattern[str]] = field(default_factory=list[re.Pattern[str]])
    _told: int = 0  # how many of the faults were looked at

    def allow(self, pattern: str) -> None:
        """Faults that the pattern is found in may come."""
        self.allowed.append(re.compile(pattern))

    def expect(self, pattern: str) -> None:
        """A fault that the pattern is found in must come until the test ends."""
        self.expected.append(re.compile(pattern))

    def check_so_far(self, where: str) -> None:
        """Fail if there is a fault that is neither allowed nor expected. `where` says what was just done."""
        known = [*self.allowed, *self.expected]
        new, self._told = self.faults[self._told :], len(self.faults)
        unexpected = [fault[:300] for fault in new if not any(each.search(fault) for each in known)]
        assert not unexpected, f"{where} did what it must not:\n" + "\n".join(dict.fromkeys(unexpected))

    def check(self) -> None:
        """Fail unless the faults are the allowed ones and all that are expected."""
        self.check_so_far("The page")
        missing = [each.pattern for each in self.expected if not any(map(each.search, self.faults))]
        assert not missing, f"These faults were expected and didn't come: {missing}"

    def attach(self, context: BrowserContext) -> None:
        """Watch every page and frame of the context from now on."""
        context.expose_function(_REPORT, self._reported)
        context.add_init_script(_INSIDE_THE_PAGE)
        context.on("console", self._console)
        context.on("dialog", self._dialog)
        context.on("weberror", lambda error: self.faults.append(f"page error: {error.error}"))
        context.on("request", self._request)
        context.on("requestfailed", self._request_failed)

    def _reported(self, fault: str) -> None:
        self.faults.append(fault)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.faults.append(f"console {message.type}: {message.text} ({message.location['url']})")

    def _dialog(self, dialog: Dialog) -> None:
        self.faults.append(f"dialog: {dialog.type} {dialog.message}")
        dialog.dismiss()

    def _request(self, request: Request) -> None:
        own = (f"{self.origin}/", f"blob:{self.origin}/", "data:", "about:")
        if not request.url.startswith(own):
            self.faults.append(f"foreign request: {request.method} {request.url}")

    def _request_failed(self, request: Request) -> None:
        # Leaving a screen ends its streams and questions: that is how it should be.
        if request.failure != "net::ERR_ABORTED":
            self.faults.append(f"request failed: {request.url} {request.failure}")


@contextmanager
def watched(browser: Browser, origin: str) -> Generator[tuple[BrowserContext, Watch]]:
    """A fresh context for pages of `origin` (relative URLs are its), checked when it is left without an error."""
    context = browser.new_context(
        base_url=origin,
        locale="en-GB",
        timezone_id="UTC",
        viewport={"width": 1280, "height": 800},
    )
    context.set_default_timeout(TIMEOUT_MS)
    watch = Watch(origin)
    watch.attach(context)
    try:
        yield context, watch
        for page in context.pages:
            flush(page)
        watch.check()
    finally:
        context.close()


def flush(page: Page) -> None:
    """Wait until what the page has reported so far has arrived here."""
    page.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")


_WAIT_UNTIL_SETTLED = """async (timeout) => {
  const shown = (each) => each.checkVisibility();
  const looping = (each) => each.playState === "running" && each.effect?.target && shown(each.effect.target);
  const reason = () => {
    if (document.readyState !== "complete") return "the page is still loading";
    if (![...document.querySelectorAll("main h1")].some(shown)) return "there is no visible h1 in main";
    const busy = [...document.querySelectorAll('[aria-busy="true"]')].find(shown);
    if (busy) return `busy: ${busy.outerHTML.slice(0, 200)}`;
    const moving = document.getAnimations().find(looping);
    if (moving) return `moving: ${moving.effect.target.outerHTML.slice(0, 200)}`;
    return document.fonts.status === "loaded" ? "" : "fonts are still loading";
  };
  const end = performance.now() + timeout;
  let why = "";
  for (let calm = 0; calm < 2; calm = why ? 0 : calm + 1) {
    await new Promise((done) => setTimeout(done, 20));
    why = reason();
    if (performance.now() > end) return why;
  }
  return "";
}"""


def settle(page: Page) -> None:
    """Wait until the screen stands: a heading in `main`, nothing visible `aria-busy`, pulsing, turning or moving."""
    why = page.evaluate(_WAIT_UNTIL_SETTLED, TIMEOUT_MS)
    assert not why, f"{page.url} doesn't settle: {why}"
