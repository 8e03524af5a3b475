"""What somebody stumbles over who never saw the console before: each of these happened to a person."""

import re

from playwright.sync_api import expect

from console import ALL, Console, OnConnections, in_both_browsers
from support.program import PROJECT


class AsANewcomer(OnConnections):
    def setUp(self):
        super().setUp()
        self.dialog = self.page.get_by_role("dialog")

    def top_user(self):
        return self.ask(f"/v2/{PROJECT}/connections/values?field=user_name&limit=1")["values"][0]


@in_both_browsers
class Back(AsANewcomer):
    def test_back_closes_an_open_export_so_that_it_never_is_of_another_filter(self):
        self.keys.press("f")
        self.wait_for_query(state="failed")
        self.expect_count(self.count(state="failed"))
        self.keys.press("e")
        expect(self.dialog).to_contain_text(f"You are exporting {self.count(state='failed'):,} records")
        self.page.go_back()
        self.wait_for_query(state=None)
        expect(self.dialog).to_have_count(0)
        self.expect_count(self.count())
        self.keys.press("e")
        expect(self.dialog).to_contain_text(f"You are exporting {self.count():,} records")

    def test_back_closes_menus_and_the_list_of_keys(self):
        for key, opened in ("/", self.page.get_by_role("combobox")), ("t", self.page.get_by_label("From", exact=True)), ("?", self.dialog):
            with self.subTest(key):
                self.keys.press("f")
                self.wait_for_query(state="failed")
                self.keys.press(key)
                expect(opened).to_be_visible()
                self.page.go_back()
                self.wait_for_query(state=None)
                expect(opened).to_have_count(0)


@in_both_browsers
class Zones(AsANewcomer):
    def setUp(self):
        super().setUp()
        self.button = self.page.get_by_role("button", name="Time zone")
        self.button.click()
        self.box = self.page.get_by_role("searchbox", name="City, country or +8")
        expect(self.box).to_be_focused()

    def test_an_offset_finds_the_zones_that_have_it_and_enter_closes_the_list(self):
        self.keys.type("UTC+8")
        expect(self.page.get_by_role("button", name=re.compile("UTC.08:00")).first).to_have_text(re.compile(r"Asia/Shanghai\s+UTC\+08:00"))
        expect(self.page.get_by_role("button", name="Etc/GMT+8", exact=False)).to_have_count(0)
        self.keys.press("Enter")
        self.wait_for_query(tz="Asia/Shanghai")
        expect(self.box).to_have_count(0)
        expect(self.button).to_be_focused()

    def test_a_city_and_a_country_are_found_and_what_is_nowhere_is_said(self):
        for text, zone in ("beijing", "Asia/Shanghai"), ("北京", "Asia/Shanghai"), ("germany", "Europe/Berlin"), ("los angeles", "America/Los_Angeles"):
            self.box.fill(text)
            expect(self.page.locator(":popover-open li").first).to_contain_text(zone)
        self.box.fill("Atlantis")
        expect(self.page.get_by_text("There is no zone “Atlantis”")).to_be_visible()

    def test_escape_closes_the_list_at_once_whatever_is_typed(self):
        self.keys.type("ber")
        self.keys.press("Escape")
        expect(self.box).to_have_count(0)
        expect(self.button).to_be_focused()


@in_both_browsers
class Filters(AsANewcomer):
    def setUp(self):
        super().setUp()
        self.option = self.page.get_by_role("option")

    def test_a_value_is_found_without_its_field(self):
        top = self.top_user()
        self.keys.press("/")
        self.keys.type(top["value"][:5])
        found = self.option.filter(has_text=top["value"])
        expect(found).to_contain_text(f"{self.headers['user_name']}:")
        found.click()
        self.wait_for_query(user=top["value"])
        self.expect_count(top["count"])
        self.keys.press("/")
        self.keys.type("reconn")
        expect(self.option.first).to_be_visible()

    def test_no_key_is_lost_that_follows_at_once_the_one_which_opens_a_box(self):
        # Both keys in one task of the browser, which is faster than anybody types.
        focused = """async (key) => {
          document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
          for (let turn = 0; turn < 20; turn += 1) await null;
          return document.activeElement.closest(":popover-open, dialog[open]") !== null;
        }"""
        for key in "/", "t", "e", "?":
            with self.subTest(key):
                self.assertTrue(self.page.evaluate(focused, key))
                self.keys.press("Escape")
                expect(self.page.locator(":popover-open, dialog[open]")).to_have_count(0)

    def test_a_beginning_of_a_value_and_enter_take_the_value_that_is_marked(self):
        top = self.top_user()
        beginning = top["value"][:4]
        first = self.ask(f"/v2/{PROJECT}/connections/values?field=user_name&limit=1&prefix={beginning}")["values"][0]
        self.keys.press("/")
        self.keys.type("usern")
        self.keys.press("Enter")
        self.keys.type(beginning)
        # At once: what there is has perhaps not come yet.
        self.keys.press("Enter")
        self.wait_for_query(user=first["value"])
        self.expect_count(first["count"])

    def test_what_is_typed_is_an_entry_of_its_own(self):
        beginning = self.top_user()["value"][:4]
        self.keys.press("/")
        self.keys.type("usern")
        self.keys.press("Enter")
        self.keys.type(beginning)
        own = self.option.filter(has_text=f"exactly “{beginning}”")
        expect(own).to_be_visible()
        expect(own).to_have_attribute("aria-selected", "false")
        expect(self.option.first).to_have_attribute("aria-selected", "true")
        own.click()
        self.wait_for_query(user=beginning)

    def test_what_is_no_address_is_refused_where_it_is_typed(self):
        self.keys.press("/")
        self.keys.type(self.headers["terminal_ip"])
        self.keys.press("Enter")
        self.keys.type("999.1.1.1")
        self.keys.press("Enter")
        expect(self.page.get_by_role("alert").filter(has_text="“999.1.1.1” is not an address")).to_be_visible()
        self.wait_for_query(terminal_ip=None)
        self.keys.press("Control+a")
        self.keys.type("192.168.0.0/16")
        self.keys.press("Enter")
        self.wait_for_query(terminal_ip="192.168.0.0/16")

    def test_failed_only_keeps_its_place_as_filters_come(self):
        button = self.page.get_by_role("button", name="Failed only")
        before = button.bounding_box()
        button.click()
        self.wait_for_query(state="failed")
        expect(button).to_have_attribute("aria-pressed", "true")
        self.assertEqual(button.bounding_box(), before)
        # It says that alone: no filter beside it says the same, nor does the count.
        self.expect_count(self.count(state="failed"))
        expect(self.page.get_by_role("button", name="Remove the filter State")).to_have_count(0)
        expect(self.page.locator("main").get_by_text(re.compile(r"^[\d,]+ failed$"))).to_have_count(0)

    def test_nothing_is_not_exported_and_the_reason_is_said(self):
        self.open_connections(t="2001-01-01..2001-01-02", tz="UTC")
        expect(self.page.get_by_role("heading", name="No connection in this time.")).to_be_visible()
        button = self.page.get_by_role("button", name="Export…")
        expect(button).to_be_disabled()
        expect(button).to_have_attribute("title", "There is nothing to export.")
        self.keys.press("e")
        expect(self.page.get_by_role("status").filter(has_text="There is nothing to export.")).to_be_visible()
        expect(self.dialog).to_have_count(0)


@in_both_browsers
class Keys(AsANewcomer):
    def test_keys_go_on_after_a_button_was_pressed(self):
        self.page.get_by_role("button", name="Failed only").click()
        self.wait_for_query(state="failed")
        failed = self.records(state="failed", limit=3)
        self.wait_for_cells("user_name", *(one["user_name"] for one in self.records(state="failed")))
        self.keys.press("j")
        grid = self.page.get_by_role("grid")
        expect(grid).to_be_focused()
        marked = grid.locator(".active").first
        self.assertNotEqual(marked.evaluate("(cell) => getComputedStyle(cell).outlineStyle"), "none")
        self.keys.press("j")
        self.keys.press("Enter")
        self.wait_for_query(row=failed[1]["transaction_id"], state="failed")

    def test_after_a_reload_the_first_j_marks_the_first_row(self):
        self.page.reload()
        expect(self.rows.first).to_be_visible()
        self.keys.press("j")
        marked = self.rows.first.locator(".active")
        expect(marked).to_have_count(1)
        self.assertNotEqual(marked.evaluate("(cell) => getComputedStyle(cell).outlineStyle"), "none")


@in_both_browsers
class Pages(AsANewcomer):
    def test_connections_are_as_they_were_left(self):
        top = self.top_user()
        self.open_connections(t="now-20d..now", tz="UTC", user=top["value"])
        expect(self.rows.first).to_be_visible()
        for leave in "Exports", "Users online", "Audit":
            self.page.get_by_role("link", name=leave).click()
            expect(self.page.get_by_role("heading", level=1).filter(has_not_text="Connections")).to_be_visible()
            self.keys.press("g")
            self.keys.press("c")
            self.wait_for_query(user=top["value"], t="now-20d..now")
            self.page.get_by_role("link", name=leave).click()
            self.page.get_by_role("link", name="Connections", exact=True).first.click()
            self.wait_for_query(user=top["value"], t="now-20d..now")

    def test_the_audit_has_a_time_of_its_own_and_says_it_where_there_is_nothing(self):
        self.open_connections(t="week-1..week", tz="UTC")
        self.page.get_by_role("link", name="Audit").click()
        self.wait_for_query(t=None)
        expect(self.page.get_by_role("button", name="Last 30 days")).to_be_visible()
        self.open(f"p/{PROJECT}/audit", t="2001-01-01..2001-01-02", tz="UTC")
        expect(self.page.get_by_text("2001-01-01 (UTC)")).to_be_visible()
        self.page.locator("main .nothing").get_by_role("button", name="All time").click()
        self.wait_for_query(t=ALL)

    def test_a_copied_link_has_times_that_do_not_move(self):
        self.page.evaluate("navigator.clipboard.writeText = (text) => { window.copied = text; return Promise.resolve(); }")
        self.open_connections(t="now-20d..now", tz="Asia/Tokyo")
        expect(self.rows.first).to_be_visible()
        self.page.evaluate("navigator.clipboard.writeText = (text) => { window.copied = text; return Promise.resolve(); }")
        self.page.get_by_role("button", name="Copy link").click()
        self.page.wait_for_function("window.copied")
        link = self.page.evaluate("copied")
        self.assertEqual(self.query["t"], "now-20d..now")
        counted = self.page.locator("main strong").first.text_content()
        self.page.goto(link)
        self.assertRegex(self.query["t"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?\.\.\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?$")
        expect(self.page.locator("main strong").first).to_have_text(counted)


@in_both_browsers
class Dates(AsANewcomer):
    def setUp(self):
        super().setUp()
        self.keys.press("t")
        self.begin = self.page.get_by_label("From", exact=True)
        self.end = self.page.get_by_label("Before", exact=True)
        expect(self.begin).to_be_visible()

    def test_dates_are_written_as_people_write_them(self):
        for begin, end, written in (
            ("20 Nov 2026", "2026/11/21  8:30", "2026-11-20..2026-11-21T08:30"),
            ("2026年11月2日", "3.11.2026", "2026-11-02..2026-11-03"),
            ("昨天", "today", "yesterday..today"),
        ):
            with self.subTest(begin):
                self.begin.fill(begin)
                self.end.fill(end)
                self.keys.press("Enter")
                self.wait_for_query(t=written)
                self.keys.press("t")

    def test_a_date_that_is_doubtful_is_refused_with_what_is_right(self):
        alert = self.page.get_by_role("alert")
        for text, said in ("20/11/2026", "Write the year first: 2026-11-20."), ("2026-11-31", "November 2026 has 30 days."), ("soon", "“soon” is not a time"):
            self.begin.fill(text)
            self.keys.press("Enter")
            expect(alert).to_contain_text(said)
            expect(self.begin).to_have_attribute("aria-invalid", "true")
        self.wait_for_query(t=ALL)

    def test_a_preset_is_shown_as_dates_and_in_a_calendar_whose_weeks_begin_as_the_presets_do(self):
        self.page.get_by_role("button", name="Last week").click()
        self.wait_for_query(t="week-1..week")
        self.keys.press("t")
        for end in self.begin, self.end:
            expect(end).to_have_value(re.compile(r"^\d{4}-\d\d-\d\d$"))
        selected = self.page.locator(".calendar .day[data-selected]")
        expect(selected).to_have_count(7)
        # One row: it begins on the same day.
        expect(self.page.locator(".calendar tr").filter(has=self.page.locator("[data-selected]"))).to_have_count(1)
        # What nobody changed stays as it is written.
        self.begin.press("Enter")
        expect(self.begin).to_have_count(0)
        self.wait_for_query(t="week-1..week")


@in_both_browsers
class Ends(Console):
    def test_signing_out_clears_the_other_tabs(self):
        self.sign_in()
        expect(self.rows.first).to_be_visible()
        other = self.context.new_page()
        self.open_connections(other)
        expect(other.get_by_role("grid")).to_be_visible()
        self.page.get_by_role("button", name="Signed in as ann").click()
        self.page.get_by_role("button", name="Sign out").click()
        expect(self.page.get_by_label("Token")).to_be_visible()
        expect(other.get_by_label("Token")).to_be_visible()
        expect(other.get_by_role("grid")).to_have_count(0)

    def test_ending_ones_own_session_is_asked_about(self):
        self.sign_in(path=f"p/{PROJECT}/access")
        row = self.page.get_by_role("row").filter(has_text="This session")
        row.get_by_role("button", name="End it").click()
        dialog = self.page.get_by_role("dialog")
        dialog.get_by_role("button", name="Cancel").click()
        expect(dialog).to_have_count(0)
        row.get_by_role("button", name="End it").click()
        dialog.get_by_role("button", name="End it").click()
        expect(self.page.get_by_label("Token")).to_be_visible()


@in_both_browsers
class Notices(AsANewcomer):
    def test_an_export_in_the_background_leads_to_its_list_and_is_announced_with_its_file(self):
        self.keys.press("e")
        self.dialog.get_by_role("button", name="Make it in the background").click()
        notice = self.page.get_by_role("status").filter(has_text="The export is being made in the background.")
        expect(notice.get_by_role("link", name="Follow it")).to_be_visible()
        done = self.page.get_by_role("status").get_by_text("An export in the background is ready.")
        expect(done).to_be_visible()
        with self.page.expect_download() as found:
            done.get_by_role("button", name="Download it").click()
        self.assertTrue(found.value.suggested_filename.endswith(".xlsx"))
        expect(done).to_have_count(0)

    def test_what_is_said_twice_is_shown_once(self):
        for _ in range(3):
            self.keys.press("y")
        copied = self.page.get_by_role("status").get_by_text("Copied")
        expect(copied).to_have_count(1)

    def test_the_list_of_keys_names_them_all_and_they_lead_there(self):
        self.keys.press("?")
        for text in "Time zone", "Close what is open", "Connections, exports, users online, audit, access":
            expect(self.dialog.get_by_text(text, exact=True)).to_be_visible()
        self.keys.press("Escape")
        self.keys.press("z")
        expect(self.page.get_by_role("searchbox")).to_be_focused()
        self.keys.press("Escape")
        self.keys.press("g")
        self.keys.press("s")
        expect(self.page.get_by_role("heading", name="Sessions")).to_be_visible()
