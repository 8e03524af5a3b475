//! The filters of a task, which are more than those of an export, and the forms of its file.

use deskledger_domain::RecordFields;
use deskledger_tests::on_both_databases;

use super::*;
use crate::record::bare;

on_both_databases! {
    a_task_knows_more_filters_than_an_export
    a_file_has_the_form_that_was_asked_for
}

fn records() -> Vec<RecordFields> {
    let one = RecordFields {
        user_name: Some("jy01@Local.com".to_owned()),
        terminal_type: Some("Windows 10 Pro ".to_owned()),
        public_ip: Some("198.51.100.7".to_owned()),
        enterprise_project_id: Some("0".to_owned()),
        network_rtt: Some(10),
        e2e_rtt: Some(20),
        ..bare("one", "2020-04-13T02:00:01Z")
    };
    let two = RecordFields {
        user_name: Some("jy02@other.com".to_owned()),
        terminal_type: Some("WINDOWS 11".to_owned()),
        network_rtt: Some(30),
        e2e_rtt: Some(40),
        ..bare("two", "2020-04-13T02:00:02Z")
    };
    let three = RecordFields {
        terminal_type: Some("Li%nux_".to_owned()),
        ..bare("three", "2020-04-13T02:00:03Z")
    };
    vec![one, two, three]
}

fn a_task_knows_more_filters_than_an_export(database: &Database) {
    database.fill(PROJECT, records());
    let service = Service::start_with(database, |settings| settings.tasks.poll_seconds = 1);
    for (query, expected) in [
        ("", vec!["three", "two", "one"]),
        ("terminal_type=windows", vec!["two", "one"]),
        ("terminal_type=%20DOWS%201%20", vec!["two", "one"]),
        ("terminal_type=10+pro", vec!["one"]),
        ("terminal_type=%25", vec!["three"]),
        ("terminal_type=_", vec!["three"]),
        ("terminal_type=mac", vec![]),
        ("end_time=2020-04-13T02:00:02Z", vec!["one"]),
        ("start_time=2020-04-13T02:00:02Z", vec!["three", "two"]),
        (
            "start_time=2020-04-13T02:00:02Z&end_time=2020-04-13T02:00:03Z",
            vec!["two"],
        ),
        ("min_e2e_rtt=21", vec!["two"]),
        ("min_e2e_rtt=20&max_e2e_rtt=39", vec!["one"]),
        ("max_network_rtt=10", vec!["one"]),
        ("min_network_rtt=11", vec!["two"]),
        ("domain=LOCAL.com", vec!["one"]),
        ("public_ip=198.51.100.7", vec!["one"]),
        (
            "enterprise_project_id=0&user_name=JY01%40local.com",
            vec!["one"],
        ),
    ] {
        let id = started(&service, &format!("{query}&format=jsonl"));
        let task = ended(&service, &id);
        assert_eq!(task["status"], "SUCCESS", "{query}: {task}");
        let file = download(&service, &id, &[]);
        let lines = String::from_utf8(file.body).unwrap();
        let found: Vec<_> = lines
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap())
            .map(|record| record["transaction_id"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(found, expected, "{query}");
    }
    for query in [
        "min_e2e_rtt=5&max_e2e_rtt=4",
        "min_e2e_rtt=-1",
        "domain=a%40b",
        "format=xls",
    ] {
        assert_eq!(start(&service, query).status, 400, "{query}");
    }
}

fn a_file_has_the_form_that_was_asked_for(database: &Database) {
    database.fill(PROJECT, records());
    let service = Service::start(database);
    for format in ["csv", "jsonl"] {
        let query = format!("format={format}&language=zh_CN&time_zone=Asia/Shanghai");
        let id = started(&service, &query);
        let task = ended(&service, &id);
        assert!(
            task["file_name"]
                .as_str()
                .unwrap()
                .ends_with(&format!(".{format}")),
            "{task}"
        );
        let file = download(&service, &id, &[]);
        let export = service.export(&query);
        assert!(file.body == export.body, "{format}");
        for header in ["content-type", "content-disposition"] {
            assert_eq!(file.header(header), export.header(header), "{format}");
        }
    }
}
