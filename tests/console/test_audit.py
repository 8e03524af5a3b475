"""What was exported is in the audit, from which one comes back to the same connections."""

import datetime
import json
import uuid

from playwright.sync_api import expect

from console import Console, READER_TOKEN, in_both_browsers, running
from support.program import PROJECT, waited


class Exports(Console):
    def export(self):
        """Exports what the page shows as CSV, and returns the lines of the file without the header."""
        self.page.get_by_role("button", name="Export…").click()
        dialog = self.page.get_by_role("dialog")
        dialog.get_by_label("Format").select_option("csv")
        with self.page.expect_download() as download:
            dialog.get_by_role("button", name="Download now").click()
        with open(download.value.path(), encoding="utf-8-sig") as file:
            return file.read().splitlines()[1:]


@in_both_browsers
class Audit(Exports):
    def test_an_export_is_in_the_audit_and_its_view_opens(self):
        self.sign_in(t="now-20d..now", tz="Asia/Shanghai")
        expect(self.rows.first).to_be_visible()
        user = self.records(state="failed")[0]["user_name"]
        self.open_connections(t="now-20d..now", tz="Asia/Shanghai", user=user, state="failed")
        lines = self.export()
        self.assertGreater(len(lines), 0)
        self.expect_count(len(lines))
        # The service writes that it is done after the last byte.
        audits = f"/v2/{PROJECT}/connections/export-audits?via=link&limit=1"
        waited(lambda: self.ask(audits)["audits"][0]["outcome"] == "done")
        for key in "ga":
            self.page.keyboard.press(key)
        self.page.wait_for_url("**/audit?*")
        # The newest comes first; the lines of sessions may be newer.
        line = self.page.get_by_role("row").filter(has_text="Export in the console").first
        for text in ("ann", "Done", str(len(lines)), user, "Failed", "CSV"):
            expect(line).to_contain_text(text)
        line.get_by_role("link", name="Open this view").click()
        self.wait_for_query(user=user, state="failed", tz="Asia/Shanghai")
        self.assertEqual(self.page.url.split("?")[0], f"{self.url}/console/p/{PROJECT}/connections")
        self.expect_count(len(lines))
        self.wait_for_cells("user_name", user)
        self.page.go_back()
        expect(self.page.get_by_role("heading", name="Who exported")).to_be_visible()

    def test_the_audit_is_narrowed_to_a_user_and_an_outcome(self):
        self.sign_in(path=f"p/{PROJECT}/audit", t="now-1h..now")
        expect(self.page.get_by_role("row").nth(1)).to_be_visible()
        self.page.get_by_label("User", exact=True).focus()
        self.page.keyboard.type("nobody-is-called-so")
        self.page.keyboard.press("Enter")
        self.wait_for_query(user="nobody-is-called-so")
        empty = self.page.locator("main .nothing")
        for text in "Nothing in this time matches these filters.", "User: nobody-is-called-so", "Write the whole name":
            expect(empty).to_contain_text(text)
        expect(empty.get_by_role("button", name="Clear the filters")).to_be_visible()
        self.page.go_back()
        self.wait_for_query(user=None)
        self.page.get_by_label("Outcome").select_option("done")
        self.wait_for_query(outcome="done")
        expect(self.page.get_by_role("row").nth(1)).to_contain_text("Done")
        self.page.reload()
        expect(self.page.get_by_label("Outcome")).to_have_value("done")

    def test_who_may_not_see_the_audit_can_copy_the_sealed_reason_which_an_administrator_opens(self):
        self.sign_in(READER_TOKEN, path=f"p/{PROJECT}/audit")
        alert = self.page.get_by_role("alert")
        expect(alert).to_contain_text("You may not do this here.")
        self.page.evaluate("navigator.clipboard.writeText = async (text) => { window.copied = text }")
        alert.get_by_role("button", name="Copy the sealed reason").click()
        sealed = self.page.evaluate("window.copied")
        _, page = self.new_page()
        self.sign_in(page=page, path=f"p/{PROJECT}/audit")
        page.get_by_role("button", name="Explain a refusal").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_role("textbox").fill(sealed[:-9])
        dialog.get_by_role("button", name="Explain", exact=True).click()
        expect(dialog.get_by_role("alert")).to_contain_text("This is no sealed reason of this service, or not all of it.")
        dialog.get_by_role("textbox").fill(sealed)
        dialog.get_by_role("button", name="Explain", exact=True).click()
        expect(dialog).to_contain_text("workspace:connections:listExportAudits")


@in_both_browsers
class Refresh(Exports):
    def start_service(self):
        # What comes in here is not for other tests.
        return self.enterContext(running(records=200, days=2))

    def test_a_refresh_shows_and_exports_what_came_in_since(self):
        self.sign_in(t="now-1d..", tz="UTC")
        expect(self.rows.first).to_be_visible()
        transaction = uuid.uuid4().hex
        came_in = {"transaction_id": transaction, "connection_start_time": datetime.datetime.now(datetime.UTC).isoformat(), "user_name": transaction}
        self.service.run("import", "-", "--project", PROJECT, input=json.dumps(came_in).encode(), capture_output=True)
        self.page.keyboard.press("r")
        expect(self.rows.filter(has_text=transaction)).to_be_visible()
        # Its time is closed while it is looked at, and moves on with a refresh.
        self.open_connections(t="now-1d..now", tz="UTC")
        expect(self.rows.filter(has_text=transaction)).to_be_visible()
        came_in = {**came_in, "transaction_id": f"{transaction}-2", "connection_start_time": datetime.datetime.now(datetime.UTC).isoformat()}
        self.service.run("import", "-", "--project", PROJECT, input=json.dumps(came_in).encode(), capture_output=True)
        self.page.get_by_role("button", name="Refresh").click()
        expect(self.rows.filter(has_text=transaction)).to_have_count(2)
        lines = self.export()
        self.assertEqual(sum(transaction in line for line in lines), 2)
        self.expect_count(len(lines))
