"""The real Keystone and the real provider of OpenID Connect that `scripts/keystone` and `scripts/oidc` run."""

import json
import os
import signal
import urllib.request
import uuid

from console import SETTINGS, ask
from support.program import MARK, PROJECT, waited

PASSWORD = f"{MARK}-password"  # Of all people, at both.
CLIENT_SECRET = f"{MARK}-client-secret"


class Keystone:
    """Two projects, and Ann, who may do everything in both."""

    def __init__(self):
        self.url = os.environ["DESKLEDGER_TEST_KEYSTONE"]
        admin = {"name": "admin", "domain": {"id": "default"}, "password": os.environ["DESKLEDGER_TEST_KEYSTONE_PASSWORD"]}
        scope = {"project": {"name": "admin", "domain": {"id": "default"}}}
        self._token = self._new_token(admin, scope)
        # Others furnish the same Keystone.
        self.name = uuid.uuid4().hex[:8]
        self.user = f"ann-{self.name}"
        self.projects = [self._create("project", {"name": f"{name}-{self.name}"}) for name in ("one", "two")]
        self.user_id = self._create("user", {"name": self.user, "password": PASSWORD})
        roles = self._ask("GET", "roles?name=te_admin")["roles"]
        role = roles[0]["id"] if roles else self._create("role", {"name": "te_admin"}, {})
        for project in self.projects:
            self._ask("PUT", f"projects/{project}/users/{self.user_id}/roles/{role}")

    def _new_token(self, user, scope):
        identity = {"methods": ["password"], "password": {"user": user}}
        body = json.dumps({"auth": {"identity": identity, "scope": scope}}).encode()
        request = urllib.request.Request(f"{self.url}/v3/auth/tokens", body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request) as answer:
            return answer.headers["X-Subject-Token"]

    def _ask(self, method, path, body=None):
        status, answer = ask(self.url, f"/v3/{path}", self._token, method, body)
        assert status < 300, (status, answer)
        return answer

    def _create(self, kind, fields, domain=None):
        fields = {**fields, **({"domain_id": "default"} if domain is None else domain)}
        return self._ask("POST", f"{kind}s", {kind: fields})[kind]["id"]

    @property
    def settings(self):
        return f'{SETTINGS}\n[identity.iam]\nurl = "{self.url}"\nrequest_timeout_seconds = 60\n'


def issuer():
    """The provider, as the settings have it."""
    return os.environ["DESKLEDGER_TEST_OIDC"]


def add_oidc(service):
    """Lets people sign in by the provider. It leads back to the port of the service, which is known once that runs."""
    settings = SETTINGS.replace("[server]\n", f'[server]\npublic_url = "{service.url}"\n', 1)
    with open(service.settings, "w", encoding="utf-8") as file:
        file.write(f"""{settings}
[identity.oidc]
issuer = "{issuer()}"
client_id = "deskledger"
client_secret = "{CLIENT_SECRET}"
label = "Example Ltd."

[[identity.oidc.grants]]
group = "desk-admins"
project_id = "{PROJECT}"
roles = ["te_admin"]
""")
    service.process.send_signal(signal.SIGHUP)
    waited(lambda: "oidc" in ask(service.url, "/v2/sign-in", token=None)[1]["ways"])
