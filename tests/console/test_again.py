"""An export says what it is of, and is asked for again with one click."""

from playwright.sync_api import expect

from console import PROJECT, Console, in_both_browsers


@in_both_browsers
class Again(Console):
    def content(self, download):
        with open(download.path(), "rb") as file:
            return file.read()

    def test_an_export_is_named_by_its_time_and_filter_and_made_again_as_it_was(self):
        first = self.records(limit=1, state="failed")[0]["connection_start_time"][:10]
        self.sign_in(t=f"2026-01-01..{first}", state="failed", tz="Asia/Shanghai")
        expect(self.rows.first).to_be_visible()
        self.page.keyboard.press("e")
        dialog = self.page.get_by_role("dialog")
        dialog.get_by_label("Format").select_option("jsonl")
        expect(dialog.get_by_label("Language")).to_have_count(0)
        expect(dialog.get_by_label("Time zone")).to_have_count(0)
        with self.page.expect_download() as begun:
            dialog.get_by_role("button", name="Download now").click()
        lines = self.content(begun.value)
        self.page.get_by_role("link", name="Exports").click()
        line = self.page.locator("tbody tr").first
        for text in "Done", "ann", "2026-01-01 – ", "State: Failed", "JSON Lines":
            expect(line).to_contain_text(text)
        # They have no language and no zone.
        for text in "Asia/Shanghai", "English":
            expect(line).not_to_contain_text(text)
        with self.page.expect_download() as begun:
            line.get_by_role("button", name="Export again").click()
        self.assertEqual(self.content(begun.value), lines)
        made = self.ask(f"/v2/{PROJECT}/connections/desktops/export-links?limit=2")["export_links"]
        self.assertEqual(made[0]["parameters"], made[1]["parameters"])
        self.assertEqual(made[0]["parameters"]["state"], "failed")

    def test_a_task_that_is_done_is_downloaded_rather_than_made_again(self):
        self.sign_in(t="2026-01-01..now")
        self.page.keyboard.press("e")
        self.page.get_by_role("dialog").get_by_role("button", name="Make it in the background").click()
        self.page.get_by_role("link", name="Exports").click()
        task = self.page.locator("tbody tr", has_text=".xlsx").first
        expect(task).to_contain_text("Done")
        expect(task).to_contain_text("2026-01-01")
        expect(task.get_by_role("button", name="Export again")).to_have_count(0)
        expect(task.get_by_role("button", name="Download")).to_be_visible()
