"""Exports connection records with a token and the library requests, in flat memory however large the workbook is.

    pip install requests
    export LEDGER_TOKEN=… LEDGER_URL=https://ledger.example.com LEDGER_PROJECT=…
    python export_with_requests.py connections.xlsx start_time=2020-04-13T01:59Z time_zone=Asia/Shanghai
"""

import os
import sys
from urllib.parse import quote

import requests


def main():
    output, *filters = sys.argv[1:]
    url = f"{os.environ['LEDGER_URL']}/v2/{quote(os.environ['LEDGER_PROJECT'], safe='')}/connections/desktops/export"
    partial = f"{output}.part"
    try:
        with requests.get(
            url,
            params=dict(pair.split("=", 1) for pair in filters),
            headers={"X-Auth-Token": os.environ["LEDGER_TOKEN"]},
            timeout=(10, 120),
            stream=True,
        ) as response:
            if response.status_code != 200:
                error = response.json()
                request = response.headers["X-Request-Id"]
                sys.exit(f"{response.status_code} {error['error_code']}: {error['error_msg']} (request {request})")
            # An export that breaks off is an exception here, and its file never gets its name.
            with open(partial, "wb") as file:
                for chunk in response.iter_content(1 << 20):
                    file.write(chunk)
        os.replace(partial, output)
    except requests.RequestException as error:
        sys.exit(f"not exported: {error}")
    finally:
        if os.path.exists(partial):
            os.remove(partial)


if __name__ == "__main__":
    main()
