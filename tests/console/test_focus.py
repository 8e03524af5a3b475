"""What was opened and closes again leaves people where they were, and keys that were switched off do nothing."""

from playwright.sync_api import expect

from console import Console, in_both_browsers
from support.program import PROJECT


@in_both_browsers
class Focus(Console):
    def opened_from(self, button, panel):
        """Opens something by a button, and closes it by Escape: the button has the focus, before and afterwards."""
        button.focus()
        self.page.keyboard.press("Enter")
        expect(panel).to_be_visible()
        expect(button).not_to_be_focused()
        self.page.keyboard.press("Escape")
        expect(panel).to_be_hidden()
        expect(button).to_be_focused()

    def button(self, name):
        return self.page.get_by_role("button", name=name, exact=True)

    @property
    def dialog(self):
        return self.page.get_by_role("dialog")

    def test_what_closes_leads_back_to_what_opened_it(self):
        self.sign_in(t="now-20d..now")
        expect(self.rows.first).to_be_visible()
        self.opened_from(self.button("Export…"), self.dialog)
        self.opened_from(self.button("Columns"), self.page.get_by_role("group", name="Columns"))
        self.opened_from(self.button("Saved views"), self.page.get_by_role("group", name="Saved views"))
        self.open(f"p/{PROJECT}/audit")
        self.opened_from(self.button("Explain a refusal"), self.dialog)
        self.open(f"p/{PROJECT}/access")
        self.opened_from(self.page.get_by_role("region").get_by_role("button", name="Make a key"), self.dialog)

    def test_a_dialog_that_a_key_opens_leads_back_to_the_row(self):
        self.sign_in(t="now-20d..now")
        self.rows.first.focus()
        for key in "e", "?":
            self.page.keyboard.press(key)
            expect(self.dialog).to_be_visible()
            self.page.keyboard.press("Escape")
            expect(self.dialog).to_be_hidden()
            expect(self.rows.first).to_be_focused()

    def test_an_export_that_begins_leads_back_to_its_button(self):
        self.sign_in(t="now-20d..now")
        expect(self.rows.first).to_be_visible()
        self.button("Export…").click()
        with self.page.expect_download():
            self.dialog.get_by_role("button", name="Download now").click()
        expect(self.dialog).to_be_hidden()
        # In Firefox the window of the download may have the focus, so the page is asked which of its elements has it.
        self.page.wait_for_function("(button) => document.activeElement === button", arg=self.button("Export…").element_handle())

    def test_a_view_that_is_saved_and_chosen_leads_back_to_its_button(self):
        self.sign_in(t="now-20d..now", state="failed")
        expect(self.rows.first).to_be_visible()
        self.button("Saved views").click()
        self.page.get_by_label("Name of the view").fill("failed ones")
        self.page.keyboard.press("Enter")
        self.page.get_by_role("button", name="failed ones", exact=True).click()
        expect(self.page.get_by_role("group", name="Saved views")).to_be_hidden()
        expect(self.button("Saved views")).to_be_focused()

    def test_keys_that_are_switched_off_do_nothing(self):
        self.sign_in(t="now-20d..now")
        expect(self.rows.first).to_be_visible()
        self.page.keyboard.press("?")
        self.dialog.get_by_label("Use keyboard shortcuts").uncheck()
        self.page.keyboard.press("Escape")
        expect(self.dialog).to_be_hidden()
        before = self.page.url
        for key in ("?", "e", "t", "/", "f", "y", "r", "j", "k", "]", "g", "x", "g", "a"):
            self.page.keyboard.press(key)
            self.assertEqual(self.page.locator("dialog[open], :popover-open, aside").count(), 0, key)
        self.assertEqual(self.page.url, before)
        # What has the focus goes on to take its own keys; and they stay off.
        self.page.reload()
        expect(self.rows.first).to_be_visible()
        self.page.keyboard.press("e")
        expect(self.dialog).to_have_count(0)
        self.button("Export…").focus()
        self.page.keyboard.press("Enter")
        expect(self.dialog).to_be_visible()
        self.page.keyboard.press("Escape")
        # By the menu they come back.
        self.page.get_by_role("button", name="Signed in as ann").click()
        self.page.get_by_role("button", name="Keyboard shortcuts").click()
        self.dialog.get_by_label("Use keyboard shortcuts").check()
        self.page.keyboard.press("Escape")
        expect(self.page.get_by_role("button", name="Signed in as ann")).to_be_focused()
        self.page.keyboard.press("e")
        expect(self.dialog).to_be_visible()


@in_both_browsers
class NoSuchPage(Console):
    def test_an_address_of_no_page_says_so_and_leads_back(self):
        self.sign_in()
        for path in (f"p/{PROJECT}/no-such-page", f"p/{PROJECT}/connections/more", "p/somebody-elses/nothing", "nowhere", "p/%E0%A4%A/audit"):
            self.open(path)
            expect(self.page.get_by_role("heading", name="There is no such page")).to_be_visible()
            self.assertTrue(self.page.title().startswith("There is no such page"), self.page.title())
            expect(self.page.locator("nav [aria-current]")).to_have_count(0)
        # The keys and links around it lead on.
        self.page.get_by_role("main").get_by_role("link", name="Connections").click()
        self.page.wait_for_url(f"**/p/{PROJECT}/connections*")
        expect(self.rows.first).to_be_visible()
        self.page.go_back()
        expect(self.page.get_by_role("heading", name="There is no such page")).to_be_visible()

    def test_who_is_not_signed_in_signs_in_first(self):
        self.sign_in(path=f"p/{PROJECT}/no-such-page")
        expect(self.page.get_by_role("heading", name="There is no such page")).to_be_visible()
        # An address without a page leads to the first one, as ever.
        self.open(f"p/{PROJECT}")
        self.page.wait_for_url(f"**/p/{PROJECT}/connections*")
