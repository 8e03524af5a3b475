"""What the tests of the console rely on: that a page which does what it must not is found out."""

from console import Console, in_both_browsers


@in_both_browsers
class Complaints(Console):
    def complaint(self, script, wanted):
        """Runs a script on the page of a new visitor, and waits for a complaint that holds a text."""
        self.open("sign-in")
        self.page.get_by_label("Token").wait_for()
        self.page.evaluate(script)
        for _ in range(600):
            if any(wanted in text for text in self.complaints):
                break
            self.page.wait_for_timeout(100)
        self.assertIn(wanted, " ".join(self.complaints))
        with self.assertRaises(AssertionError):
            self.assert_no_complaint()
        self.complaints.clear()
        self.asked.clear()

    def test_a_question_to_another_host_is_noticed(self):
        self.complaint("void fetch('http://127.0.0.2/').catch(() => {})", "policy: connect-src")

    def test_text_that_becomes_a_script_is_noticed(self):
        written = "document.body.setAttribute('onclick', 'window.ran = true')"
        self.complaint(f"() => {{ try {{ {written} }} catch (error) {{ console.error(error.message) }} }}", "policy: require-trusted-types-for")

    def test_an_error_of_a_script_is_noticed(self):
        self.complaint("void setTimeout(() => { throw new Error('on purpose') })", "on purpose")
