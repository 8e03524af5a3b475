"""The vendor's Python SDK, in its current version, pointed at the real service."""

import os
import re
import unittest

from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkcore.exceptions.exceptions import ClientRequestException
from huaweicloudsdkworkspace.v2 import ExportUserLoginInfoNewRequest, WorkspaceClient

from service import EXAMPLE, FOUND, PROJECT, Service
from workbook import columns


class VendorSdk(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.service = Service(os.environ["DESKLEDGER"])
        cls.addClassCleanup(cls.service.stop)

    def export(self, key=None, project=PROJECT, **parameters):
        client = (
            WorkspaceClient.new_builder()
            .with_credentials(BasicCredentials(*(key or self.service.key), project))
            .with_endpoint(self.service.url)
            .build()
        )
        self.addCleanup(client.close)
        return client.export_user_login_info_new(ExportUserLoginInfoNewRequest(**parameters))

    def refusal(self, **asked):
        with self.assertRaises(ClientRequestException) as raised:
            self.export(**asked)
        error = raised.exception
        # By its identifier the error is found in the log.
        self.assertTrue(error.request_id)
        request = f'id="{error.request_id}"'
        self.assertIn(request, self.service.log_with(re.escape(request)))
        return error

    def assert_refused(self, status, code, message, **asked):
        error = self.refusal(**asked)
        self.assertEqual((error.status_code, error.error_code), (status, code))
        self.assertIn(message, error.error_msg)

    def test_an_export_is_a_workbook_in_the_raw_content(self):
        response = self.export(**EXAMPLE)
        self.assertEqual(response.status_code, 200)
        read = columns(response.raw_content)
        self.assertEqual(list(read)[:2], ["Username", "Computer Name"])
        self.assertEqual(set(read["Transaction ID"]), FOUND)
        self.assertEqual(len(columns(self.export().raw_content)["Transaction ID"]), 9)

    def test_an_export_is_in_the_language_that_is_asked_for(self):
        read = columns(self.export(language="zh_CN", **EXAMPLE).raw_content)
        self.assertEqual(set(read["事务ID"]), FOUND)

    def test_whatever_is_asked_for_is_signed_as_the_service_reads_it(self):
        for value in ["张三", "a b", "a+b", "a%20b", "&=?!#%.*()'\"", "/../", "~-_.", " ", "é\u0301😀", "a;b,c:d@e$"]:
            read = columns(self.export(user_name=value, terminal_type=value).raw_content)
            self.assertEqual(read["Username"], [], value)

    def test_a_mistake_is_an_exception_with_code_message_and_request_id(self):
        self.assert_refused(400, "WKS.00008400", "en_US, zh_CN", language="nl_NL")
        self.assert_refused(400, "WKS.00006400", "start_time", end_time="2020-04-30T02:20Z")

    def test_credentials_that_are_not_right_are_refused(self):
        ak, sk = self.service.key
        self.assert_refused(401, "APIGW.0303", "signature", key=(ak, sk[::-1]))
        self.assert_refused(401, "APIGW.0301", "access key", key=(ak[::-1], sk))

    def test_what_the_key_does_not_allow_is_refused(self):
        self.assert_refused(403, "WKS.00000403", "", project="another")
        self.assert_refused(403, "WKS.00000403", "", key=self.service.key_without_rights)

    def test_no_secret_is_in_the_log(self):
        self.export()
        self.refusal(key=(self.service.key[0], "a-secret-that-is-wrong"))
        log = self.service.log()
        self.assertIn(PROJECT, log)
        for secret in (self.service.key[1], self.service.key_without_rights[1], "a-secret-that-is-wrong", "Signature="):
            self.assertNotIn(secret, log)


if __name__ == "__main__":
    unittest.main()
