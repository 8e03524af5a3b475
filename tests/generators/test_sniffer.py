"""A type sniffer of the npm registry, as web applications use it for uploads, takes a workbook of any size for a workbook."""

import os
import subprocess
import tempfile
import unittest

WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SNIFF = 'import { fileTypeFromFile } from "file-type"; console.log((await fileTypeFromFile(process.argv[2]))?.mime);'


class Sniffed(unittest.TestCase):
    def test_a_type_sniffer_takes_every_workbook_for_a_workbook(self):
        with tempfile.TemporaryDirectory(prefix="deskledger-sniffer-") as folder:
            os.symlink(os.environ["NODE_MODULES"], os.path.join(folder, "node_modules"))
            with open(os.path.join(folder, "sniff.mjs"), "w", encoding="utf-8") as file:
                file.write(SNIFF)
            environment = {**os.environ, "DESKLEDGER__DATABASE__URL": f"sqlite://{folder}/records.sqlite3"}

            def run(*command, **options):
                return subprocess.run(command, cwd=folder, env=environment, stdout=subprocess.PIPE, timeout=120, check=True, **options)

            program = os.environ["DESKLEDGER"]
            for number, records in enumerate([1, 20_000]):
                project = f"p{number}"
                generated = run(program, "generate", "--records", str(records), "--seed", "1").stdout
                run(program, "import", "-", "--project", project, input=generated)
                for more in [], ["--summary"]:
                    run(program, "export", "--project", project, "--output", "all.xlsx", *more)
                    self.assertEqual(run("node", "sniff.mjs", "all.xlsx", text=True).stdout.strip(), WORKBOOK)


if __name__ == "__main__":
    unittest.main()
