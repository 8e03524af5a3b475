"""The explorer in a real browser: authenticate once, export, open the file; nothing asked of another host, nothing that the
policy of the page forbids."""

import json
import os
import tempfile
import unittest
import urllib.parse
import urllib.request

import openpyxl
from playwright.sync_api import expect, sync_playwright

import service
from service import PROJECT, TOKEN

# Long, for a machine that is busy with other things: nothing here waits for a time to pass.
PATIENCE = 120_000  # Milliseconds.

EXPORT = "#operations-Connections-ExportUserLoginInfoNew"


class TheExplorer(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.service = cls.enterClassContext(service.running())
        playwright = cls.enterClassContext(sync_playwright())
        # No sandbox: that of Chromium refuses to run for root, as which some test machines run.
        cls.browser = playwright.chromium.launch(executable_path=os.environ["CHROMIUM"], chromium_sandbox=False)
        cls.addClassCleanup(cls.browser.close)
        expect.set_options(timeout=PATIENCE)

    def setUp(self):
        context = self.browser.new_context(viewport={"width": 1280, "height": 1600})
        self.addCleanup(context.close)
        context.set_default_timeout(PATIENCE)
        self.page = context.new_page()
        self.asked, self.complaints = [], []
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("console", lambda message: self.complaints.append(f"{message.type}: {message.text}"))
        self.page.on("pageerror", lambda error: self.complaints.append(f"page: {error}"))
        self.page.goto(f"{self.service.url}/explorer")
        expect(self.page.locator(EXPORT)).to_be_visible()

    def authenticate(self):
        self.page.get_by_role("button", name="Authorize").click()
        token = self.page.locator(".auth-container").filter(has_text="X-Auth-Token")
        token.locator("input").fill(TOKEN)
        token.get_by_role("button", name="Apply credentials").click()
        self.page.locator(".close-modal").click()

    def export(self, **parameters):
        """Fills in the parameters of the export and asks for it."""
        operation = self.page.locator(EXPORT)
        if not operation.locator(".execute").is_visible():
            operation.locator(".opblock-summary-control").click()
        for name, value in {"project_id": PROJECT, **parameters}.items():
            field = operation.locator(f"tr[data-param-name={name}]")
            if name in ("language", "format"):
                field.locator("select").select_option(value)
            else:
                field.locator("input").fill(value)
        with self.page.expect_response(lambda response: "/connections/desktops/export" in response.url) as response:
            operation.locator(".execute").click()
        return response.value

    def download(self):
        """The name and the rows of the workbook that the page offers."""
        link = self.page.locator(EXPORT).locator("a[download]")
        with self.page.expect_download() as download:
            link.click()
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "download.xlsx")
            download.value.save_as(path)
            sheet = openpyxl.load_workbook(path, read_only=True).worksheets[0]
            return download.value.suggested_filename, list(sheet.iter_rows(values_only=True))

    def assert_nothing_left_the_house(self):
        self.assertEqual(self.complaints, [])
        own = urllib.parse.urlsplit(self.service.url).netloc
        hosts = {urllib.parse.urlsplit(url).netloc for url in self.asked if not url.startswith(("data:", "blob:"))}
        self.assertEqual(hosts, {own})

    def test_whoever_authenticates_once_exports_and_opens_the_files(self):
        self.authenticate()
        self.assertEqual(self.export().status, 200)
        name, rows = self.download()
        self.assertRegex(name, r"^desktop-connections-\d{8}T\d{6}Z\.xlsx$")
        transaction = rows[0].index("Transaction ID")
        self.assertEqual({row[transaction] for row in rows[1:]}, self.service.transactions)
        if folder := os.environ.get("SCREENSHOTS"):
            self.page.screenshot(path=os.path.join(folder, "explorer.png"))

        self.page.locator(EXPORT).locator(".btn-clear").click()
        self.assertEqual(self.export(language="zh_CN", time_zone="Asia/Shanghai").status, 200)
        name, rows = self.download()
        self.assertRegex(name, r"^桌面连接记录-\d{8}T\d{6}Z\.xlsx$")
        self.assertIn("开始连接时间 (Asia/Shanghai)", rows[0])

        self.page.locator(EXPORT).locator(".btn-clear").click()
        answer = self.export(format="csv")
        self.assertEqual((answer.status, answer.headers["content-type"]), (200, "text/csv; charset=utf-8"))
        self.assert_nothing_left_the_house()

    def test_every_operation_of_the_document_is_shown(self):
        with urllib.request.urlopen(f"{self.service.url}/openapi.json") as answer:
            paths = json.load(answer)["paths"]
        described = {operation["operationId"] for operations in paths.values() for operation in operations.values()}
        shown = self.page.locator(".opblock")
        expect(shown).to_have_count(len(described))
        ids = {shown.nth(number).get_attribute("id") for number in range(len(described))}
        self.assertEqual({name.rsplit("-", 1)[1] for name in ids}, described)
        self.assert_nothing_left_the_house()

    def test_a_reload_forgets_the_credentials(self):
        self.authenticate()
        self.assertEqual(self.export().status, 200)
        self.assertEqual(self.page.evaluate("localStorage.length + sessionStorage.length"), 0)
        self.page.reload()
        # The address names the operation, so the page opens it again.
        expect(self.page.locator(EXPORT).locator(".execute")).to_be_visible()
        self.assertEqual(self.export().status, 401)

    def test_the_page_may_not_ask_another_host_nor_run_what_is_written_into_it(self):
        for forbidden, directive in (
            ("fetch('http://127.0.0.2/').catch(() => {})", "connect-src"),
            (
                "document.body.append(Object.assign(document.createElement('script'), {text: 'window.ran = true'}))",
                "script-src-elem",
            ),
            ("document.body.setAttribute('onclick', 'window.ran = true')", "script-src-attr"),
        ):
            violated = self.page.evaluate(
                f"""() => new Promise((resolve) => {{
                    addEventListener("securitypolicyviolation", (event) => resolve(event.effectiveDirective), {{once: true}});
                    setTimeout(resolve, {PATIENCE}, "nothing");
                    {forbidden};
                }})"""
            )
            self.assertEqual(violated, directive, forbidden)
        self.assertIsNone(self.page.evaluate("window.ran ?? null"))
        # So a complaint would be seen by the other tests.
        self.assertGreaterEqual(len(self.complaints), 3)
