"""What is typed into the box for filters leads somewhere, as people write it; what is refused is refused there, with what is right."""

import re

from playwright.sync_api import expect

from console import ALL, OnConnections, in_both_browsers
from support.program import PROJECT


class InTheBox(OnConnections):
    zone = "Asia/Shanghai"

    def setUp(self):
        super().setUp()
        self.option = self.page.get_by_role("option")
        self.alert = self.page.get_by_role("alert").filter(has_text=re.compile("."))

    def open_box(self):
        expect(self.page.get_by_role("combobox")).to_have_count(0)
        self.keys.press("/")
        expect(self.page.get_by_role("combobox")).to_be_focused()

    def field(self, name):
        """Opens the box and chooses a field."""
        self.open_box()
        self.keys.type(name)
        expect(self.option.first).to_have_text(name)
        self.keys.press("Enter")
        expect(self.page.get_by_role("combobox")).to_have_value("")

    def chip(self, field, value):
        return self.page.get_by_role("group", name=f"{field}: {value}", exact=True)


@in_both_browsers
class Times(InTheBox):
    def setUp(self):
        super().setUp()
        # While most people work, in the middle of the records.
        middle = self.records(offset=1000, limit=1)[0]["connection_setup_time"] or self.records(offset=1000, limit=1)[0]["connection_start_time"]
        self.moment = middle[:16]
        self.local = self.page.evaluate(
            """(time) => new Date(Date.parse(time) + 8 * 3600e3).toISOString().slice(0, 16).replace("T", " ")""", f"{self.moment}:00Z")

    def test_a_time_is_taken_as_the_page_writes_it_in_its_zone(self):
        self.field("Open at")
        self.keys.type(self.local)
        self.keys.press("Enter")
        self.wait_for_query(active_at=f"{self.moment}:00Z")
        expect(self.chip("Open at", self.local)).to_be_visible()
        self.expect_count(self.count(active_at=f"{self.moment}Z"))
        self.page.get_by_role("button", name="Open at").first.click()
        expect(self.page.get_by_role("combobox")).to_have_value(self.local)

    def test_a_time_that_is_none_is_refused_as_in_the_range_of_time(self):
        self.field("Open at")
        for text, said in (
            ("noon", "“noon” is not a time. Write 2026-11-20"),
            ("20/11/2026", "Write the year first: 2026-11-20."),
            ("2026-11-31", "November 2026 has 30 days."),
        ):
            self.page.get_by_role("combobox").fill(text)
            self.keys.press("Enter")
            expect(self.alert).to_contain_text(said)
        self.wait_for_query(active_at=None)

    def test_that_earlier_connections_are_left_out_is_said_and_all_time_has_them(self):
        self.open_connections(t=f"{self.local.replace(' ', 'T')}..now", tz="Asia/Shanghai", active_at=f"{self.moment}:00Z")
        said = self.page.get_by_role("status").filter(has_text="“Open at” finds only connections that began in the chosen time.")
        expect(said).to_be_visible()
        said.get_by_role("button", name="All time").click()
        self.wait_for_query(t=ALL, active_at=f"{self.moment}:00Z")
        self.expect_count(self.count(active_at=f"{self.moment}Z"))
        expect(said).to_have_count(0)

    def test_a_day_at_both_ends_is_refused_with_the_day_that_is_meant(self):
        self.keys.press("t")
        self.page.get_by_label("From", exact=True).fill("28 Nov 2026")
        self.page.get_by_label("Before", exact=True).fill("2026-11-28")
        self.keys.press("Enter")
        expect(self.alert).to_have_text("“Before” is not in the range. For the whole of 2026-11-28, write 2026-11-29 there.")
        expect(self.page.locator(":popover-open")).to_contain_text("Before")

    def test_all_time_has_no_width_and_open_ends_are_in_words(self):
        for name in "Earlier by the same width", "Later by the same width":
            expect(self.page.get_by_role("button", name=name)).to_be_disabled()
        self.keys.press("e")
        expect(self.page.get_by_role("dialog")).to_contain_text("All time (Asia/Shanghai)")
        for t, words in ("2026-11-01..", "from 2026-11-01"), ("..2026-11-20T08:30", "until 2026-11-20 08:30"), ("..2026-11-20", "until 2026-11-19"):
            self.open_connections(t=t, tz="Asia/Shanghai")
            expect(self.page.get_by_role("button", name=words, exact=True)).to_be_visible()
            begin, end = ((f"{time}T00:00" if len(time) == 10 else time) for time in t.split(".."))
            zone = "+08:00"
            self.expect_count(self.count(start_time=f"{begin or '0001-01-01T00:00'}{zone}", **({"end_time": f"{end}{zone}"} if end else {})))
            expect(self.page.get_by_role("figure")).to_be_visible()
            expect(self.alert).to_have_count(0)

    def test_a_week_that_is_left_and_come_back_to_is_named_by_its_days(self):
        self.open_connections(t="2026-11-16..2026-11-23", tz="Asia/Shanghai")
        for name, days in (("Earlier by the same width", "2026-11-09 – 2026-11-15"), ("Later by the same width", "2026-11-16 – 2026-11-22")):
            self.page.get_by_role("button", name=name).click()
            expect(self.page.get_by_role("button", name=days, exact=True)).to_be_visible()


@in_both_browsers
class Values(InTheBox):
    def test_a_code_finds_every_wording_of_it(self):
        causes = [one["value"] for one in self.ask(f"/v2/{PROJECT}/connections/values?field=failure_reason&limit=100")["values"]]
        code = next(code for code in (re.match(r"\d+", cause)[0] for cause in causes) if sum(cause.startswith(f"{code}:") for cause in causes) > 1)
        wanted = f"every cause with the code {code}"
        total = self.count(failure_reason=code)
        # With a field and without one; Enter at once, whatever has come by then.
        for begin in (lambda: self.field(self.headers["connection_failure_reason"]), self.open_box):
            begin()
            self.keys.type(code)
            expect(self.option.first).to_contain_text(wanted)
            expect(self.option.first).to_contain_text(f"{total:,}")
            self.keys.press("Enter")
            self.wait_for_query(failure_reason=code)
            self.expect_count(total)
            self.page.go_back()
            self.wait_for_query(failure_reason=None)
            begin()
            self.keys.type(code[:5])
            self.keys.press("Enter")
            self.page.wait_for_function("() => new URLSearchParams(location.search).get('failure_reason')?.length === 6")
            self.page.go_back()
            self.wait_for_query(failure_reason=None)

    def test_a_length_of_time_is_written_as_people_do_and_shown_as_in_the_table(self):
        for text in "90m", "1h 30m", "1:30:00", "5400":
            self.field("At least this long")
            self.keys.type(text)
            expect(self.option.first).to_have_text("1:30:00")
            self.keys.press("Enter")
            self.wait_for_query(min_duration="5400")
            expect(self.chip("At least this long", "1:30:00")).to_be_visible()
            self.page.go_back()
            self.wait_for_query(min_duration=None)

    def test_a_value_that_is_refused_sets_no_filter_and_is_said_in_the_box_in_the_language_of_the_page(self):
        for field, text, said in (
            ("At least this long", "abc", "“abc” is not a length of time. Write 1h, 90m, 1:30:00, or seconds such as 5400."),
            ("Network latency from (ms)", "-5", "“-5” is not a number of milliseconds. Write a whole number, such as 150."),
            ("Network latency from (ms)", "99999999999", "“99999999999” is too much. The most is 2,147,483,647."),
            ("Domain", "ann@local.com", "Write what stands after the @: local.com"),
        ):
            before = self.page.url
            self.field(field)
            self.keys.type(text)
            self.keys.press("Enter")
            expect(self.alert).to_contain_text(said)
            self.assertEqual(self.page.url, before)
            self.keys.press("Escape")
        self.open_connections(t=ALL, tz="UTC", max_duration="3600")
        expect(self.rows.first).to_be_visible()
        self.field("At least this long")
        self.keys.type("2h")
        self.keys.press("Enter")
        expect(self.alert).to_have_text("Nothing is at least 2:00:00 and at most 1:00:00.")
        self.wait_for_query(min_duration=None)

    def test_a_value_without_a_field_leads_to_the_fields_that_it_fits(self):
        addresses = [self.headers[name] for name in ("terminal_ip", "source_ip", "public_ip", "desktop_ip")]
        for text, options in (
            ("10.21.0.0/16", [f"{name}: every address in 10.21.0.0/16" for name in addresses]),
            ("> 3600", ["At least this long: 1:00:00", "Network latency from (ms): 3600", "End-to-end latency from (ms): 3600"]),
            ("< 1h", ["At most this long: 1:00:00", "Network latency to (ms): 3600000", "End-to-end latency to (ms): 3600000"]),
            ("2h", ["At least this long: 2:00:00", "At most this long: 2:00:00"]),
            ("2026-11-20 08:30", ["Open at: 2026-11-20 08:30"]),
            ("zzz", ["Username begins with: zzz", "Computer Name begins with: zzz"]),
        ):
            self.open_box()
            self.keys.type(text)
            expect(self.option).to_have_text([re.compile(re.escape(one)) for one in options])
            self.keys.press("Escape")
        self.open_box()
        expect(self.page.locator(":popover-open")).to_contain_text("a network such as 10.0.0.0/8")
        self.keys.type("code")
        expect(self.option.first).to_have_text(self.headers["connection_failure_reason"])

    def test_that_a_second_filter_of_a_field_replaces_the_first_is_said(self):
        self.open_connections(t=ALL, tz="UTC", terminal_ip="10.0.0.0/8")
        expect(self.rows.first).to_be_visible()
        self.open_box()
        self.keys.type(self.headers["terminal_ip"])
        expect(self.option.first).to_contain_text("replaces 10.0.0.0/8")
        self.keys.press("Enter")
        expect(self.page.locator(":popover-open")).to_contain_text("replaces 10.0.0.0/8")
        self.keys.press("Escape")
        self.open_box()
        self.keys.type("192.168.0.0/16")
        expect(self.option.first).to_contain_text("replaces 10.0.0.0/8")

    def test_a_view_of_the_same_name_is_replaced_and_not_in_silence(self):
        self.page.get_by_role("button", name="Saved views").click()
        for button in "Save this view", "Replace the view":
            self.page.get_by_label("Name of the view").fill("mine")
            self.page.get_by_role("button", name=button).click()
            expect(self.page.get_by_role("button", name="mine", exact=True)).to_have_count(1)

    def test_the_export_says_which_columns_it_has(self):
        self.keys.press("e")
        dialog = self.page.get_by_role("dialog")
        expect(dialog).to_contain_text("The file has all 23 columns in the order of the service, whatever the table shows.")
        dialog.get_by_label("Format").select_option("jsonl")
        expect(dialog).to_contain_text("Each line has every field of a record")


@in_both_browsers
class Details(InTheBox):
    def test_values_narrow_what_is_filtered_and_buttons_replace_it(self):
        record = self.records(state="failed")[0]
        drawer = self.page.get_by_role("complementary")
        for button, query in (
            (f"Only this: {record['terminal_ip']}", {"state": "failed", "terminal_ip": record["terminal_ip"]}),
            ("All of this user", {"state": None, "user": record["user_name"], "t": ALL}),
            ("Everything ± 15 minutes", {"state": None, "user": None}),
        ):
            self.open_connections(t=ALL, tz="UTC", state="failed", row=record["transaction_id"])
            drawer.get_by_role("button", name=button).first.click()
            self.wait_for_query(row=None, **query)
        begin, end = self.moments("UTC")
        self.expect_count(self.count(start_time=begin, end_time=end))
