use super::*;

const IDLE: Running = Running {
    exports: 0,
    recordings: 0,
};

#[track_caller]
fn assert_reported(text: &str, line: &str) {
    assert!(
        text.lines().any(|found| found == line),
        "no {line} in\n{text}"
    );
}

#[test]
fn requests_are_counted_by_what_the_service_has_and_not_by_what_clients_make_up() {
    let metrics = Metrics::new();
    let took = Duration::from_millis(20);
    let endpoint = "/v2/{project_id}/connections/desktops";
    metrics.count_request("GET", Some(endpoint.to_owned()), 200, took);
    metrics.count_request("GET", Some(endpoint.to_owned()), 200, took);
    metrics.count_request("FROBNICATE", None, 404, took);
    let text = metrics.text(IDLE).unwrap();
    for line in [
        r#"deskledger_http_requests_total{method="GET",endpoint="/v2/{project_id}/connections/desktops",status="200"} 2"#,
        r#"deskledger_http_requests_total{method="other",endpoint="other",status="404"} 1"#,
        r#"deskledger_http_request_duration_seconds_bucket{le="0.01",endpoint="other"} 0"#,
        r#"deskledger_http_request_duration_seconds_bucket{le="0.025",endpoint="other"} 1"#,
    ] {
        assert_reported(&text, line);
    }
}

#[test]
fn exports_are_counted_with_what_they_wrote_and_refused_ones_have_no_duration() {
    let metrics = Metrics::new();
    let progress = ExportProgress {
        rows: 1_000,
        bytes: 230_000,
        duration: Duration::from_secs(2),
    };
    metrics.count_export(&ExportOutcome::Done, progress);
    metrics.count_export(&ExportOutcome::ClientLeft, progress);
    let refused = ExportOutcome::Refused {
        error_code: "APIGW.0308".to_owned(),
        reason: String::new(),
    };
    metrics.count_export(&refused, ExportProgress::default());
    let text = metrics.text(Running { exports: 3, ..IDLE }).unwrap();
    for line in [
        r#"deskledger_exports_total{outcome="done"} 1"#,
        r#"deskledger_exports_total{outcome="client_left"} 1"#,
        r#"deskledger_exports_total{outcome="refused"} 1"#,
        "deskledger_export_records_total 2000",
        "deskledger_export_bytes_total 460000",
        "deskledger_export_duration_seconds_count 2",
        "deskledger_export_duration_seconds_sum 4.0",
        "deskledger_exports_running 3",
    ] {
        assert_reported(&text, line);
    }
}

#[test]
fn recordings_are_counted_with_what_became_of_their_records() {
    let metrics = Metrics::new();
    let records = RecordedCounts {
        inserted: 7,
        updated: 2,
        refused: 1,
    };
    metrics.count_recording("done", records, Duration::from_millis(3));
    metrics.count_recording("client_slow", RecordedCounts::default(), Duration::ZERO);
    let text = metrics.text(IDLE).unwrap();
    for line in [
        r#"deskledger_recordings_total{outcome="done"} 1"#,
        r#"deskledger_recordings_total{outcome="client_slow"} 1"#,
        r#"deskledger_recording_records_total{result="inserted"} 7"#,
        r#"deskledger_recording_records_total{result="updated"} 2"#,
        r#"deskledger_recording_records_total{result="refused"} 1"#,
        "deskledger_recording_duration_seconds_count 2",
    ] {
        assert_reported(&text, line);
    }
}

#[test]
fn the_text_says_the_version_and_the_commit_and_ends_as_openmetrics_asks() {
    let text = Metrics::new().text(IDLE).unwrap();
    assert_reported(
        &text,
        &format!("deskledger_build_info{{version=\"{VERSION}\",commit=\"{COMMIT}\"}} 1"),
    );
    assert!(text.ends_with("# EOF\n"));
}
