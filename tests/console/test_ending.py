"""What ends an export or deletes its file is asked about before and said afterwards, and what a file was is known when it is gone."""

import os
import urllib.parse

from playwright.sync_api import expect

from console import Console, in_both_browsers
from support.program import PROJECT, waited

TASKS = f"/v2/{PROJECT}/export-tasks"
AUDITS = f"/v2/{PROJECT}/connections/export-audits"


class Files(Console):
    def made(self, query=""):
        """The identifier of a task whose file is made."""
        task = self.ask(f"/v3/{PROJECT}/desktops/connections/export?{query}")["task_id"]
        waited(lambda: self.ask(f"{TASKS}/{task}")["status"] == "SUCCESS")
        return task

    def row(self, task):
        """The row of a task."""
        return self.page.locator("tbody tr").filter(has_text=self.ask(f"{TASKS}/{task}")["file_name"]).first


@in_both_browsers
class Ending(Files):
    def test_a_file_is_deleted_once_that_is_confirmed_and_no_other_by_a_double_click(self):
        tasks = [self.made("format=csv&user_name=nobody") for _ in range(2)]
        before = self.ask(TASKS)["count"]
        self.sign_in(path=f"p/{PROJECT}/exports")
        dialog = self.page.get_by_role("dialog")
        delete = self.page.locator("tbody tr").first.get_by_role("button", name="Delete")
        delete.dblclick()
        self.page.keyboard.press("Escape")
        expect(dialog).to_have_count(0)
        self.assertEqual(self.ask(TASKS)["count"], before)
        delete.click()
        expect(dialog).to_contain_text("This cannot be undone.")
        dialog.get_by_role("button", name="Cancel").click()
        expect(delete).to_be_focused()
        delete.click()
        dialog.get_by_role("button", name="Delete").click()
        expect(self.page.get_by_role("status").get_by_text("The export is deleted.")).to_be_visible()
        expect(self.page.get_by_role("heading", name="Exports")).to_be_focused()
        self.assertEqual(self.ask(TASKS)["count"], before - 1)
        self.assertEqual(self.ask(f"{TASKS}/{tasks[0]}")["status"], "SUCCESS")

    def test_two_exports_are_told_apart_by_what_they_are_and_how_long_they_are_kept(self):
        task = self.made("format=xlsx&language=de_DE&summary=true&time_zone=Asia/Tokyo&user_name=nobody")
        self.sign_in(path=f"p/{PROJECT}/exports")
        row = self.row(task)
        for text in "Excel workbook · Deutsch · Asia/Tokyo · with a summary", "Kept until ":
            expect(row).to_contain_text(text)
        expect(row.locator(".time")).to_contain_text(self.ask(f"{TASKS}/{task}")["create_time"][17:19])

    def test_a_downloaded_file_is_named_with_its_records_and_size_and_a_file_that_is_gone_is_said_to_be(self):
        user = self.records(limit=1)[0]["user_name"]
        count = self.count(user_name=user)
        task = self.made(f"format=csv&user_name={urllib.parse.quote(user)}")
        self.sign_in(path=f"p/{PROJECT}/exports")
        with self.page.expect_download() as download:
            self.row(task).get_by_role("button", name="Download").click()
        size = os.path.getsize(download.value.path())
        row = self.page.locator("tbody tr").filter(has_text="Download of a file made in the background").first
        for text in user, f"{count} row", "CSV · English", "Done":
            expect(row).to_contain_text(text)
        expect(row.get_by_role("button", name="Export again")).to_have_count(0)
        waited(lambda: self.ask(f"{AUDITS}?via=link&limit=1")["audits"][0]["outcome"] == "done")
        audit = self.ask(f"{AUDITS}?via=link&limit=1")["audits"][0]
        self.assertEqual((audit["rows"], audit["bytes"], audit["filter"]["user_name"]), (count, size, user))
        # Somebody else deletes it, and this page does not know it yet.
        self.allowed.append("net::ERR_FAILED")
        self.page.route(f"**{TASKS}?*", lambda route: route.abort())
        self.ask(f"{TASKS}/batch-delete", method="POST", body={"task_ids": [task]})
        row.get_by_role("button", name="Download").click()
        expect(self.page.get_by_role("status").get_by_text("The file is gone")).to_be_visible()


@in_both_browsers
class Sizes(Files):
    def test_the_size_of_a_download_is_that_of_the_file_however_it_travels(self):
        self.sign_in(t="..", tz="UTC")
        expect(self.rows.first).to_be_visible()
        for form in "csv", "jsonl":
            self.page.keyboard.press("e")
            dialog = self.page.get_by_role("dialog")
            dialog.get_by_label("Format").select_option(form)
            with self.page.expect_download() as download:
                dialog.get_by_role("button", name="Download now").click()
            size = os.path.getsize(download.value.path())
            audits = f"{AUDITS}?via=link&limit=1"
            waited(lambda: self.ask(audits)["audits"][0]["outcome"] == "done")
            audit = self.ask(audits)["audits"][0]
            self.assertEqual((audit["format"], audit["bytes"]), (form, size))


@in_both_browsers
class Refusals(Console):
    def test_a_project_that_is_not_mine_is_said_in_words_and_leaves_a_way_out(self):
        self.sign_in()
        self.open("p/nobodys/connections")
        expect(self.page.get_by_role("alert")).to_contain_text("You may not use the project “nobodys”")
        self.page.get_by_role("button", name="Signed in as ann").click()
        self.page.get_by_role("button", name="Sign out").click()
        expect(self.page.get_by_label("Token")).to_be_visible()

    def test_a_record_that_is_none_is_not_asked_for_again(self):
        self.sign_in(row="no-such-transaction")
        alert = self.page.get_by_role("alert").filter(has_text="There is no such connection")
        expect(alert).to_be_visible()
        expect(alert.get_by_role("button", name="Try again")).to_have_count(0)

    def test_signing_out_without_the_service_says_so_in_words(self):
        self.allowed = [r"Failed to load resource", r"net::ERR", r"NetworkError"]
        self.sign_in()
        expect(self.rows.first).to_be_visible()
        self.page.route("**/v2/session", lambda route: route.abort())
        self.page.get_by_role("button", name="Signed in as ann").click()
        self.page.get_by_role("button", name="Sign out").click()
        expect(self.page.get_by_role("status").get_by_text("You are still signed in. The service does not answer.")).to_be_visible()
