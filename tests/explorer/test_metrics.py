"""The metrics are what Prometheus reads, by the parser of its own Python client, and they say what was asked."""

import json
import unittest
import urllib.error
import urllib.request

from prometheus_client.openmetrics.parser import text_string_to_metric_families

import service
from service import PROJECT, RECORDS, TOKEN


class Metrics(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.service = self.enterContext(service.running())

    def ask(self, path, **options):
        headers = {"X-Auth-Token": TOKEN, "Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.service.url}{path}", headers=headers, **options)
        try:
            with urllib.request.urlopen(request) as answer:
                return answer.headers["Content-Type"], answer.read()
        except urllib.error.HTTPError as refusal:
            return refusal.headers["Content-Type"], refusal.read()

    def samples(self):
        """Every sample by its name and its labels."""
        content_type, body = self.ask("/metrics")
        self.assertEqual(content_type, "application/openmetrics-text; version=1.0.0; charset=utf-8")
        families = text_string_to_metric_families(body.decode())
        return {
            (sample.name, *sorted(sample.labels.items())): sample.value for family in families for sample in family.samples
        }

    def test_they_tell_what_was_asked(self):
        export = f"/v2/{PROJECT}/connections/desktops/export"
        _, workbook = self.ask(export)
        self.ask(f"{export}?language=xx")
        event = json.dumps([{"transaction_id": "1", "connection_start_time": "2020-04-13T02:00:00Z"}])
        self.ask(f"/v2/{PROJECT}/connections/desktops", method="POST", data=event.encode())
        self.ask("/nowhere", method="FROBNICATE")
        samples = self.samples()
        endpoint = ("endpoint", "/v2/{project_id}/connections/desktops/export")
        expected = {
            ("deskledger_http_requests_total", endpoint, ("method", "GET"), ("status", "200")): 1,
            ("deskledger_http_requests_total", endpoint, ("method", "GET"), ("status", "400")): 1,
            ("deskledger_http_requests_total", ("endpoint", "other"), ("method", "other"), ("status", "404")): 1,
            ("deskledger_http_request_duration_seconds_count", endpoint): 2,
            ("deskledger_exports_total", ("outcome", "done")): 1,
            ("deskledger_exports_total", ("outcome", "refused")): 1,
            ("deskledger_export_records_total",): RECORDS,
            ("deskledger_export_bytes_total",): len(workbook),
            ("deskledger_export_duration_seconds_count",): 1,
            ("deskledger_exports_running",): 0,
            ("deskledger_recordings_total", ("outcome", "done")): 1,
            ("deskledger_recording_records_total", ("result", "inserted")): 1,
            ("deskledger_recordings_running",): 0,
        }
        self.assertEqual({name: samples.get(name) for name in expected}, expected)

    def test_they_name_nobody(self):
        self.ask(f"/v2/{PROJECT}/connections/desktops/export?user_name=somebody")
        _, text = self.ask("/metrics")
        for word in PROJECT, "somebody", "ann", TOKEN:
            self.assertNotIn(word.encode(), text)


if __name__ == "__main__":
    unittest.main()
