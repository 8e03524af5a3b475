"""The samples of docs/samples, run against the real service as their readers would run them."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

from service import EXAMPLE, FOUND, HERE, PROJECT, TOKEN, Service
from workbook import columns

SAMPLES = os.path.join(HERE, "..", "..", "docs", "samples")
FILTERS = [f"{name}={value}" for name, value in EXAMPLE.items()]

# What Go and Maven say where they cannot get the vendor's packages.
OFFLINE = re.compile(
    r"Could not (transfer|resolve|find)|could not be resolved|No plugin found|[Uu]nknown host|no such host"
    r"|dial tcp|connection refused|proxyconnect|(403|404|410|502|503) "
)


class Samples(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.service = Service(os.environ["DESKLEDGER"])
        cls.addClassCleanup(cls.service.stop)

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.output = os.path.join(self.folder, "connections.xlsx")

    def run_sample(self, command, *filters, **variables):
        environment = {
            **os.environ,
            "LEDGER_URL": self.service.url,
            "LEDGER_PROJECT": PROJECT,
            "LEDGER_TOKEN": TOKEN,
            "HUAWEICLOUD_SDK_AK": self.service.key[0],
            "HUAWEICLOUD_SDK_SK": self.service.key[1],
            **variables,
        }
        return subprocess.run(
            [*command, self.output, *filters], env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True
        )

    def assert_exports(self, command, *filters):
        done = self.run_sample(command, *filters)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(os.listdir(self.folder), ["connections.xlsx"])
        with open(self.output, "rb") as file:
            read = columns(file.read())
        os.remove(self.output)
        return read

    def assert_works(self, command, wrong):
        read = self.assert_exports(command, *FILTERS)
        self.assertEqual(set(read["Transaction ID"]), FOUND)
        self.assertEqual(len(self.assert_exports(command)["Username"]), 9)
        self.assertIn("用户名", self.assert_exports(command, "language=zh_CN"))
        strange = self.assert_exports(command, "user_name=张 é~(&=?!#%.*)+'/\\\"", "terminal_type=a b")
        self.assertEqual(strange["Username"], [])
        # What is refused leaves no file, and says why.
        self.assert_refused(self.run_sample(command, "language=nl_NL"), "WKS.00008400")
        self.assert_refused(self.run_sample(command, **wrong), "APIGW.030[13]")

    def assert_refused(self, done, code):
        self.assertNotEqual(done.returncode, 0)
        self.assertRegex(done.stdout + done.stderr, code)
        self.assertEqual(os.listdir(self.folder), [])

    def test_python_with_the_vendors_sdk(self):
        command = [sys.executable, os.path.join(SAMPLES, "export_with_sdk.py")]
        self.assert_works(command, {"HUAWEICLOUD_SDK_SK": "wrong"})

    def test_python_with_requests(self):
        command = [sys.executable, os.path.join(SAMPLES, "export_with_requests.py")]
        self.assert_works(command, {"LEDGER_TOKEN": "wrong"})

    def test_curl_with_a_token(self):
        self.assert_works([os.path.join(SAMPLES, "export_with_token.sh")], {"LEDGER_TOKEN": "wrong"})

    def test_curl_with_a_signature(self):
        self.assert_works([os.path.join(SAMPLES, "export_with_signature.sh")], {"HUAWEICLOUD_SDK_SK": "wrong"})

    def test_go_with_the_vendors_sdk(self):
        build = self.project("go", "go")
        program = os.path.join(build, "export")
        self.build(["go", "mod", "tidy"], build)
        self.build(["go", "build", "-o", program, "."], build)
        self.assert_works([program], {"HUAWEICLOUD_SDK_SK": "wrong"})

    def test_java_with_the_vendors_sdk(self):
        build = self.project("mvn", "java")
        classpath = os.path.join(build, "classpath")
        maven = ["mvn", "--batch-mode", "--quiet"]
        goal = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:build-classpath"
        self.build([*maven, "compile", goal, f"-Dmdep.outputFile={classpath}"], build)
        with open(classpath, encoding="utf-8") as file:
            path = os.pathsep.join([os.path.join(build, "target", "classes"), file.read()])
        self.assert_works(["java", "-cp", path, "Export"], {"HUAWEICLOUD_SDK_SK": "wrong"})

    def project(self, tool, name):
        """A copy of a sample that has to be built, in a folder of its own."""
        if not shutil.which(tool):
            self.skipTest(f"`{tool}` is not installed")
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        return shutil.copytree(os.path.join(SAMPLES, name), os.path.join(folder.name, name))

    def build(self, command, folder):
        done = subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        said = done.stdout + done.stderr
        if done.returncode != 0 and OFFLINE.search(said):
            self.skipTest(f"`{command[0]}` cannot get the vendor's packages")
        self.assertEqual(done.returncode, 0, said)


if __name__ == "__main__":
    unittest.main()
