//! Every code of the table can be met: each is provoked over HTTP, from the real service.

use std::net::TcpStream;

use deskledger_api::ErrorCode;
use deskledger_domain::{Clock, parse_time};
use deskledger_settings::Settings;
use deskledger_tests::{
    Answer, Database, Keystone, PROJECT, Proxy, Scope, Service, Signer, TOKEN, Treatment,
    access_key, sealing_key, secret, token,
};
use serde_json::json;

use crate::client::idle_client;
use crate::delivery::by_http_1_0;
use crate::record::{bare, bulky};
use crate::refusal::assert_refused;
use crate::sign_in::Browser;
use crate::sign_in::provider::{come_back_refused, described_provider, with_provider};
use crate::signature::{OURS, path};
use crate::task::{Made, download, make};

/// Another project, whose administrator has the token `second`.
const SECOND: &str = "second";

#[test]
fn every_code_is_provoked_over_http() {
    let services = Services::start();
    for code in ErrorCode::ALL {
        let answer = services.provoke(*code);
        let what = format!("{code:?}");
        assert_refused(&answer, *code, "", &what);
        let retry = matches!(answer.status, 429 | 503);
        assert_eq!(answer.header("retry-after").is_some(), retry, "{what}");
        let allow = answer.status == 405;
        assert_eq!(answer.header("allow").is_some(), allow, "{what}");
    }
}

/// Services in the states that errors come from, with what keeps them there.
struct Services {
    sound: Service,
    /// It runs one export at once, and that one runs: for [`PROJECT`].
    full: Service,
    /// It exports one record at most. [`SECOND`] has two records, and the record of [`PROJECT`] is invalid.
    broken: Service,
    /// Its clock is so late that every token of IAM has expired.
    late: Service,
    /// Its IAM is unavailable.
    alone: Service,
    /// People sign in by a provider.
    with_provider: Service,
    _idle_client: TcpStream,
    _databases: [Database; 3],
    _proxy: Proxy,
}

impl Services {
    fn start() -> Self {
        let databases = [(); 3].map(|()| Database::sqlite());
        let [sound, full, broken] = &databases;
        full.fill(PROJECT, bulky(4_000));
        // More than a client of HTTP/1.0 is sent.
        sound.fill(PROJECT, bulky(100));
        broken.fill(PROJECT, [bare("1", "2020-04-13T02:00Z")]);
        broken.corrupt();
        broken.fill(SECOND, ["1", "2"].map(|id| bare(id, "2020-04-13T02:00Z")));
        for made in Made::ALL {
            make(broken, PROJECT, made);
        }

        let sound = start(sound, |settings| {
            settings.limits.slow_body_seconds = 1;
            settings.identity.sealing_keys = vec![sealing_key("a", 7)];
        });
        let full = start(full, |settings| {
            settings.limits.exports = 1;
            settings.limits.exports_per_project = 1;
            settings.limits.queue_length = 0;
        });
        let broken = start(broken, |settings| settings.limits.max_records = 1);
        let keystone = Keystone::of_the_tests();
        let clock = Clock::fixed(parse_time("2120-04-13T02:00Z").unwrap());
        let late = Service::start_by(&databases[0], clock, |settings| {
            keystone.url().clone_into(&mut settings.identity.iam.url);
            settings.identity.iam.request_timeout_seconds = 60;
        });
        let proxy = Proxy::to_url(keystone.url());
        proxy.treat(Treatment::Cut);
        let alone = start(&databases[0], |settings| {
            settings.identity.iam.url = proxy.url(keystone.url());
        });
        let provider = described_provider();
        let with_provider = start(&databases[0], |settings| with_provider(settings, &provider));
        Self {
            with_provider,
            _idle_client: idle_client(&full),
            sound,
            full,
            broken,
            late,
            alone,
            _databases: databases,
            _proxy: proxy,
        }
    }

    /// [`Self::provoke`] for callers who are unknown, and for the codes of sign-ins and sessions.
    fn provoke_of_sessions(&self, code: ErrorCode) -> Answer {
        match code {
            ErrorCode::Unauthenticated => exported(&self.sound, PROJECT, &secret("nobody")),
            ErrorCode::WrongSignature => {
                let secret = "never-to-be-shown-guess";
                let forged = Signer { secret, ..OURS }.sign("GET", &path(PROJECT), &[], &[], "");
                self.sound.raw(&forged.bytes())
            }
            ErrorCode::TokenExpired => {
                let keystone = Keystone::of_the_tests();
                let token = keystone.token(Scope::Project(keystone.project()));
                exported(&self.late, keystone.project(), &token)
            }
            ErrorCode::NoSession => self.sound.get("/v2/session", &[]),
            ErrorCode::SignInRefused => Browser::of(&self.sound).sign_in(&secret("nobody")),
            ErrorCode::OtherSite => self.sound.get("/v2/session", &[("Cookie", "deskledger=x")]),
            ErrorCode::InvalidReturnPath => {
                let browser = Browser::of(&self.with_provider);
                browser.navigate("/v2/sign-in/oidc?to=//example.com")
            }
            ErrorCode::SignInDenied => come_back_refused(&Browser::of(&self.with_provider)),
            ErrorCode::SessionNotFound => {
                let path = format!("/v2/{PROJECT}/sessions/nobody");
                self.sound
                    .send("DELETE", &path, &[("X-Auth-Token", TOKEN)], b"")
            }
            _ => Browser::of(&self.broken).sign_in(TOKEN),
        }
    }

    /// [`Self::provoke`] for the codes of access keys.
    fn provoke_of_keys(&self, code: ErrorCode) -> Answer {
        let keys = format!("/v2/{PROJECT}/access-keys");
        let make = |body: &serde_json::Value| self.sound.post(&keys, TOKEN, body);
        match code {
            ErrorCode::KeyMakesNoKey => {
                let json = ("Content-Type", "application/json");
                let signed = OURS.sign("POST", &keys, &[], &[json], "{}");
                self.sound.raw(&signed.bytes())
            }
            ErrorCode::RoleNotHeld => make(&json!({"roles": ["wks_adm"]})),
            ErrorCode::AccessKeyNotFound => {
                let path = format!("{keys}/NOBODY");
                self.sound
                    .send("DELETE", &path, &[("X-Auth-Token", TOKEN)], b"")
            }
            ErrorCode::TooManyAccessKeys => {
                assert!((0..10).all(|_| make(&json!({})).status == 201));
                make(&json!({}))
            }
            _ => self.full.get(&keys, &[("X-Auth-Token", TOKEN)]),
        }
    }

    /// Gets the service to answer with a code. A new code does not compile until it has its line here.
    fn provoke(&self, code: ErrorCode) -> Answer {
        use ErrorCode as Code;

        let export = |query: &str| self.sound.export(query);
        let get = |path: &str| self.sound.get(path, &[("X-Auth-Token", TOKEN)]);
        let of = |resource: &str, query: &str| {
            get(&format!("/v2/{PROJECT}/connections/{resource}?{query}"))
        };
        let list = |query: &str| of("desktops", query);
        let online = |query: &str| of("online-users", query);
        let decode = |message: serde_json::Value| {
            let path = "/v5/decode-authorization-message";
            self.sound.post(path, TOKEN, &message)
        };
        match code {
            Code::InvalidRequest => export("user_name=%ff"),
            Code::UnknownParameter => export("usr_name=x"),
            Code::RepeatedParameter => export("user_name=a&user_name=b"),
            Code::ParameterTooLong => export(&format!("user_name={}", "x".repeat(256))),
            Code::ForbiddenCharacter => export("user_name=%00"),
            Code::InvalidTime => export("start_time=soon"),
            Code::InvalidNetwork => export("source_ip=10.0.0.0/99"),
            Code::EndWithoutStart => export("end_time=2020-04-13T00:00Z"),
            Code::EmptyTimeRange => {
                export("start_time=2020-04-13T00:00Z&end_time=2020-04-13T00:00Z")
            }
            Code::UnknownLanguage => export("language=nl_NL"),
            Code::UnknownTimeZone => export("time_zone=Moon/Base"),
            Code::InvalidProjectId => get("/v2/%ff/connections/desktops/export"),
            Code::TooManyRows => exported(&self.broken, SECOND, &secret(SECOND)),
            Code::UnknownFormat => export("format=pdf"),
            Code::InvalidBoolean => export("summary=yes"),
            Code::NoSummary => export("summary=true&format=csv"),
            Code::InvalidNumber => list("limit=1001"),
            Code::EmptyNumberRange => list("min_network_rtt=2&max_network_rtt=1"),
            Code::InvalidDomain => list("domain=a@b"),
            Code::InvalidMarker => list("marker=AAAA"),
            Code::MarkerWithOffset => list("marker=AAAA&offset=1"),
            Code::UnknownQueryType => online("query_type=YEAR"),
            Code::NoPeriod => online(""),
            Code::TooManyDays => online("start_time=2019-04-13T00:00Z&end_time=2020-04-14T00:00Z"),
            Code::TooManyBuckets => of("histogram", "interval=minute&start_time=0001-01-01"),
            Code::InvalidBody => decode(json!({})),
            Code::FieldLength => decode(json!({"encoded_message": ""})),
            Code::InvalidRecord => self.sound.record("application/json", b"[{}]"),
            Code::UndecodableBody => {
                let plain = b"[]";
                self.sound.record_encoded("application/json", "gzip", plain)
            }
            Code::BodyTooSlow => announced(&self.sound),
            Code::UndecodableMessage => decode(json!({"encoded_message": "AAAA"})),
            Code::UnknownValue => get(&format!("/v2/{PROJECT}/export-tasks?status=DONE")),
            Code::TaskNotFound => download(&self.broken, "nobody", &[]),
            Code::KeyMakesNoKey
            | Code::RoleNotHeld
            | Code::KeysNotConfigured
            | Code::AccessKeyNotFound
            | Code::TooManyAccessKeys => self.provoke_of_keys(code),
            Code::RecordNotFound => of("desktops/nobody", ""),
            Code::LinkNotFound => of("desktops/export-links/nobody", ""),
            Code::TaskNotDone => download(&self.broken, Made::Creating.id(), &[]),
            Code::TaskFailed => download(&self.broken, Made::Failed.id(), &[]),
            Code::TaskExpired => download(&self.broken, Made::Expired.id(), &[]),
            Code::RangeNotSatisfiable => {
                download(&self.broken, Made::Done.id(), &[("Range", "bytes=7-")])
            }
            Code::AnotherFile => download(
                &self.broken,
                Made::Done.id(),
                &[("If-Match", "\"another\"")],
            ),
            Code::NotResumable => {
                let headers = [("X-Auth-Token", TOKEN), ("Range", "bytes=5-")];
                self.sound.get(&Service::export_path(""), &headers)
            }
            Code::ProtocolTooOld => by_http_1_0(&self.sound, &Service::export_path("format=csv")),
            Code::WrongSignature
            | Code::Unauthenticated
            | Code::TokenExpired
            | Code::NoSession
            | Code::SignInRefused
            | Code::SignInDenied
            | Code::InvalidReturnPath
            | Code::OtherSite
            | Code::SessionNotFound
            | Code::SignInNotConfigured => self.provoke_of_sessions(code),
            Code::Forbidden => exported(&self.sound, PROJECT, &secret("reader")),
            Code::NotFound => get("/nowhere"),
            Code::MethodNotAllowed => self.sound.post("/health/live", TOKEN, &json!({})),
            Code::BodyTooLarge => decode(json!({"encoded_message": "A".repeat(70_000)})),
            Code::UrlTooLong => export(&format!("user_name={}", "x".repeat(9_000))),
            Code::UnsupportedMediaType => with_text(&self.sound),
            Code::HeadersTooLarge => self.sound.get("/", &[("X", &"x".repeat(70_000))]),
            Code::TooManyRequests => self.full.export(""),
            Code::Internal => self.broken.export(""),
            Code::Unavailable => exported(&self.full, SECOND, &secret(SECOND)),
            Code::IamUnavailable => exported(&self.alone, PROJECT, &secret("nobody")),
        }
    }
}

fn start(database: &Database, change: impl FnOnce(&mut Settings)) -> Service {
    Service::start_with(database, |settings| {
        let ours = access_key(OURS.id, OURS.secret, PROJECT, &["te_admin"]);
        settings.identity.access_keys.push(ours);
        // What the test made stays as it is.
        settings.tasks.at_once = 0;
        settings.identity.tokens.extend([
            token(&secret("reader"), PROJECT, &["reader"]),
            token(&secret(SECOND), SECOND, &["te_admin"]),
        ]);
        change(settings);
    })
}

/// Exports with a body that is a text.
fn with_text(service: &Service) -> Answer {
    let head = format!(
        "GET {} HTTP/1.1\r\nhost: x\r\nconnection: close\r\nx-auth-token: {TOKEN}\r\n\
         content-type: text/plain\r\ncontent-length: 2\r\n\r\nhi",
        Service::export_path("")
    );
    service.raw(head.as_bytes())
}

/// Announces a recording, and does not send it.
fn announced(service: &Service) -> Answer {
    let head = format!(
        "POST {} HTTP/1.1\r\nhost: x\r\nx-auth-token: {TOKEN}\r\ncontent-type: application/json\r\n\
         content-length: 2\r\n\r\n",
        Service::record_path(PROJECT)
    );
    service.raw(head.as_bytes())
}

fn exported(service: &Service, project: &str, token: &str) -> Answer {
    service.get(&path(project), &[("X-Auth-Token", token)])
}
