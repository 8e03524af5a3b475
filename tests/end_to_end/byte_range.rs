//! Parts of answers: one reading of the header `Range` for what is made anew and for what stays.

use deskledger_tests::{Answer, Database, PROJECT, Service, TOKEN};

use crate::record::bare;
use crate::task::{ended, started};

/// What a range is answered with: where each request makes a new answer, and where the file of a task stays.
const RANGES: [(&[&str], u16, u16); 13] = [
    (&["bytes=0-"], 200, 206),
    (&["BYTES=0-"], 200, 206),
    (&["Bytes=5-9"], 400, 206),
    (&["bytes=0-99999999999999999999999"], 200, 206),
    (&["bytes=99999999999999999999999-"], 400, 416),
    (&["bytes=-99999999999999999999999"], 400, 206),
    (&["bytes=-0"], 400, 416),
    (&["bytes=+5-9"], 200, 200),
    (&["bytes=5 - 9"], 200, 200),
    (&["bytes=9-5"], 200, 200),
    (&["bytes=5-9,a"], 200, 200),
    (&["lines=5-"], 200, 200),
    (&["bytes=5-", "bytes=5-"], 200, 200),
];

fn request(service: &Service, method: &str, path: &str, ranges: &[&str]) -> Answer {
    let mut head = format!(
        "{method} {path} HTTP/1.1\r\nhost: x\r\nx-auth-token: {TOKEN}\r\nconnection: close\r\n"
    );
    for range in ranges {
        head.extend(["range: ", range, "\r\n"]);
    }
    head.push_str("\r\n");
    service.raw(head.as_bytes())
}

#[test]
fn a_range_means_the_same_to_an_export_and_to_the_file_of_a_task() {
    let database = Database::sqlite();
    database.fill(PROJECT, [bare("1", "2020-04-13T02:00Z")]);
    let service = Service::start(&database);
    let id = started(&service, "format=csv");
    ended(&service, &id);
    let export = Service::export_path("format=csv");
    let file = format!("/v2/{PROJECT}/export-tasks/{id}/download");
    let length = request(&service, "GET", &file, &[]).body.len().to_string();
    for (ranges, of_export, of_file) in RANGES {
        let answer = request(&service, "GET", &export, ranges);
        assert_eq!(answer.status, of_export, "{ranges:?} of an export");
        let answer = request(&service, "GET", &file, ranges);
        assert_eq!(answer.status, of_file, "{ranges:?} of a file");
        // To HEAD a range means nothing.
        for path in [&export, &file] {
            let answer = request(&service, "HEAD", path, ranges);
            assert_eq!(answer.status, 200, "{ranges:?} of the head of {path}");
            assert_eq!(answer.header("content-range"), None, "{path}");
        }
        let answer = request(&service, "HEAD", &file, ranges);
        assert_eq!(answer.header("content-length"), Some(&*length));
    }
}
