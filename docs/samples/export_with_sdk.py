"""Exports connection records with the vendor's Python SDK.

    pip install huaweicloudsdkworkspace
    export HUAWEICLOUD_SDK_AK=… HUAWEICLOUD_SDK_SK=… LEDGER_URL=https://ledger.example.com LEDGER_PROJECT=…
    python export_with_sdk.py connections.xlsx start_time=2020-04-13T01:59Z end_time=2020-04-30T02:20Z language=en_US
"""

import os
import sys

from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkcore.exceptions.exceptions import SdkException, ServiceResponseException
from huaweicloudsdkworkspace.v2 import ExportUserLoginInfoNewRequest, WorkspaceClient


def main():
    output, *filters = sys.argv[1:]
    credentials = BasicCredentials(
        os.environ["HUAWEICLOUD_SDK_AK"], os.environ["HUAWEICLOUD_SDK_SK"], os.environ["LEDGER_PROJECT"]
    )
    client = (
        WorkspaceClient.new_builder().with_credentials(credentials).with_endpoint(os.environ["LEDGER_URL"]).build()
    )
    request = ExportUserLoginInfoNewRequest(**dict(pair.split("=", 1) for pair in filters))
    try:
        response = client.export_user_login_info_new(request)
    except ServiceResponseException as error:
        sys.exit(f"{error.status_code} {error.error_code}: {error.error_msg} (request {error.request_id})")
    except SdkException as error:
        sys.exit(f"not exported: {error.error_msg}")
    # The SDK holds the whole workbook in memory. For very large ones, see export_with_requests.py.
    with open(output, "wb") as file:
        file.write(response.raw_content)


if __name__ == "__main__":
    main()
