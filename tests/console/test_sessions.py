"""Sessions end, wherever that is done, and people come back to where they were."""

from playwright.sync_api import expect

from console import Console, TOKEN, ask, in_both_browsers
from support.program import PROJECT

SESSIONS = f"/v2/{PROJECT}/sessions"


@in_both_browsers
class Sessions(Console):
    def cookies(self):
        """The cookies of the service, as a header."""
        return "; ".join(f"{cookie['name']}={cookie['value']}" for cookie in self.context.cookies(self.url))

    def session(self, cookies):
        """What the service says of the session of somebody's cookies."""
        headers = {"Cookie": cookies, "Origin": self.url, "X-Deskledger": "1"}
        return ask(self.url, "/v2/session", token=None, headers=headers)

    def audited(self, action):
        """How often something was done with sessions, as the audit says."""
        audits = self.ask(f"/v2/{PROJECT}/connections/export-audits?via=session&limit=1000")["audits"]
        return sum(audit["action"] == action and audit["outcome"] == "done" for audit in audits)

    def test_signing_out_ends_the_session(self):
        before = self.audited("sign_in"), self.audited("sign_out")
        self.sign_in()
        cookies = self.cookies()
        self.assertEqual(self.session(cookies)[0], 200)
        self.page.get_by_role("button", name="Signed in as ann").click()
        self.page.get_by_role("button", name="Sign out").click()
        expect(self.page.get_by_label("Token")).to_be_visible()
        self.assertEqual(self.session(cookies)[0], 401)
        expect(self.page.get_by_text("Your session has ended.")).to_have_count(0)
        # Nothing of what was seen is shown by going back.
        self.page.go_back()
        expect(self.page.get_by_label("Token")).to_be_visible()
        expect(self.rows).to_have_count(0)
        self.assertGreaterEqual((self.audited("sign_in"), self.audited("sign_out")), (before[0] + 1, before[1] + 1))

    def test_a_session_that_ends_elsewhere_leads_to_the_page_to_sign_in_and_back_to_the_view(self):
        view = {"t": "now-20d..now", "tz": "Asia/Shanghai", "terminal_type": "Windows"}
        self.sign_in(**view)
        self.page.get_by_role("button", name="Failed only").click()
        self.wait_for_query(state="failed")
        mine = self.session(self.cookies())[1]["id"]
        self.ask(f"{SESSIONS}/{mine}", method="DELETE")
        self.page.keyboard.press("r")
        self.page.wait_for_url("**/console/sign-in?*")
        expect(self.page.get_by_text("Your session has ended. Sign in to go on.")).to_be_visible()
        self.page.get_by_label("Token").fill(TOKEN)
        self.page.keyboard.press("Enter")
        self.wait_for_query(state="failed", **view)
        self.assertEqual(self.page.url.split("?")[0], f"{self.url}/console/p/{PROJECT}/connections")
        self.expect_shown()
        # The page to sign in is not on the way back.
        self.page.go_back()
        self.wait_for_query(state=None, **view)

    def expect_shown(self):
        expect(self.page.get_by_role("button", name="Failed only")).to_have_attribute("aria-pressed", "true")

    def test_a_session_of_mine_is_shown_and_ended(self):
        self.sign_in()
        mine = self.cookies()
        other, page = self.new_page()
        self.sign_in(page=page, path=f"p/{PROJECT}/exports")
        theirs = "; ".join(f"{cookie['name']}={cookie['value']}" for cookie in other.cookies(self.url))
        self.page.get_by_role("link", name="Access").click()
        # The same page has a list of access keys, which may come later.
        rows = self.page.get_by_role("row").filter(has_text="ann", has=self.page.get_by_role("button", name="End it"))
        this = rows.filter(has_text="This session")
        expect(this).to_have_count(1)
        expect(this).to_contain_text("Token")
        # The newest is the other browser's.
        others = rows.filter(has_not_text="This session")
        before = others.count()
        others.first.get_by_role("button", name="End it").dblclick()
        # The second click of a double click falls on a question, and ends nothing.
        self.assertEqual(others.count(), before)
        dialog = self.page.get_by_role("dialog")
        if not dialog.is_visible():
            others.first.get_by_role("button", name="End it").click()
        expect(dialog.get_by_role("heading", name="End the session of ann?")).to_be_visible()
        dialog.get_by_role("button", name="End it").click()
        expect(self.page.get_by_role("status").get_by_text("The session of ann has ended.")).to_be_visible()
        expect(others).to_have_count(before - 1)
        self.assertEqual((self.session(mine)[0], self.session(theirs)[0]), (200, 401))
        # The other browser finds out with its next question, and leads to the page to sign in.
        page.keyboard.press("g")
        page.keyboard.press("c")
        page.wait_for_url("**/console/sign-in?*")
        # Ending this one is signing out.
        this.get_by_role("button", name="End it").click()
        self.page.get_by_role("dialog").get_by_role("button", name="End it").click()
        expect(self.page.get_by_label("Token")).to_be_visible()
        self.assertEqual(self.session(mine)[0], 401)
