//! Signed requests that were changed on purpose, and what may be changed because it means the same.

use deskledger_tests::{Database, PROJECT, Request};

use crate::mutation::{assert_refused, signed};
use crate::signature::{OTHER, OURS, PYTHON, THEIRS, path, service};

/// Changes the target of a signed request after it was signed.
fn redirected(change: impl FnOnce(String) -> String) -> Request {
    let mut request = signed();
    request.target = change(String::from_utf8(request.target).unwrap()).into();
    request
}

fn with_header(name: &str, change: impl FnOnce(&str) -> String) -> Request {
    let mut request = signed();
    let value = request.header_mut(name);
    *value = change(std::str::from_utf8(value).unwrap()).into();
    request
}

fn assert_all_refused(requests: &[Request]) {
    let database = Database::sqlite();
    let service = service(&database);
    for request in requests {
        assert_refused(&service.raw(&request.bytes()), request);
    }
}

#[test]
fn another_project_is_refused_wherever_it_is_named() {
    let mut requests = Vec::new();
    requests.push(redirected(|target| target.replace(PROJECT, OTHER)));
    requests.push(with_header("x-project-id", |_| OTHER.to_owned()));
    requests.push(redirected(|target| format!("{target}&project_id={OTHER}")));
    requests.push(signed().with("X-Project-Id", OTHER));
    let shared = OURS.sign("GET", &path(OTHER), &[], &[], "");
    requests.push(shared.clone().with("X-Project-Id", PROJECT));
    requests.push(shared);
    assert_all_refused(&requests);
}

#[test]
fn another_way_to_write_the_path_is_refused() {
    let mut requests = Vec::new();
    for project in [
        format!("x/../{PROJECT}"),
        format!("./{PROJECT}"),
        format!("{PROJECT}/."),
        format!("%2e%2e/{PROJECT}"),
        format!("/{PROJECT}"),
        format!("{PROJECT}/"),
        format!("{PROJECT}%2F"),
        format!("{PROJECT}%2f..%2f{PROJECT}"),
        format!("%2F{PROJECT}"),
        format!("{PROJECT}%00"),
        format!("{PROJECT}%20"),
        format!("{PROJECT}+"),
        format!("{PROJECT};x"),
        format!("{PROJECT}%3Fx"),
        format!("%25{PROJECT}"),
        PROJECT.to_uppercase(),
    ] {
        requests.push(redirected(|target| target.replace(PROJECT, &project)));
    }
    requests.push(redirected(|target| target.replace("/v2/", "//v2/")));
    requests.push(redirected(|target| target.replace("/v2/", "/v2//")));
    requests.push(redirected(|target| target.replace("export?", "export//?")));
    requests.push(redirected(|target| target.replace("export?", "export/?")));
    requests.push(redirected(|target| {
        target.replace("desktops/export", "desktops%2Fexport")
    }));
    requests.push(redirected(|target| format!("http://evil.example{target}")));
    assert_all_refused(&requests);
}

#[test]
fn a_path_that_can_be_read_in_two_ways_is_refused_however_it_was_signed() {
    let mut requests = Vec::new();
    for project in ["..", ".", "", "a/b"] {
        requests.push(OURS.sign("GET", &path(project), &[], &[], ""));
    }
    assert_all_refused(&requests);
}

#[test]
fn another_query_is_refused() {
    let mut requests = Vec::new();
    requests.push(redirected(|target| format!("{target}&terminal_type=x")));
    requests.push(redirected(|target| target.replace("language=en_US&", "")));
    requests.push(redirected(|target| target.replace("en_US", "zh_CN")));
    requests.push(redirected(|target| target.replace("%20", "%2B")));
    requests.push(redirected(|target| target.replace("%40", "%2540")));
    requests.push(redirected(|target| target.replace('?', "?user_name=x&")));
    requests.push(redirected(|target| {
        target.split('?').next().unwrap().to_owned()
    }));
    assert_all_refused(&requests);
}

#[test]
fn a_header_that_is_there_twice_or_not_at_all_is_refused() {
    let mut requests = Vec::new();
    for (name, value) in signed().headers {
        let (name, value) = (
            String::from_utf8(name).unwrap(),
            String::from_utf8(value).unwrap(),
        );
        requests.push(signed().with(&name, &value));
        let mut first = signed();
        first
            .headers
            .insert(0, (name.clone().into(), b"x".to_vec()));
        requests.push(first);
        let mut without = signed();
        without
            .headers
            .retain(|(known, _)| known != name.as_bytes());
        requests.push(without);
    }
    assert_all_refused(&requests);
}

#[test]
fn another_signature_is_refused() {
    let mut requests = Vec::new();
    let theirs = THEIRS.sign("GET", &path(PROJECT), &[], &PYTHON, "");
    let sent = |header: &str| header.split("Signature=").nth(1).unwrap().to_owned();
    let mut borrowed = theirs.clone();
    let foreign = String::from_utf8(borrowed.header_mut("authorization").clone()).unwrap();
    requests.push(theirs);
    requests.push(with_header("authorization", |_| foreign.clone()));
    requests.push(with_header("authorization", |ours| {
        ours.replace(&sent(ours), &sent(&foreign))
    }));
    requests.push(with_header("authorization", |ours| {
        ours.replace(OURS.id, THEIRS.id)
    }));
    requests.push(with_header("authorization", |ours| {
        ours.replace(OURS.id, &OURS.id.to_lowercase())
    }));
    requests.push(with_header("authorization", |ours| {
        ours.replace("content-type;host", "host;content-type")
    }));
    requests.push(with_header("authorization", |ours| {
        ours.replace("content-type;", "")
    }));
    requests.push(with_header("authorization", |ours| {
        ours.replace("host;", "host;host;")
    }));
    requests.push(with_header("authorization", |ours| {
        ours.replace("x-project-id;", "x-project-id;x-other;")
    }));
    requests.push(with_header("authorization", |ours| {
        ours.replace(";x-sdk-date", "")
    }));
    requests.push(with_header("authorization", |ours| {
        ours.replace("host", "Host")
    }));
    requests.push(with_header("authorization", |ours| {
        ours.replace(&sent(ours), &sent(ours).to_uppercase())
    }));
    requests.push(with_header("authorization", |ours| {
        ours.replace(&sent(ours), &sent(ours)[..62])
    }));
    requests.push(with_header("authorization", |ours| {
        ours.replace(&sent(ours), &"0".repeat(64))
    }));
    requests.push(with_header("authorization", |ours| {
        ours.replace("SHA256", "SHA1")
    }));
    requests.push(with_header("authorization", |ours| {
        ours.split(", Signature").next().unwrap().to_owned()
    }));
    requests.push(with_header("authorization", |ours| {
        format!("{ours}, {ours}")
    }));
    requests.push(with_header("authorization", |_| String::new()));
    assert_all_refused(&requests);
}

#[test]
fn another_time_method_or_body_is_refused() {
    let mut requests = Vec::new();
    for date in [
        "20200501T074459Z",
        "20200501T081501Z",
        "20200501T080001Z",
        "20200501T080000z",
        "",
    ] {
        requests.push(with_header("x-sdk-date", |_| date.to_owned()));
    }
    for method in ["POST", "HEAD", "PUT", "get"] {
        let mut request = signed();
        method.clone_into(&mut request.method);
        requests.push(request);
    }
    let mut request = signed();
    request.body = b"{}".to_vec();
    requests.push(request);
    requests.push(signed().with("X-Sdk-Content-Sha256", "UNSIGNED-PAYLOAD"));
    requests.push(signed().with("Transfer-Encoding", "chunked"));
    assert_all_refused(&requests);
}

/// What is written differently and means the same, for the signature as for the handlers, is accepted. Each case is
/// named, so that no other slips in.
#[test]
fn what_means_the_same_is_accepted() {
    let database = Database::sqlite();
    let service = service(&database);
    let mut reversed = signed();
    reversed.headers.reverse();
    let mut lower = signed();
    for (name, _) in &mut lower.headers {
        name.make_ascii_lowercase();
    }
    let mut longer = signed();
    for (_, value) in &mut longer.headers {
        value.extend(b" \t ");
    }
    for (what, request) in [
        ("as it was signed", signed()),
        ("the order of headers on the wire", reversed),
        ("the case of their names", lower),
        ("blanks after their values", longer),
        (
            "blanks after a comma",
            with_header("authorization", |ours| ours.replace(", ", ",  ")),
        ),
        (
            "no blank after a comma",
            with_header("authorization", |ours| ours.replace(", ", ",")),
        ),
        (
            "a header that is not signed",
            signed().with("X-Forwarded-For", "10.0.0.1"),
        ),
        (
            "a token, which is ignored",
            signed().with("X-Auth-Token", "nobody"),
        ),
        (
            "a letter of the path, encoded",
            redirected(|target| target.replace("/v2/", "/%762/")),
        ),
        (
            "a letter of the query, encoded",
            redirected(|target| target.replace("en_US", "%65n_US")),
        ),
        (
            "digits of the encoding in lower case",
            redirected(|target| target.replace("%3A", "%3a")),
        ),
        (
            "what need not be encoded",
            redirected(|target| target.replace("%3A", ":")),
        ),
        (
            "a blank as +",
            redirected(|target| target.replace("%20", "+")),
        ),
        (
            "empty pairs",
            redirected(|target| target.replace('&', "&&") + "&"),
        ),
        (
            "the order of pairs",
            redirected(|target| {
                let (path, query) = target.split_once('?').unwrap();
                let mut pairs: Vec<_> = query.split('&').collect();
                pairs.reverse();
                format!("{path}?{}", pairs.join("&"))
            }),
        ),
        (
            "a fragment, which nobody reads",
            redirected(|target| target + "#x"),
        ),
    ] {
        let answer = service.raw(&request.bytes());
        assert_eq!(
            answer.status,
            200,
            "{what}: {}",
            String::from_utf8_lossy(&answer.body)
        );
    }
}
