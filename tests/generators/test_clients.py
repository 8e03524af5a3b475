"""Generators make working clients of the document: each lists, exports and records against the real service."""

import datetime
import importlib
import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
import zipfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, os.pardir, "explorer"))

import service  # noqa: E402
from service import PROJECT, TOKEN  # noqa: E402

STARTED = datetime.datetime(2020, 4, 24, 3, 2, 45, tzinfo=datetime.timezone.utc)
NOT_A_TIME = "WKS.00005400"


def program(name):
    """A program of the virtual environment that runs this."""
    return os.path.join(os.path.dirname(sys.executable), name)


class Generated(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.service = cls.enterClassContext(service.running())
        cls.folder = cls.enterClassContext(tempfile.TemporaryDirectory(prefix="deskledger-generators-"))
        cls.document = os.path.join(cls.folder, "openapi.json")
        document = subprocess.run([os.environ["DESKLEDGER"], "openapi"], stdout=subprocess.PIPE, check=True).stdout
        with open(cls.document, "wb") as file:
            file.write(document)
        sys.path.insert(0, cls.folder)

    def run_program(self, *command, cwd=None):
        """Runs a command, which must succeed, and returns what it printed."""
        run = subprocess.run(
            command, cwd=cwd or self.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", timeout=300
        )
        self.assertEqual(run.returncode, 0, run.stdout)
        return run.stdout

    def assert_workbook(self, file, rows):
        with zipfile.ZipFile(io.BytesIO(bytes(file))) as workbook:
            sheet = workbook.read("xl/worksheets/sheet1.xml").decode()
        self.assertEqual(sheet.count("<row "), rows + 1)

    def test_openapi_generator_makes_a_client(self):
        said = self.run_program(
            program("openapi-generator-cli"), "generate", "-i", self.document, "-g", "python", "-o", "by-generator",
            "--package-name", "by_generator",
        )
        self.assertNotIn("is missing", said)
        sys.path.insert(0, os.path.join(self.folder, "by-generator"))
        made = importlib.import_module("by_generator")
        configuration = made.Configuration(host=self.service.url, api_key={"auth_token": TOKEN})
        with made.ApiClient(configuration) as client:
            connections = made.ConnectionsApi(client)
            event = made.ConnectionEvent(
                transaction_id="by-generator", user_name="Generator", connection_start_time=STARTED, network_rtt=12
            )
            recorded = connections.record_connections(PROJECT, [event])
            self.assertEqual((recorded.inserted, recorded.updated), (1, 0))
            listed = connections.list_login_records_new(PROJECT, user_name="generator")
            self.assertEqual(listed.total_count, 1)
            record = listed.records[0]
            self.assertEqual((record.transaction_id, record.network_rtt), ("by-generator", 12))
            self.assertEqual(record.connection_start_time, STARTED)
            # What such a client sends as Accept must not choose another form.
            self.assert_workbook(connections.export_user_login_info_new(PROJECT, user_name="generator"), 1)
            lines = connections.export_user_login_info_new(PROJECT, user_name="generator", format="jsonl")
            self.assertEqual(json.loads(bytes(lines))["transaction_id"], "by-generator")
            with self.assertRaises(made.exceptions.BadRequestException) as refused:
                connections.list_login_records_new(PROJECT, start_time="2020-13-01T00:00Z")
            self.assertEqual(json.loads(refused.exception.body)["error_code"], NOT_A_TIME)

    def test_openapi_generator_makes_one_model_of_errors(self):
        folder = os.path.join(self.folder, "models")
        self.run_program(
            program("openapi-generator-cli"), "generate", "-i", self.document, "-g", "python", "-o", folder,
            "--global-property", "models,modelDocs=false,modelTests=false",
        )
        models = os.listdir(os.path.join(folder, "openapi_client", "models"))
        self.assertIn("error.py", models)
        self.assertLess(len(models), 40, models)

    def test_openapi_python_client_makes_a_client(self):
        self.run_program(
            program("openapi-python-client"), "generate", "--path", self.document, "--meta", "none",
            "--output-path", os.path.join(self.folder, "by_python_client"),
        )
        made = importlib.import_module("by_python_client")
        models = importlib.import_module("by_python_client.models")
        operation = lambda name: importlib.import_module(f"by_python_client.api.connections.{name}")  # noqa: E731
        client = made.AuthenticatedClient(
            base_url=self.service.url, token=TOKEN, auth_header_name="X-Auth-Token", prefix=""
        )
        event = models.ConnectionEvent(
            transaction_id="by-python-client", user_name="Client", connection_start_time=STARTED, network_rtt=12
        )
        recorded = operation("record_connections").sync(PROJECT, client=client, body=[event])
        self.assertEqual((recorded.inserted, recorded.updated), (1, 0))
        listed = operation("list_login_records_new").sync(PROJECT, client=client, user_name="client")
        self.assertEqual(listed.total_count, 1)
        self.assertEqual(listed.records[0].transaction_id, "by-python-client")
        self.assertEqual(listed.records[0].connection_start_time, STARTED)
        exported = operation("export_user_login_info_new").sync(PROJECT, client=client, user_name="client")
        self.assert_workbook(exported.payload.read(), 1)
        refused = operation("list_login_records_new").sync(PROJECT, client=client, start_time="soon")
        self.assertIsInstance(refused, models.Error)
        self.assertEqual(refused.error_code, NOT_A_TIME)

    def test_openapi_typescript_makes_types_that_a_client_compiles_with(self):
        packages = os.environ["NODE_MODULES"]
        folder = os.path.join(self.folder, "by-typescript")
        os.mkdir(folder)
        os.symlink(packages, os.path.join(folder, "node_modules"))
        for name in "client.ts", "package.json", "tsconfig.json":
            shutil.copy(os.path.join(HERE, name), folder)
        node_program = lambda name: os.path.join(packages, ".bin", name)  # noqa: E731
        self.run_program(node_program("openapi-typescript"), self.document, "-o", "api.d.ts", cwd=folder)
        self.run_program(node_program("tsc"), "--project", "tsconfig.json", cwd=folder)
        found = json.loads(self.run_program("node", "client.js", self.service.url, TOKEN, PROJECT, cwd=folder))
        self.assertGreater(found.pop("bytes"), 1000)
        self.assertEqual(
            found,
            {
                "inserted": 1, "total": 1, "transaction": "by-typescript", "started": "2020-04-24T03:02:45Z", "latency": 12,
                "type": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "file": [0x50, 0x4B],
                "code": NOT_A_TIME,
            },
        )

    def test_a_document_without_the_identifier_of_its_licence_is_found_out(self):
        with open(self.document, encoding="utf-8") as file:
            document = json.load(file)
        del document["info"]["license"]["identifier"]
        broken = os.path.join(self.folder, "broken.json")
        with open(broken, "w", encoding="utf-8") as file:
            json.dump(document, file)
        run = subprocess.run(
            [program("openapi-generator-cli"), "validate", "-i", broken],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", timeout=300, check=False,
        )
        self.assertNotEqual(run.returncode, 0, run.stdout)


if __name__ == "__main__":
    unittest.main()
