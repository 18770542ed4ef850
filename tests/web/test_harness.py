"""The harness sees what it is there to see: each fault is made once, on a small page under the client's own policy."""

import re
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.web.accessibility import axe, sideways_overflow, violations
from tests.web.browser import Watch, flush, watched
from tests.web.site import Site, serve

pytestmark = pytest.mark.web

POLICY = (
    "default-src 'none'; script-src 'nonce-abc' 'strict-dynamic'; style-src 'self' 'nonce-abc';"
    " img-src 'self' blob: data:; font-src 'self'; connect-src 'self'; frame-src 'self';"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
SHELL = """<!doctype html><html lang="en"><head><title>A page</title><link rel="icon" href="data:,">{head}</head>
<body><main><h1>A page</h1>{body}</main></body></html>"""


def scripted(script: str) -> str:
    return SHELL.format(head="", body=f'<script nonce="abc">{script}</script>')


FAULTS = {
    "console error: broken": scripted("console.error('broken')"),
    "console warning: careful": scripted("console.warn('careful')"),
    "page error: .*oh no": scripted("setTimeout(() => { throw new Error('oh no') })"),
    "dialog: alert 1": scripted("alert(1)"),
    "xss: a payload ran": scripted("window.__xss = 1"),
    "csp: img-src http://elsewhere.example": SHELL.format(
        head="", body='<img src="http://elsewhere.example/x" alt="">'
    ),
    "csp: script-src-attr inline": SHELL.format(head="", body='<img src="data:," onerror="alert(1)" alt="">'),
    "foreign request: GET http://elsewhere.example/y": scripted("window.open('http://elsewhere.example/y')"),
    "request failed: .*/gone": scripted("fetch('/gone').catch(() => 0)"),
}
FINE = SHELL.format(head="", body="<p>All is well.</p>")
BAD = SHELL.format(
    head='<style nonce="abc">p { color: #ccc } div { width: 500px }</style>',
    body='<p>Pale</p><img src="data:,"><div>Wide</div>',
)


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    pages = {f"/{number}": page for number, page in enumerate(FAULTS.values())} | {"/fine": FINE, "/bad": BAD}
    with serve(pages, {"Content-Security-Policy": POLICY}) as running:
        yield running


def test_every_kind_of_fault_is_seen(browser: Browser, site: Site) -> None:
    watch = Watch(site.url)
    with browser.new_context(base_url=site.url) as context:
        watch.attach(context)
        page = context.new_page()
        page.route("**/gone", lambda route: route.abort("connectionreset"))
        for number, kind in enumerate(FAULTS):
            page.goto(f"/{number}")
            wait_for_fault(page, watch, kind)


def wait_for_fault(page: Page, watch: Watch, kind: str) -> None:
    deadline = time.monotonic() + 10
    while not any(re.search(kind, fault) for fault in watch.faults):
        assert time.monotonic() < deadline, f"{kind}: {watch.faults}"
        flush(page)


def test_a_fault_fails_the_test(browser: Browser, site: Site) -> None:
    with pytest.raises(AssertionError, match="console error: broken"), watched(browser, site.url) as (context, _):
        context.new_page().goto("/0")


def test_an_expected_fault_is_allowed_and_must_come(browser: Browser, site: Site) -> None:
    with watched(browser, site.url) as (context, watch):
        watch.expect("console error: broken")
        context.new_page().goto("/0")
        watch.check()
        watch.expect("page error")
        with pytest.raises(AssertionError, match="didn't come"):
            watch.check()
        watch.expected.pop()


def test_faults_in_frames_and_other_windows_are_seen(browser: Browser, site: Site) -> None:
    with watched(browser, site.url) as (context, watch):
        page = context.new_page()
        page.goto("/fine")
        with page.expect_popup() as popup:
            page.evaluate("window.open('/0')")
        popup.value.wait_for_load_state()
        flush(popup.value)
        assert any("broken" in fault for fault in watch.faults)
        watch.expect("console error: broken")


def test_axe_works_under_the_policy_and_finds_violations(browser: Browser, site: Site) -> None:
    with watched(browser, site.url) as (context, _):
        page = context.new_page()
        page.goto("/fine")
        axe(page)
        page.goto("/bad")
        rules = {line.split()[0] for line in violations(page)}
        assert rules == {"color-contrast", "image-alt"}
        with pytest.raises(AssertionError, match="image-alt"):
            axe(page)


def test_sideways_scrolling_is_measured(browser: Browser, site: Site) -> None:
    with watched(browser, site.url) as (context, _):
        page = context.new_page()
        page.set_viewport_size({"width": 360, "height": 740})
        page.goto("/fine")
        assert sideways_overflow(page) == 0
        page.goto("/bad")
        assert sideways_overflow(page) > 100
