"""Access keys are made, used and revoked in the console by those who may, and nobody else sees that there are any."""

from playwright.sync_api import expect

from console import Console, READER_TOKEN, SETTINGS, ask, in_both_browsers, running
from support.program import PROJECT, waited
from support.signature import signed

KEYS = f"/v2/{PROJECT}/access-keys"
RECORDS = f"/v2/{PROJECT}/connections/desktops?limit=1"
ACCESS = f"p/{PROJECT}/access"


class Keys(Console):
    """What is done with keys."""

    def tearDown(self):
        # A user has ten at most, and the service is of all tests.
        for key in self.ask(KEYS)["access_keys"]:
            if key["state"] == "active":
                self.ask(f"{KEYS}/{key['id']}", method="DELETE")
        super().tearDown()

    @property
    def section(self):
        return self.page.get_by_role("region", name="Access keys")

    @property
    def dialog(self):
        return self.page.get_by_role("dialog")

    def make(self):
        """Makes a key as a person does, and returns its identifier and its secret."""
        self.section.get_by_role("button", name="Make a key").click()
        self.dialog.get_by_role("button", name="Make a key").click()
        expect(self.dialog.get_by_text("You will not see it again.")).to_be_visible()
        return self.dialog.locator("dd bdi").all_text_contents()

    def signed(self, key, secret):
        """The status and the JSON of an answer to a request that a key signs."""
        return ask(self.url, RECORDS, token=None, headers=signed(key, secret, "GET", RECORDS))


@in_both_browsers
class AccessKeys(Keys):
    def test_a_key_that_is_made_signs_requests_until_it_is_revoked(self):
        self.sign_in(path=ACCESS)
        key, secret = self.make()
        self.assertEqual((len(key), len(secret)), (20, 40))
        # What cannot be shown again is asked about before it is lost.
        self.page.keyboard.press("Escape")
        expect(self.dialog.get_by_role("alert")).to_have_text("You have not copied the secret. Close once more to go on without it.")
        self.page.evaluate("navigator.clipboard.writeText = async (text) => { window.copied = text }")
        for name, text in (("Copy the access key", key), ("Copy the secret", secret)):
            self.dialog.get_by_role("button", name=name).click()
            self.page.wait_for_function("(text) => window.copied === text", arg=text)
        # What cannot be shown again stays when somebody clicks beside it.
        self.page.mouse.click(5, 5)
        expect(self.dialog).to_contain_text(secret)
        self.dialog.get_by_role("button", name="Close").last.click()
        expect(self.dialog).to_be_hidden()
        expect(self.section.get_by_role("button", name="Make a key")).to_be_focused()
        self.assertNotIn(secret, self.page.content())
        row = self.section.get_by_role("row").filter(has_text=key)
        for text in ("ann", "te_admin", "Active"):
            expect(row).to_contain_text(text)
        status, answer = self.signed(key, secret)
        self.assertEqual((status, len(answer["records"])), (200, 1))

        # Giving up leaves it, and the dialog names it.
        revoke = row.get_by_role("button", name=f"Revoke the key {key}")
        revoke.click()
        expect(self.dialog.get_by_role("heading", name=f"Revoke the key {key}?")).to_be_visible()
        expect(self.dialog).to_contain_text("It acts for ann.")
        self.dialog.get_by_role("button", name="Cancel").click()
        expect(revoke).to_be_focused()
        self.assertEqual(self.signed(key, secret)[0], 200)
        revoke.click()
        self.dialog.get_by_role("button", name="Revoke").click()
        expect(row).to_contain_text("Revoked")
        expect(self.page.get_by_role("status").get_by_text(f"The key {key} is revoked.")).to_be_visible()
        expect(revoke).to_have_count(0)
        # What had the focus is gone.
        expect(self.section.get_by_role("heading", name="Access keys")).to_be_focused()
        status, answer = self.signed(key, secret)
        self.assertEqual((status, answer["error_code"]), (401, "APIGW.0301"))

        # Who did that to which key is in the audit.
        waited(lambda: all(audit["outcome"] != "running" for audit in self.ask(f"/v2/{PROJECT}/connections/export-audits?via=access_key")["audits"]))
        self.open(f"p/{PROJECT}/audit", t="now-1h..")
        for text in ("Access key made", "Access key revoked"):
            expect(self.page.get_by_role("row").filter(has_text=key).filter(has_text=text)).to_contain_text("ann")

    def test_who_may_not_manage_keys_sees_none(self):
        self.sign_in(READER_TOKEN, path=ACCESS)
        with self.page.expect_response(lambda response: response.url.endswith(KEYS)) as asked:
            self.page.reload()
        self.assertEqual(asked.value.status, 403)
        expect(self.page.get_by_role("row").nth(1)).to_be_visible()
        expect(self.page.get_by_text("Access keys")).to_have_count(0)
        expect(self.page.get_by_role("alert")).to_have_count(0)
        self.assertEqual(ask(self.url, KEYS, READER_TOKEN, "POST", {})[0], 403)

    def test_one_more_than_a_user_may_have_is_refused_beside_what_was_wanted(self):
        for _ in range(10):
            self.ask(KEYS, method="POST", body={})
        self.sign_in(path=ACCESS)
        self.section.get_by_role("button", name="Make a key").click()
        self.dialog.get_by_role("button", name="Make a key").click()
        expect(self.dialog.get_by_role("alert")).to_contain_text("the user has 10 access keys")
        self.page.keyboard.press("Escape")
        expect(self.dialog).to_be_hidden()
        self.section.get_by_role("button", name="Make a key").click()
        expect(self.dialog.get_by_role("alert")).to_have_count(0)

    def test_a_service_that_manages_no_keys_says_so(self):
        refusal = {"error_code": "WKS.00006404", "error_msg": "access keys cannot be managed here"}
        self.page.route(f"**{KEYS}", lambda route: route.fulfill(status=404, json=refusal))
        self.sign_in(path=ACCESS)
        expect(self.section).to_contain_text("This service manages no access keys.")
        expect(self.section.get_by_role("button")).to_have_count(0)


@in_both_browsers
class Roles(Keys):
    def start_service(self):
        roles = SETTINGS.replace('roles = ["te_admin"]', 'roles = ["te_admin", "wks_auditor"]', 1)
        self.assertNotEqual(roles, SETTINGS)
        return self.enterContext(running(roles, records=1))

    def test_a_key_gets_the_roles_that_were_chosen(self):
        self.sign_in(path=ACCESS)
        self.section.get_by_role("button", name="Make a key").click()
        make = self.dialog.get_by_role("button", name="Make a key")
        for role in "te_admin", "wks_auditor":
            expect(self.dialog.get_by_role("checkbox", name=role)).to_be_checked()
            self.dialog.get_by_role("checkbox", name=role).uncheck()
        expect(make).to_be_disabled()
        self.dialog.get_by_role("checkbox", name="wks_auditor").check()
        make.click()
        expect(self.dialog.locator("dd bdi")).to_have_count(2)
        key, secret = self.dialog.locator("dd bdi").all_text_contents()
        self.assertEqual(self.signed(key, secret)[0], 200)
        # An auditor manages no keys.
        self.assertEqual(ask(self.url, KEYS, token=None, headers=signed(key, secret, "GET", KEYS))[0], 403)
        roles = [line["roles"] for line in self.ask(KEYS)["access_keys"]]
        self.assertEqual(roles, [["wks_auditor"]])
