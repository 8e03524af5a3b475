//! The vendor's example request against records like the vendor's, cell by cell (`contract.md` §1 and §2).

use chrono::{NaiveDateTime, TimeDelta};
use deskledger_domain::{Column, ProjectId};
use deskledger_ingest::RecordLine;
use deskledger_tests::{Cell, Database, PROJECT, Service, Sheet, on_both_databases, sheets};

on_both_databases! {
    the_vendors_example_returns_exactly_the_rows_it_should
    the_vendors_example_in_chinese_and_shanghai_time
}

/// The query of the vendor's page.
const EXAMPLE: &str = "start_time=2020-04-13T01:59Z&end_time=2020-04-30T02:20Z&user_name=jy01@local.com&computer_name=JY011";

const ENGLISH: &[&str] = &[
    "Username",
    "Computer Name",
    "Terminal IP Address",
    "Terminal OS Type",
    "Desktop IP Address",
    "Client Egress IP Address",
    "Connection Started (UTC)",
    "Connection Established (UTC)",
    "Connection Ended (UTC)",
    "Duration",
    "Reconnection",
    "Failure Cause",
    "Network Latency (ms)",
    "End-to-End Latency (ms)",
    "Terminal MAC Address",
    "Terminal Name",
    "AccessClient Version",
    "AccessAgent Version",
    "Client Source IP Address",
    "Desktop ID",
    "Desktop SID",
    "Transaction ID",
    "Enterprise Project ID",
];

const CHINESE: &[&str] = &[
    "用户名",
    "计算机名",
    "终端IP",
    "终端系统类型",
    "桌面IP",
    "客户端出口IP",
    "开始连接时间 (Asia/Shanghai)",
    "建立连接时间 (Asia/Shanghai)",
    "结束连接时间 (Asia/Shanghai)",
    "连接时长",
    "是否重连",
    "连接失败原因",
    "网络时延(ms)",
    "端到端时延(ms)",
    "终端MAC地址",
    "终端名称",
    "AccessClient版本",
    "AccessAgent版本",
    "客户端源IP",
    "桌面ID",
    "桌面SID",
    "事务ID",
    "企业项目ID",
];

fn export(database: &Database, query: &str) -> Sheet {
    let project = ProjectId::new(PROJECT).unwrap();
    let records = include_str!("../fixtures/vendor-records.ndjson")
        .lines()
        .map(|line| serde_json::from_str::<RecordLine>(line).unwrap())
        .map(|line| line.into_record(&project).unwrap().into_parts().1);
    let records = database.fill(PROJECT, records);
    // The same of another tenant, which must never show.
    database.fill(
        "another",
        records.into_iter().map(|record| record.into_parts().1),
    );

    let answer = Service::start(database).export(query);
    assert_eq!(answer.status, 200);
    let mut sheets = sheets(&answer.body);
    assert_eq!(sheets.len(), 1);
    sheets.remove(0)
}

fn text(text: &str) -> Cell {
    Cell::Text(text.to_owned())
}

fn at(time: &str) -> Cell {
    Cell::Time(NaiveDateTime::parse_from_str(time, "%Y-%m-%d %H:%M:%S").unwrap())
}

fn identifier(last: u8) -> Cell {
    text(&format!("0a1f8e04-85b4-11ea-8a0f-fa163e9b0c{last:02}"))
}

/// The four rows that the example asks for, newest first, with times moved by `zone` and these words for yes and no.
#[expect(clippy::too_many_lines, reason = "it is a table")]
fn expected(times: [[&str; 3]; 4], yes: &str, no: &str) -> Vec<Vec<Cell>> {
    use Cell::{Duration, Empty, Number};

    let at = |time: &str| if time.is_empty() { Empty } else { at(time) };
    let terminal = ["172.16.0.108", "203.0.113.17"].map(text);
    let desktop = [
        text("d1b3f6e2-2c4e-4f0f-9d0a-1f6c6f3a7b01"),
        text("S-1-5-21-1957994488-484763869-854245398-1001"),
    ];
    let client = ["00-ac-9c-c7-9a-df", "DESKTOP-EG0P3TR", "1.8.00005"].map(text);
    let row = |name: &str,
               computer: &str,
               kind: &str,
               ip: Cell,
               [start, setup, end]: [&str; 3],
               duration: Cell,
               reconnect: &str,
               cause: Cell,
               rtt: [Cell; 2],
               agent: Cell,
               last: u8| {
        let [network, end_to_end] = rtt;
        let [mac, terminal_name, version] = client.clone();
        let [desktop_id, sid] = desktop.clone();
        let [terminal_ip, public_ip] = terminal.clone();
        vec![
            text(name),
            text(computer),
            terminal_ip.clone(),
            text(kind),
            ip,
            public_ip,
            at(start),
            at(setup),
            at(end),
            duration,
            text(reconnect),
            cause,
            network,
            end_to_end,
            mac,
            terminal_name,
            version,
            agent,
            terminal_ip,
            desktop_id,
            sid,
            identifier(last),
            text("0"),
        ]
    };
    let desktop_ip = text("192.168.0.115");
    let agent = text("1.8.00005.10546");
    let mut bare = vec![Empty; Column::ALL.len()];
    bare[0] = text("jy01@local.com");
    bare[1] = text("JY011");
    for (column, time) in (6..9).zip(times[3]) {
        bare[column] = at(time);
    }
    bare[9] = Duration(TimeDelta::zero());
    bare[21] = identifier(4);
    vec![
        row(
            "jy01@local.com",
            "jy011",
            "windows 10",
            desktop_ip.clone(),
            times[0],
            Empty,
            yes,
            Empty,
            [Number(9.0), Number(41.0)],
            agent.clone(),
            3,
        ),
        // 28 hours, 30 minutes and 3 seconds: more than a day.
        row(
            "jy01@local.com",
            "JY011",
            "Windows 10 ",
            desktop_ip,
            times[1],
            Duration(TimeDelta::seconds(102_603)),
            no,
            Empty,
            [Number(12.0), Number(48.0)],
            agent,
            1,
        ),
        row(
            "JY01@LOCAL.COM",
            "JY011",
            "Windows 10 ",
            Empty,
            times[2],
            Empty,
            no,
            text("400200:The desktop is being prepared."),
            [Empty, Empty],
            Empty,
            2,
        ),
        bare,
    ]
}

fn the_vendors_example_returns_exactly_the_rows_it_should(database: &Database) {
    let sheet = export(database, EXAMPLE);
    assert_eq!(sheet.name, "Connection Records");
    assert_eq!(sheet.header, ENGLISH);
    let times = [
        ["2020-04-29 23:59:59", "2020-04-30 00:00:01", ""],
        [
            "2020-04-24 03:02:45",
            "2020-04-24 03:02:47",
            "2020-04-25 07:32:50",
        ],
        ["2020-04-24 02:58:10", "", ""],
        [
            "2020-04-13 01:59:00",
            "2020-04-13 01:59:02",
            "2020-04-13 01:59:02",
        ],
    ];
    assert_eq!(sheet.rows, expected(times, "Yes", "No"));
}

fn the_vendors_example_in_chinese_and_shanghai_time(database: &Database) {
    let sheet = export(
        database,
        &format!("{EXAMPLE}&language=zh_CN&time_zone=Asia/Shanghai"),
    );
    assert_eq!(sheet.name, "连接记录");
    assert_eq!(sheet.header, CHINESE);
    let times = [
        ["2020-04-30 07:59:59", "2020-04-30 08:00:01", ""],
        [
            "2020-04-24 11:02:45",
            "2020-04-24 11:02:47",
            "2020-04-25 15:32:50",
        ],
        ["2020-04-24 10:58:10", "", ""],
        [
            "2020-04-13 09:59:00",
            "2020-04-13 09:59:02",
            "2020-04-13 09:59:02",
        ],
    ];
    assert_eq!(sheet.rows, expected(times, "是", "否"));
}
