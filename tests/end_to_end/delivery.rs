//! How an answer is handed over: whole or not at all, to real clients that go on with broken transfers and to old ones, and
//! compressed to those who accept that.

use std::io::{Read as _, copy};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Output};
use std::thread;
use std::time::Duration;

use deskledger_api::ErrorCode;
use deskledger_tests::{Answer, Database, PROJECT, Service, TOKEN, on_both_databases};
use flate2::read::GzDecoder;
use serde_json::Value;
use socket2::SockRef;

use crate::record::{bare, realistic};
use crate::refusal::{assert_code, assert_refused};
use crate::task::{ended, started};

on_both_databases! {
    wget_does_not_splice_two_exports
    curl_does_not_splice_two_exports
    the_file_of_a_task_goes_on_where_it_broke
    a_client_of_http_1_0_gets_a_small_answer_whole_and_a_large_export_not_at_all
    an_export_is_compressed_for_those_who_accept_that
}

/// Records whose file is much larger than what is sent whole.
const MANY: u64 = 6_000;

/// After how many bytes of the answer the first connection ends.
const CUT_AFTER: u64 = 400_000;

/// A port that leads to the service, and whose first connection ends in the middle of the answer.
fn cutting_port(service: &Service) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (port, target) = (listener.local_addr().unwrap().port(), service.port());
    thread::spawn(move || {
        for (number, client) in listener.incoming().take(8).enumerate() {
            let most = if number == 0 { CUT_AFTER } else { u64::MAX };
            pass(client.unwrap(), target, most);
        }
    });
    port
}

/// Passes a request on, and so many bytes of its answer.
fn pass(mut client: TcpStream, target: u16, most: u64) {
    let mut server = TcpStream::connect(("127.0.0.1", target)).unwrap();
    let (mut requests, mut to_server) = (client.try_clone().unwrap(), server.try_clone().unwrap());
    let requests = thread::spawn(move || copy(&mut requests, &mut to_server));
    // An end that is gone is what the test is about.
    let _ = copy(&mut (&mut server).take(most), &mut client);
    let _ = server.shutdown(Shutdown::Both);
    if most == u64::MAX {
        let _ = client.shutdown(Shutdown::Both);
        let _ = requests.join().unwrap();
    } else {
        let _ = SockRef::from(&client).shutdown(Shutdown::Read);
        let _ = requests.join().unwrap();
        // wget takes a chunked body for whole whose connection ends in order, so it ends by a reset.
        SockRef::from(&client)
            .set_linger(Some(Duration::ZERO))
            .unwrap();
    }
}

fn url(port: u16, path: &str) -> String {
    format!("http://127.0.0.1:{port}{path}")
}

fn wget(url: &str, file: &Path) -> Output {
    let token = format!("--header=X-Auth-Token: {TOKEN}");
    Command::new("wget")
        .args(["--no-verbose", "--no-proxy", "--tries=3", "--waitretry=0"])
        .args(["--timeout=60", &token, "-O"])
        .args([file.as_os_str(), url.as_ref()])
        .output()
        .unwrap()
}

fn curl(arguments: &[&str]) -> Output {
    let token = format!("X-Auth-Token: {TOKEN}");
    Command::new("curl")
        .args(["--silent", "--show-error", "--noproxy", "*"])
        .args(["--max-time", "120", "--header", &token])
        .args(arguments)
        .output()
        .unwrap()
}

fn wget_does_not_splice_two_exports(database: &Database) {
    database.fill(PROJECT, realistic(MANY));
    let service = Service::start(database);
    let folder = tempfile::tempdir().unwrap();
    for format in ["csv", "jsonl", "xlsx"] {
        let path = Service::export_path(&format!("format={format}"));
        // It can download, where nothing breaks.
        let whole = folder.path().join("whole");
        let direct = wget(&url(service.port(), &path), &whole);
        assert!(direct.status.success(), "{direct:?}");

        let spliced = folder.path().join(format);
        let broken = wget(&url(cutting_port(&service), &path), &spliced);
        assert!(!broken.status.success(), "{format}: {broken:?}");
        let said = String::from_utf8_lossy(&broken.stderr);
        assert!(said.contains("400"), "{format}: {said}");
        let found = spliced.metadata().map_or(0, |file| file.len());
        assert!(found <= CUT_AFTER, "{format}: {found}");
    }
}

fn curl_does_not_splice_two_exports(database: &Database) {
    database.fill(PROJECT, realistic(MANY));
    let service = Service::start(database);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("export.csv");
    let file = file.to_str().unwrap();
    let path = Service::export_path("format=csv");
    let broken = curl(&["-o", file, &url(cutting_port(&service), &path)]);
    assert!(!broken.status.success(), "{broken:?}");
    let resumed = curl(&["-f", "-C", "-", "-o", file, &url(service.port(), &path)]);
    assert_eq!(resumed.status.code(), Some(22), "{resumed:?}");
}

fn the_file_of_a_task_goes_on_where_it_broke(database: &Database) {
    database.fill(PROJECT, realistic(MANY));
    let service = Service::start(database);
    let id = started(&service, "format=csv");
    ended(&service, &id);
    let path = format!("/v2/{PROJECT}/export-tasks/{id}/download");
    let whole = service.get(&path, &[("X-Auth-Token", TOKEN)]).body;
    let folder = tempfile::tempdir().unwrap();

    let file = folder.path().join("by-wget");
    let downloaded = wget(&url(cutting_port(&service), &path), &file);
    assert!(downloaded.status.success(), "{downloaded:?}");
    assert!(std::fs::read(&file).unwrap() == whole);

    let file = folder.path().join("by-curl");
    let name = file.to_str().unwrap();
    let broken = curl(&["-f", "-o", name, &url(cutting_port(&service), &path)]);
    assert!(!broken.status.success(), "{broken:?}");
    let resumed = curl(&["-f", "-C", "-", "-o", name, &url(service.port(), &path)]);
    assert!(resumed.status.success(), "{resumed:?}");
    assert!(std::fs::read(&file).unwrap() == whole);
}

#[test]
fn a_part_from_the_middle_is_refused_wherever_an_answer_is_made_anew() {
    let database = Database::sqlite();
    database.fill(PROJECT, [bare("1", "2020-04-13T02:00Z")]);
    let service = Service::start(&database);
    for path in [
        &Service::export_path("format=csv"),
        &Service::record_path(PROJECT),
        &format!("/v2/{PROJECT}/connections/export-audits"),
        &format!("/v2/{PROJECT}/connections/export-audits/export?format=csv"),
        &format!("/v2/{PROJECT}/connections/online-users?query_type=DAY"),
        &format!("/v2/{PROJECT}/export-tasks"),
        "/openapi.json",
        "/metrics",
    ] {
        let get = |headers: &[(&str, &str)]| {
            service.get(path, &[&[("X-Auth-Token", TOKEN)], headers].concat())
        };
        for range in ["bytes=5-", "bytes=-500", "bytes=0-4,9-"] {
            let answer = get(&[("Range", range)]);
            assert_refused(&answer, ErrorCode::NotResumable, "cannot be resumed", path);
        }
        for range in ["bytes=0-", "bytes=0-99", "nonsense"] {
            let answer = get(&[("Range", range)]);
            assert_eq!(answer.status, 200, "{path} {range}");
            assert_eq!(answer.header("accept-ranges"), Some("none"), "{path}");
            assert_eq!(answer.header("content-range"), None, "{path}");
        }
        let answer = get(&[("Range", "bytes=5-"), ("If-Range", "\"a\"")]);
        assert_eq!(answer.status, 200, "{path}");
    }
}

#[test]
fn the_file_of_a_task_is_sent_on_conditions() {
    let database = Database::sqlite();
    database.fill(PROJECT, [bare("1", "2020-04-13T02:00Z")]);
    let service = Service::start(&database);
    let id = started(&service, "format=csv");
    ended(&service, &id);
    let path = format!("/v2/{PROJECT}/export-tasks/{id}/download");
    let get = |headers: &[(&str, &str)]| {
        service.get(&path, &[&[("X-Auth-Token", TOKEN)], headers].concat())
    };
    let whole = get(&[]);
    let tag = whole.header("etag").unwrap().to_owned();
    assert!(tag.starts_with('"'), "{tag} is a strong tag");

    let known = get(&[("If-None-Match", &tag)]);
    assert_eq!((known.status, known.body.len()), (304, 0));
    assert_eq!(known.header("etag"), Some(&*tag));
    assert_eq!(get(&[("If-None-Match", "\"another\"")]).body, whole.body);
    assert_eq!(get(&[("If-Match", &tag)]).body, whole.body);
    let another = get(&[("If-Match", "\"another\""), ("Range", "bytes=5-")]);
    assert_code(&another, ErrorCode::AnotherFile, "If-Match");

    let part = get(&[("Range", "bytes=5-"), ("If-Range", &tag)]);
    assert_eq!((part.status, &part.body[..]), (206, &whole.body[5..]));
    let part = get(&[("Range", "bytes=5-"), ("If-Range", "\"another\"")]);
    assert_eq!((part.status, &part.body), (200, &whole.body));
    // Bytes of a file that stays are not compressed on their way: their positions would be others.
    let whole_again = get(&[("Accept-Encoding", "gzip")]);
    assert_eq!(whole_again.header("content-encoding"), None);
    assert_eq!(whole_again.body, whole.body);
}

/// What curl got by HTTP/1.0, with its head. curl fails where the connection does not end with the answer.
pub(crate) fn by_http_1_0(service: &Service, path: &str) -> Answer {
    let url = url(service.port(), path);
    let output = curl(&["--http1.0", "--include", "--raw", &url]);
    assert!(output.status.success(), "{output:?}");
    Answer::parse(&output.stdout)
}

fn a_client_of_http_1_0_gets_a_small_answer_whole_and_a_large_export_not_at_all(
    database: &Database,
) {
    database.fill(PROJECT, realistic(MANY));
    let service = Service::start(database);
    let few = "start_time=2020-04-13T00:00Z&end_time=2020-04-13T01:00Z";
    for format in ["csv", "jsonl", "xlsx"] {
        let query = format!("format={format}&{few}");
        let answer = by_http_1_0(&service, &Service::export_path(&query));
        assert_eq!(answer.status, 200, "{format}");
        assert_eq!(answer.header("transfer-encoding"), None);
        assert!(answer.body == service.export(&query).body, "{format}");

        let query = format!("format={format}");
        let answer = by_http_1_0(&service, &Service::export_path(&query));
        assert_refused(&answer, ErrorCode::ProtocolTooOld, "HTTP/1.1", format);
        assert_eq!(answer.header("upgrade"), Some("HTTP/1.1"));
        assert_eq!(service.export(&query).status, 200, "{format}");
    }
    let list = format!("{}?limit=1000", Service::record_path(PROJECT));
    let answer = by_http_1_0(&service, &list);
    let json: Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(json["records"].as_array().unwrap().len(), 1000);

    let audits = format!("/v2/{PROJECT}/connections/export-audits?limit=100");
    let audits = service.get(&audits, &[("X-Auth-Token", TOKEN)]).json();
    let refused: Vec<_> = audits["audits"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|audit| audit["outcome"] == "refused")
        .collect();
    assert_eq!(refused.len(), 3, "{audits}");
    for audit in refused {
        assert_eq!(audit["error_code"], ErrorCode::ProtocolTooOld.code());
    }
}

#[test]
fn a_connection_of_http_1_0_goes_on_where_its_client_asks_for_that() {
    let database = Database::sqlite();
    let service = Service::start(&database);
    let live = url(service.port(), "/health/live");
    let format = [
        "--http1.0",
        "-o",
        "/dev/null",
        "-o",
        "/dev/null",
        "-w",
        "%{num_connects}",
    ];
    let connects = |more: &[&str]| {
        let output = curl(&[&format, more, &[&live, &live]].concat());
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    assert_eq!(connects(&[]), "11");
    assert_eq!(connects(&["--header", "Connection: keep-alive"]), "10");
}

fn an_export_is_compressed_for_those_who_accept_that(database: &Database) {
    database.fill(PROJECT, realistic(MANY));
    let service = Service::start(database);
    let few = "&start_time=2020-04-13T00:00Z&end_time=2020-04-13T01:00Z";
    for (format, range) in [("csv", ""), ("jsonl", ""), ("csv", few), ("jsonl", few)] {
        let path = Service::export_path(&format!("format={format}{range}"));
        let get = |accepted: &str| {
            let headers = [("X-Auth-Token", TOKEN), ("Accept-Encoding", accepted)];
            service.get(&path, &headers)
        };
        let plain = get("identity");
        assert_eq!(plain.header("content-encoding"), None);
        for (accepted, coding) in [("gzip, deflate", "gzip"), ("gzip, zstd", "zstd")] {
            let answer = get(accepted);
            assert_eq!(answer.header("content-encoding"), Some(coding));
            assert_eq!(answer.header("vary"), Some("accept, accept-encoding"));
            assert_eq!(answer.header("content-type"), plain.header("content-type"));
            assert!(decoded(coding, &answer.body) == plain.body, "{path}");
            let smaller = plain.body.len() / answer.body.len();
            assert!(smaller >= 2, "{path} {coding}: {smaller}");
        }
    }
    let path = Service::export_path("");
    let headers = [("X-Auth-Token", TOKEN), ("Accept-Encoding", "gzip, zstd")];
    let workbook = service.get(&path, &headers);
    assert_eq!(workbook.header("content-encoding"), None);
    assert!(workbook.body.starts_with(b"PK"));

    let csv = url(service.port(), &Service::export_path("format=csv"));
    let by_curl = curl(&["-f", "--compressed", &csv]);
    assert!(by_curl.status.success(), "{by_curl:?}");
    assert!(by_curl.stdout == service.export("format=csv").body);
}

#[test]
fn json_is_compressed_for_those_who_accept_that() {
    let database = Database::sqlite();
    database.fill(PROJECT, realistic(MANY));
    let service = Service::start(&database);
    let list = format!("{}?limit=1000", Service::record_path(PROJECT));
    for path in [&*list, "/openapi.json"] {
        let get = |accepted: &str| {
            let headers = [("X-Auth-Token", TOKEN), ("Accept-Encoding", accepted)];
            service.get(path, &headers)
        };
        let plain = get("identity");
        assert_eq!(plain.header("content-encoding"), None);
        for coding in ["gzip", "zstd"] {
            let answer = get(coding);
            assert_eq!(answer.header("content-encoding"), Some(coding), "{path}");
            assert_eq!(answer.header("vary"), Some("accept-encoding"), "{path}");
            let length = answer.body.len().to_string();
            assert_eq!(answer.header("content-length"), Some(&*length));
            assert!(decoded(coding, &answer.body) == plain.body, "{path}");
        }
    }
}

fn decoded(coding: &str, body: &[u8]) -> Vec<u8> {
    if coding == "zstd" {
        return zstd::decode_all(body).unwrap();
    }
    let mut plain = Vec::new();
    GzDecoder::new(body).read_to_end(&mut plain).unwrap();
    plain
}

#[test]
fn a_path_with_a_slash_at_its_end_is_refused_with_the_path_that_is_meant() {
    let database = Database::sqlite();
    let service = Service::start(&database);
    let path = format!("/v2/{PROJECT}/connections/desktops/export");
    let answer = service.get(&format!("{path}/?format=csv"), &[("X-Auth-Token", TOKEN)]);
    assert_refused(&answer, ErrorCode::NotFound, &path, "a slash");
}
