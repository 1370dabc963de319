"""Pages checked with axe-core, which knows the rules of WCAG."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


def assert_accessible(page: Page, selector: str | None = None) -> None:
    """axe-core finds nothing to object to in a page, or in the part of it that a selector names."""
    results = Axe().run(page, context=selector, options=RULES)
    checked = len(results.response["passes"])
    assert checked >= 8, f"axe-core checked {checked} rules only: is the figure in the page?"
    assert results.violations_count == 0, "\n".join(_sentences(results.response["violations"]))


def _sentences(violations: list[dict[str, Any]]) -> Iterator[str]:
    for violation in violations:
        for node in violation["nodes"]:
            yield f"{violation['id']}: {violation['help']} {node['target']} {node['html'][:300]} {node['failureSummary']}"
