"""People sign in, and see what they came for."""

import functools
import urllib.parse

from playwright.sync_api import expect

import console
from console import Console, OTHER_PROJECT, OTHER_TOKEN, TOKEN, in_both_browsers
from providers import Keystone, PASSWORD, add_oidc, issuer
from support.program import PROJECT

# A view that has a bit of everything.
VIEW = {"t": "now-20d..now", "tz": "Asia/Shanghai", "state": "failed"}


class SignIn(Console):
    def assert_at_view(self, project=PROJECT):
        """The address is what was asked for, and the rows are those."""
        expect(self.rows.first).to_be_visible()
        address = urllib.parse.urlsplit(self.page.url)
        self.assertEqual(address.path, f"/console/p/{project}/connections")
        self.assertEqual(self.query, VIEW)

    def begin(self, project=PROJECT):
        """Opens the view without a session, which leads to the page to sign in."""
        self.open_connections(project=project, **VIEW)
        self.page.wait_for_url("**/console/sign-in?*")


@in_both_browsers
class ByToken(SignIn):
    def test_a_token_leads_to_the_rows(self):
        self.sign_in(path="")
        expect(self.page).to_have_url(f"{self.url}/console/p/{PROJECT}/connections")
        expect(self.rows.first).to_be_visible()
        expect(self.rows.first.get_by_role("gridcell")).to_have_count(9)

    def test_a_token_leads_to_the_view_that_was_asked_for(self):
        self.begin()
        self.page.get_by_label("Token").fill(TOKEN)
        self.page.keyboard.press("Enter")
        self.assert_at_view()
        # It leads past the page to sign in.
        self.page.reload()
        self.assert_at_view()

    def test_a_wrong_token_is_said_and_may_be_corrected(self):
        self.begin()
        self.page.get_by_label("Token").fill("wrong")
        self.page.keyboard.press("Enter")
        alert = self.page.get_by_role("alert")
        expect(alert).to_contain_text("The token is wrong, or no longer valid.")
        expect(alert).to_contain_text("Request ")
        self.page.get_by_label("Token").fill(TOKEN)
        self.page.keyboard.press("Enter")
        self.assert_at_view()

    def test_the_keyboard_is_at_the_first_thing_to_do(self):
        self.begin()
        expect(self.page.get_by_label("Token")).to_be_focused()
        expect(self.page).to_have_title("Sign in to look at connection records · deskledger")

    def test_a_link_to_a_project_of_others_says_so_and_leads_home(self):
        self.open_connections(**VIEW)
        self.page.get_by_label("Token").fill(OTHER_TOKEN)
        self.page.keyboard.press("Enter")
        expect(self.page.get_by_role("alert")).to_contain_text("You may not use the project")
        self.page.get_by_role("button", name=OTHER_PROJECT).click()
        self.page.wait_for_url(f"**/console/p/{OTHER_PROJECT}/connections")
        expect(self.page.get_by_role("button", name="Signed in as otto")).to_be_visible()
        self.page.go_back()
        expect(self.page.get_by_role("alert")).to_contain_text("You may not use the project")

    def test_an_address_elsewhere_is_not_followed(self):
        for to in ("https://example.com/", "//example.com/", "/explorer", "javascript:alert(1)"):
            with self.subTest(to):
                self.context.clear_cookies()
                self.open("sign-in", to=to)
                self.page.get_by_label("Token").fill(TOKEN)
                self.page.keyboard.press("Enter")
                expect(self.page).to_have_url(f"{self.url}/console/p/{PROJECT}/connections")


@functools.cache
def keystone():
    return Keystone()


@functools.cache
def service_with_keystone():
    return console.enter(console.running(keystone().settings, records=200, projects=keystone().projects))


@in_both_browsers
class ByIam(SignIn):
    def start_service(self):
        return service_with_keystone()

    def fill_in(self, password):
        self.page.get_by_label("Account").fill("Default")
        self.page.get_by_label("User", exact=True).fill(keystone().user)
        self.page.get_by_label("Password").fill(password)
        self.page.get_by_role("button", name="Sign in with IAM").click()

    def test_a_password_leads_to_the_view_that_was_asked_for(self):
        second = keystone().projects[1]
        self.begin(second)
        self.fill_in(PASSWORD)
        self.assert_at_view(second)
        # The other project is one choice away, and the time and the zone stay.
        self.page.get_by_role("button", name=f"two-{keystone().name}").click()
        self.page.get_by_role("button", name=f"one-{keystone().name}").click()
        self.page.wait_for_url(f"**/console/p/{keystone().projects[0]}/connections*")
        self.wait_for_query(t=VIEW["t"], tz=VIEW["tz"], state=None)
        expect(self.rows.first).to_be_visible()

    def test_a_wrong_password_is_said(self):
        self.begin(keystone().projects[0])
        self.fill_in("wrong")
        expect(self.page.get_by_role("alert")).to_contain_text("The account, the user, the password or the code is wrong.")
        self.fill_in(PASSWORD)
        self.assert_at_view(keystone().projects[0])


@functools.cache
def service_with_oidc():
    service = console.enter(console.running(records=200))
    add_oidc(service)
    return service


@in_both_browsers
class ByOidc(SignIn):
    def start_service(self):
        return service_with_oidc()

    def setUp(self):
        super().setUp()
        self.hosts.add(urllib.parse.urlsplit(issuer()).netloc)

    def go_to_provider(self):
        self.page.get_by_role("link", name="Sign in with Example Ltd.").click()
        self.page.wait_for_url(f"{issuer()}/**")

    def fill_in(self, user, password=PASSWORD):
        self.page.get_by_label("User").fill(user)
        self.page.get_by_label("Password").fill(password)
        self.page.get_by_role("button", name="Sign in").click()

    def allow(self):
        self.page.get_by_role("button", name="Allow").click()

    def test_a_person_of_the_provider_is_led_to_the_view_that_was_asked_for(self):
        self.begin()
        self.go_to_provider()
        self.fill_in("ann", "wrong")
        self.page.get_by_text("The name or the password is wrong.").wait_for()
        self.fill_in("ann")
        self.allow()
        self.assert_at_view()
        self.page.get_by_role("button", name="Signed in as ann").wait_for()

    def assert_refused(self, text):
        """A person reads why, can find it in the log, and may try again."""
        self.page.wait_for_url("**/console/sign-in?*")
        alert = self.page.get_by_role("alert")
        expect(alert).to_contain_text("You are not signed in")
        expect(alert).to_contain_text(text)
        request = self.query["request"]
        expect(alert).to_contain_text(request)
        refused = rf"request refused.*\b{request}\b|\b{request}\b.*request refused"
        self.assertRegex(self.service.log_with(refused), refused)

    def test_who_may_not_reads_why_and_can_go_on_to_the_same_view(self):
        self.begin()
        self.go_to_provider()
        self.fill_in("nemo")
        self.allow()
        self.assert_refused("Ask an administrator for a role.")
        self.page.get_by_label("Token").fill(TOKEN)
        self.page.keyboard.press("Enter")
        self.assert_at_view()

    def test_who_cancels_is_back_at_the_page_to_sign_in(self):
        self.begin()
        self.go_to_provider()
        self.page.get_by_role("link", name="Cancel").click()
        self.assert_refused("or the sign-in was cancelled")
        self.go_to_provider()
        self.fill_in("ann")
        self.allow()
        self.assert_at_view()

    def test_a_sign_in_that_is_used_twice_is_refused_to_a_person(self):
        self.begin()
        self.go_to_provider()
        self.fill_in("ann")
        with self.page.expect_request("**/v2/sign-in/oidc/callback?*") as callback:
            self.allow()
        self.assert_at_view()
        self.context.clear_cookies()
        self.page.goto(callback.value.url)
        self.assert_refused("The company login did not finish.")
