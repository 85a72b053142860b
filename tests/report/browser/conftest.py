"""A real browser on the site of the small snapshot. Screenshots go to tests/report/browser/screenshots."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Request, sync_playwright

from ..conftest import Built, build

SCREENSHOTS = Path(__file__).parent / "screenshots"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Built:
    return build(tmp_path_factory.mktemp("browser"))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    assert path, (
        "no Chromium: install the package chromium (apt-get install chromium), or run make test-browser as root"
    )
    with sync_playwright() as playwright:
        # A browser that root starts has no sandbox to offer.
        launched = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"] if os.geteuid() == 0 else [])
        yield launched
        launched.close()


class Tab:
    """A page of the site in a window; whatever the browser complains about is kept."""

    def __init__(self, page: Page, base: str) -> None:
        self.page, self.base = page, base
        self.complaints: list[str] = []
        page.on(
            "console",
            lambda message: self.complaints.append(message.text) if message.type in ("error", "warning") else None,
        )
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("requestfailed", self._refused)
        page.on("dialog", lambda dialog: self.complaints.append(f"dialog {dialog.message}"))

    def _refused(self, request: Request) -> None:
        if request.failure != "net::ERR_ABORTED":  # the test went to the next page before this one had everything
            self.complaints.append(request.url)

    def open(self, path: str, ready: bool = True) -> Page:
        self.page.goto(f"{self.base}/{path}")
        if ready:
            self.until("!document.querySelector('#app, #finder') || performance.getEntriesByName('ready').length")
        return self.page

    def charts(self) -> None:
        """Waits until every chart is drawn."""
        self.until("[...document.querySelectorAll('.canvas')].every((canvas) => canvas.querySelector('svg'))")

    def until(self, condition: str) -> None:
        """Waits for a condition; Playwright's own way needs eval, which the site's policy forbids."""
        for _ in range(300):
            if self.page.evaluate(condition):
                return
            self.page.wait_for_timeout(50)
        raise AssertionError(f"still not so: {condition}")


Open = Callable[..., Tab]


@pytest.fixture
def window(browser: Browser, site: Built) -> Iterator[Open]:
    """Makes windows: window(width=390, height=844, color_scheme="dark", base=...)."""
    contexts = []

    def make(width: int = 1280, height: int = 900, base: str | None = None, **options) -> Tab:
        context = browser.new_context(viewport={"width": width, "height": height}, **options)
        contexts.append(context)
        return Tab(context.new_page(), base or site.folder.as_uri())

    yield make
    for context in contexts:
        context.close()
