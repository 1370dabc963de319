"""Binder forgets a session after some minutes: a learner can keep the work, with the server there or gone."""

import nbformat
import pytest
from playwright.sync_api import expect

from tests.support.browser import artefact, chromium, jupyterlab, needs_chromium, open_notebook

BINDER = {
    "BINDER_REPO_URL": "https://github.com/owner/repository",
    "BINDER_REF_URL": "https://github.com/owner/repository/tree/main",
    "BINDER_LAUNCH_HOST": "https://mybinder.org/",
    "BINDER_PERSISTENT_REQUEST": "v2/gh/owner/repository/main",
    "BINDER_REQUEST": "v2/gh/owner/repository/main",
}


WORK = "answer = 42  # an hour of work"


def write(path, source):
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)], metadata=kernel), path)


@pytest.mark.slow
@needs_chromium
def test_work_is_downloaded_in_one_click_and_kept_in_the_browser(tmp_path):
    write(tmp_path / "mine.ipynb", WORK)
    with (
        jupyterlab(tmp_path, environment=BINDER) as lab,
        chromium() as browser,
        open_notebook(browser, lab, "mine.ipynb", accept_dialogs=False) as notebook,
    ):
        page = notebook.page
        with page.expect_download() as download:
            page.get_by_title("Download visible").click()
        assert nbformat.read(download.value.path(), as_version=4).cells[0].source == WORK

        page.get_by_title("Save to browser storage").click()
        expect(page.get_by_text("Notebook saved to browser storage")).to_be_visible()
        page.get_by_role("button", name="Ok", exact=True).click()

        write(tmp_path / "mine.ipynb", "")  # the session is over: a new one has the notebook as it was handed out
        page.reload()
        expect(page.locator(".jp-Notebook-ExecutionIndicator")).to_have_attribute("data-status", "idle", timeout=90_000)
        expect(page.locator(".cm-content").first).to_have_text("")
        page.get_by_title("Restore from browser storage").click()
        page.screenshot(path=artefact("keep_work.png"))
        page.get_by_role("button", name="OK", exact=True).click()
        expect(page.locator(".cm-content").first).to_have_text(WORK)
