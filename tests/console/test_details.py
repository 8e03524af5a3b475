"""From a row to its details, to others like it, and back: the address is the state."""

import urllib.parse

from playwright.sync_api import expect

from console import ALL, PATIENCE, OnConnections, in_both_browsers
from support.program import waited


class WithDetails(OnConnections):
    def setUp(self):
        super().setUp()
        # Newest first, as in the table.
        self.newest = self.records()
        self.drawer = self.page.get_by_role("complementary", name="Details of the connection")

    def expect_details(self, record):
        self.wait_for_query(row=record["transaction_id"])
        expect(self.drawer).to_contain_text(record["transaction_id"])
        expect(self.drawer.get_by_role("heading", level=2)).to_have_text(record["user_name"])

    def first(self, wanted):
        """The first record that is wanted, and its position."""
        return next((at, record) for at, record in enumerate(self.newest) if wanted(record))

    def wait_for_newest(self):
        """Waits until the table has the newest records again: its count may be there before its rows."""
        self.expect_count(self.count())
        users = [record["user_name"] for record in self.newest[:10]]
        waited(lambda: self.cells("user_name")[: len(users)] == users, PATIENCE / 1000)


@in_both_browsers
class Details(WithDetails):
    def test_rows_and_details_are_walked_by_keys(self):
        # The first one marks the first row.
        self.keys.press("j")
        self.keys.press("j")
        self.keys.press("j")
        self.keys.press("k")
        self.keys.press("Enter")
        self.expect_details(self.newest[1])
        expect(self.drawer.get_by_role("heading", level=2)).to_be_focused()
        self.keys.press("]")
        self.keys.press("]")
        self.expect_details(self.newest[3])
        expect(self.page.locator("[role=row][aria-selected=true]")).to_have_attribute("aria-rowindex", "5")
        self.keys.press("[")
        self.expect_details(self.newest[2])
        self.drawer.get_by_role("button", name="Next").click()
        self.expect_details(self.newest[3])
        self.keys.press("Escape")
        self.wait_for_query(row=None)
        expect(self.drawer).to_have_count(0)
        # The focus is at the table, where it goes on.
        expect(self.page.get_by_role("grid")).to_be_focused()
        self.keys.press("ArrowDown")
        self.keys.press("Enter")
        self.expect_details(self.newest[4])

    def test_escape_closes_what_is_open_last_and_no_more(self):
        self.rows.first.click()
        self.expect_details(self.newest[0])
        self.keys.press("t")
        preset = self.page.get_by_role("button", name="Last 15 minutes")
        expect(preset).to_be_focused()
        # Its letters do nothing while it is open.
        self.keys.press("f")
        self.keys.press("Escape")
        expect(preset).to_have_count(0)
        self.expect_details(self.newest[0])
        self.wait_for_query(state=None)
        self.keys.press("Escape")
        self.wait_for_query(row=None)

    def test_the_first_row_has_none_before_it(self):
        self.rows.first.click()
        self.expect_details(self.newest[0])
        self.keys.press("[")
        self.expect_details(self.newest[0])

    def test_the_details_lead_to_all_of_the_user_and_of_the_desktop(self):
        at, record = self.first(lambda one: one["computer_name"])
        for name, parameter, address in (
            ("All of this user", "user_name", "user"),
            ("All of this desktop", "computer_name", "computer"),
        ):
            self.rows.nth(at).click()
            self.expect_details(record)
            self.drawer.get_by_role("button", name=name).click()
            self.wait_for_query(row=None, t=ALL, **{address: record[parameter]})
            self.expect_count(self.count(**{parameter: record[parameter]}))
            self.wait_for_cells(parameter, record[parameter])
            self.page.go_back()
            self.page.go_back()
            self.wait_for_query(row=None, **{address: None})
            self.wait_for_newest()

    def test_the_details_lead_to_a_quarter_of_an_hour_around(self):
        self.rows.nth(5).click()
        self.expect_details(self.newest[5])
        self.drawer.get_by_role("button", name="± 15 minutes").click()
        self.wait_for_query(row=None)
        begin, end = self.moments("UTC")
        around = self.count(start_time=begin, end_time=end)
        self.assertGreater(around, 0)
        self.expect_count(around)
        expect(self.rows.filter(has_text=self.newest[5]["user_name"]).first).to_be_visible()

    def test_the_details_show_every_field(self):
        at, record = self.first(lambda one: ":" in (one["connection_failure_reason"] or "") and not one["connection_setup_time"])
        self.rows.nth(at).scroll_into_view_if_needed()
        self.rows.nth(at).click()
        self.expect_details(record)
        expect(self.drawer).to_contain_text("Failed")
        for name in ("terminal_ip", "source_ip", "public_ip", "terminal_mac", "desktop_id", "sid", "agent_version"):
            if record[name]:
                expect(self.drawer).to_contain_text(record[name])
        code, words = record["connection_failure_reason"].split(":", 1)
        expect(self.drawer).to_contain_text(f"Code {code}")
        expect(self.drawer.get_by_text(words)).to_have_count(1)

    def test_a_cell_narrows_to_its_value(self):
        at, record = self.first(lambda one: one["terminal_type"])
        for by_key in (False, True):
            cell = self.rows.nth(at).get_by_role("gridcell", name=record["terminal_type"], exact=True)
            if by_key:
                # The cell that the keys are at is the last one whose menu was opened.
                self.page.get_by_role("grid").focus()
                self.keys.press("Shift+F10")
            else:
                cell.click(button="right")
            self.page.get_by_role("button", name="Only this").click()
            self.wait_for_query(terminal_type=record["terminal_type"], row=None)
            self.expect_count(self.count(terminal_type=record["terminal_type"]))
            self.wait_for_cells("terminal_type", record["terminal_type"])
            self.page.go_back()
            self.wait_for_query(terminal_type=None)
            self.wait_for_newest()


@in_both_browsers
class Address(WithDetails):
    def view(self):
        """What a person sees: the count, the filters, the rows and the details."""
        return {
            "count": self.page.locator("main strong").first.text_content(),
            "chips": self.page.get_by_role("button", name="Remove the filter").all_text_contents(),
            "first": self.cells("user_name")[:10],
            "details": self.drawer.text_content() if self.drawer.count() else None,
        }

    def test_a_reload_and_a_link_show_the_same_view(self):
        user = self.records(state="failed")[0]["user_name"]
        self.open_connections(t=ALL, tz="America/New_York", user=user, state="failed")
        self.expect_count(self.count(user_name=user, state="failed"))
        self.rows.first.click()
        expect(self.drawer).to_be_visible()
        address, view = self.page.url, self.view()
        self.page.reload()
        self.expect_count(self.count(user_name=user, state="failed"))
        expect(self.drawer).to_be_visible()
        self.assertEqual((self.page.url, self.view()), (address, view))
        # Somebody else, who has to sign in first.
        context, page = self.new_page()
        page.goto(address)
        page.get_by_label("Token").fill("never-to-be-shown-token-of-the-console")
        page.keyboard.press("Enter")
        self.page, mine = page, self.page
        self.drawer = page.get_by_role("complementary", name="Details of the connection")
        self.expect_count(self.count(user_name=user, state="failed"))
        expect(self.drawer).to_be_visible()
        self.assertEqual((self.page.url, self.view()), (address, view))
        self.page = mine

    def test_back_undoes_each_step_and_forward_does_it_again(self):
        steps = [self.query]
        self.keys.press("f")
        self.wait_for_query(state="failed")
        steps.append(self.query)
        self.page.get_by_role("button", name="Time zone").click()
        self.page.get_by_role("button", name="UTC", exact=True).click()
        self.rows.first.click()
        expect(self.drawer).to_be_visible()
        steps.append(self.query)
        self.drawer.get_by_role("button", name="All of this user").click()
        self.wait_for_query(row=None)
        steps.append(self.query)
        self.page.get_by_role("button", name="Clear").click()
        self.wait_for_query(user=None)
        for wanted in reversed(steps):
            self.page.go_back()
            self.wait_for_query(**{**dict.fromkeys(("state", "row", "user")), **wanted})
            self.assertEqual(self.query, wanted)
            self.expect_count(self.count(**self.filter_of(wanted)))
            expect(self.drawer).to_have_count(int("row" in wanted))
        self.page.go_forward()
        self.wait_for_query(**steps[1])
        self.expect_count(self.count(state="failed"))

    @staticmethod
    def filter_of(query):
        names = {"user": "user_name", "state": "state"}
        return {names[name]: value for name, value in query.items() if name in names}

    def expect_link_to(self, link, **filters):
        """A link leads to this page, with these filters, and its range has an end."""
        self.assertEqual(link.partition("?")[0], self.page.url.partition("?")[0])
        query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(link).query))
        self.assertRegex(query.pop("t"), r"^\.\.\d{4}-\d\d-\d\dT[\d:]+$")
        self.assertEqual(query, {"tz": "UTC", **filters})

    def test_the_keys_copy_a_link_to_the_view(self):
        if self.kind == "chromium":
            self.context.grant_permissions(["clipboard-read", "clipboard-write"])
        self.page.evaluate("""() => { window.copied = []; const write = navigator.clipboard.writeText.bind(navigator.clipboard);
            navigator.clipboard.writeText = (text) => { window.copied.push(text); return write(text); } }""")
        self.keys.press("f")
        self.wait_for_query(state="failed")
        self.keys.press("y")
        expect(self.page.get_by_role("status").filter(has_text="Copied")).to_be_visible()
        [link] = self.page.evaluate("window.copied")
        self.expect_link_to(link, state="failed")

    def test_a_link_to_a_connection_that_is_not_among_the_rows_shows_it(self):
        record = self.records(offset=len(self.newest))[0] if self.count() > len(self.newest) else self.newest[-1]
        self.open_connections(t="2001-01-01..2001-01-02", tz="UTC", row=record["transaction_id"])
        self.expect_details(record)
        expect(self.rows).to_have_count(0)

    def test_a_link_is_copied_where_scripts_have_no_clipboard(self):
        # As on a page that came without TLS.
        self.page.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
        self.page.evaluate("document.addEventListener('copy', () => { window.copied = String(document.activeElement.value) })")
        self.keys.press("y")
        expect(self.page.get_by_role("status").filter(has_text="Copied")).to_be_visible()
        self.expect_link_to(self.page.evaluate("copied"))
        # The focus is where it was, so keys go on.
        self.keys.press("f")
        self.wait_for_query(state="failed")
