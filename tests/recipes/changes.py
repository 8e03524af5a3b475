"""A change for each recipe of docs/ARCHITECTURE.md: the edits, then the tests that show that they are all. An edit that finds nothing to
change fails, and so does a test that needs more."""

import re
import sys

DOMAIN = "crates/domain/src"
LANGUAGES = f"{DOMAIN}/language"
SERVICE_CRATES = ("deskledger-domain", "deskledger-export", "deskledger-contract", "deskledger-api")
FIELD_CRATES = ("deskledger-store", "deskledger-ingest", "deskledger-generator", *SERVICE_CRATES)


def check(scratch):
    """Everything that the service and its tests are made of compiles."""
    scratch.run("cargo", "check", "--locked", "--workspace", "--tests")


def packages_of(names):
    return [argument for name in names for argument in ("--package", name)]


def test(scratch, *names, packages=("deskledger-domain", "deskledger-export", "deskledger-tests")):
    printed = scratch.run(
        "scripts/postgres", "run", "--", "cargo", "test", "--locked", *packages_of(packages), "--lib", "--tests", "--", *names
    )
    assert re.search(r"test result: ok\. [1-9]", printed), f"no test has a name like {names}"


def write_the_document(scratch):
    """docs/openapi.json as the code makes it."""
    scratch.add("docs/openapi.json", scratch.run("cargo", "run", "--quiet", "--locked", "--package", "deskledger", "--", "openapi"))


def test_over_http(scratch):
    """Every test against the real service that needs neither a server of a database nor Keystone."""
    scratch.run("cargo", "test", "--locked", "--package", "deskledger-tests", "--test", "end_to_end", "--", "sqlite::")


def read_back(scratch):
    """An export of records is read back in every language, against what is expected of each column."""
    scratch.run("cargo", "build", "--locked", "--workspace", "--bins")
    folder = scratch.run("sh", "-c", "echo $CARGO_TARGET_DIR/debug").strip()
    scratch.run(
        sys.executable, "tests/readers/export_check.py", "--deskledger", f"{folder}/deskledger", "--workbook-dump",
        f"{folder}/workbook-dump", "--records", "300", "--database", "sqlite", PYTHONPATH=str(scratch.folder / "tests"),
    )


def column(scratch):
    """How long the user waited for the connection, behind all other columns: no text, so that what depends on the kind is asked too."""
    file = f"{DOMAIN}/column.rs"
    scratch.replace(file, "    EnterpriseProjectId,\n}", "    EnterpriseProjectId,\n    /// How long the user waited: setup less start.\n    Wait,\n}")
    scratch.replace(file, "            EnterpriseProjectId\n        }", "            EnterpriseProjectId\n            Wait\n        }")
    scratch.replace(file, "ALL: [Self; 23]", "ALL: [Self; 24]")
    scratch.replace(file, "Self::Duration => ColumnKind", "Self::Duration | Self::Wait => ColumnKind")
    scratch.replace(file, "Self::Duration | Self::TerminalType => 20,", "Self::Duration | Self::TerminalType | Self::Wait => 20,")
    scratch.replace(
        file, "            Self::EnterpriseProjectId => text(",
        "            Self::Wait => record.connection_setup_time.map_or(Value::Missing, |setup| {\n"
        "                Value::Duration(setup - record.connection_start_time)\n            }),\n"
        "            Self::EnterpriseProjectId => text(",
    )
    for path in sorted((scratch.folder / LANGUAGES).glob("*_*.rs")):
        scratch.replace(
            f"{LANGUAGES}/{path.name}", "        Column::EnterpriseProjectId =>",
            '        Column::Wait => "Wait",\n        Column::EnterpriseProjectId =>',
        )
    vendor = "tests/end_to_end/vendor.rs"
    for last in "Enterprise Project ID", "企业项目ID":
        scratch.replace(vendor, f'    "{last}",\n', f'    "{last}",\n    "Wait",\n')
    scratch.replace(
        vendor, '            text("0"),\n        ]',
        '            text("0"),\n            if setup.is_empty() { Empty } else { Duration(TimeDelta::seconds(2)) },\n        ]',
    )
    scratch.replace(
        vendor, "    bare[21] = identifier(4);\n", "    bare[21] = identifier(4);\n    bare[23] = Duration(TimeDelta::seconds(2));\n"
    )
    last = '    ("Enterprise Project ID", "enterprise_project_id", "text"),\n'
    wait = '    ("Wait", ("connection_start_time", "connection_setup_time"), "duration"),\n'
    scratch.replace("tests/readers/expected.py", last, last + wait)
    scratch.replace(
        "docs/API.md", "| 23 | `enterprise_project_id` |", "| 24 | setup less start | Wait | Wait | duration |\n| 23 | `enterprise_project_id` |"
    )
    check(scratch)
    test(scratch, packages=SERVICE_CRATES)
    test_over_http(scratch)
    scratch.run(sys.executable, "-m", "unittest", "discover", "--start-directory", "tests/readers", PYTHONPATH="tests")
    read_back(scratch)


def field(scratch):
    """A text that says what kind of session it was."""
    scratch.replace(
        f"{DOMAIN}/record/fields.rs", '            desktop_id: Text,', '            session_type: Text, "shared", "What kind of session it was.";\n'
        '            desktop_id: Text,',
    )
    for database, kind in ("postgres", 'text COLLATE "C"'), ("sqlite", "TEXT"):
        folder = f"migrations/{database}/2099-01-01-000010_add_session_type"
        tables = "connection_records", "incomplete_records"
        scratch.add(f"{folder}/up.sql", "".join(f"ALTER TABLE {table} ADD COLUMN session_type {kind};\n" for table in tables))
        scratch.add(f"{folder}/down.sql", "".join(f"ALTER TABLE {table} DROP COLUMN session_type;\n" for table in tables))
    scratch.replace(
        "crates/generator/src/connection.rs", "        desktop_id: Some(seat.desktop_id.clone()),\n",
        '        desktop_id: Some(seat.desktop_id.clone()),\n        session_type: Some("assigned".to_owned()),\n',
    )
    scratch.replace("docs/API.md", "`enterprise_project_id`, `desktop_id` | text", "`enterprise_project_id`, `session_type`, `desktop_id` | text")
    scratch.replace("docs/API.md", '      "desktop_id": ', '      "session_type": "shared",\n      "desktop_id": ')
    check(scratch)
    write_the_document(scratch)
    # The first run takes over what the code says, and fails; the next one compares.
    bless = {"DESKLEDGER_BLESS": "1", "INSTA_UPDATE": "always", "INSTA_FORCE_PASS": "1"}
    scratch.run(
        "cargo", "test", "--locked", *packages_of(FIELD_CRATES), "--lib", "--no-fail-fast", "--", "same_seed", "the_generated_sql",
        may_fail=True, **bless,
    )
    test(scratch, packages=FIELD_CRATES)
    test_over_http(scratch)


def format_(scratch):
    """JSON text sequences (RFC 7464): a separator before each line of JSON."""
    scratch.replace(
        f"{DOMAIN}/format.rs", "}\n\n/// What is known of one format.",
        "    /// JSON text sequences.\n"
        "    JsonSequence: Facts {\n"
        '        endings: &["jsonsq"],\n'
        '        content_type: "application/json-seq",\n'
        '        media_types: &["application/json-seq"],\n'
        "        is_compressed: false,\n    },\n}\n\n/// What is known of one format.",
    )
    lines = scratch.read("crates/export/src/json_lines.rs")
    lines = lines.replace("Records, or audits, as JSON, one a line", "Records, or audits, as a JSON text sequence").replace("JsonLines", "JsonSequence")
    scratch.add("crates/export/src/json_sequence.rs", lines.replace("self.line.clear();", "self.line.clear();\n        self.line.push(0x1e);"))
    scratch.replace("crates/export/src/lib.rs", "mod json_lines;", "mod json_lines;\nmod json_sequence;")
    for file in "records", "audits":
        path = f"crates/export/src/{file}.rs"
        scratch.replace(path, "use crate::json_lines::JsonLines;", "use crate::json_lines::JsonLines;\nuse crate::json_sequence::JsonSequence;")
    scratch.replace(
        "crates/export/src/records.rs", "        ExportFormat::JsonLines =>",
        "        ExportFormat::JsonSequence => write(JsonSequence::begin(sink), read, on_record),\n        ExportFormat::JsonLines =>",
    )
    scratch.replace(
        "crates/export/src/audits.rs", "        ExportFormat::JsonLines => {",
        "        ExportFormat::JsonSequence => {\n            let mut lines = JsonSequence::begin(sink);\n"
        "            read_all(read, |audit| lines.line(&AuditLine::from(audit)))?;\n            Ok(lines.finish()?.0)\n        }\n"
        "        ExportFormat::JsonLines => {",
    )
    scratch.replace(
        "tests/end_to_end/reader.rs", "        ExportFormat::JsonLines => json_rows(file)",
        "        ExportFormat::JsonSequence => {\n"
        "            let lines = std::str::from_utf8(file).unwrap().replace('\\u{1e}', \"\");\n"
        "            rows(ExportFormat::JsonLines, lines.as_bytes(), language, time_zone)\n        }\n"
        "        ExportFormat::JsonLines => json_rows(file)",
    )
    scratch.replace("docs/API.md", "| `jsonl` | `application/x-ndjson`", "| `jsonsq` | `application/json-seq` | JSON Lines, each after U+001E |\n| `jsonl` | `application/x-ndjson`")
    check(scratch)
    write_the_document(scratch)
    test(scratch, packages=SERVICE_CRATES)
    test_over_http(scratch)


def endpoint(scratch):
    """Who the caller is."""
    scratch.add(
        "crates/api/src/endpoint/caller_name.rs",
        "use actix_web::web::Json;\nuse deskledger_domain::Action;\nuse serde::Serialize;\nuse utoipa::ToSchema;\n\n"
        "use super::caller::Authorized;\nuse super::route::{Endpoint, Protected};\n"
        "use crate::error::ApiError;\nuse crate::http::no_store::NoStore;\n\n"
        "/// Who the caller is.\n#[derive(Serialize, ToSchema)]\npub(super) struct CallerName {\n"
        "    /// The user.\n    user: String,\n}\n\n"
        "/// The name of the caller.\npub(super) struct ShowCallerName;\n\nimpl Endpoint for ShowCallerName {}\n\n"
        "impl Protected for ShowCallerName {\n    const ACTION: Action = Action::ListConnections;\n}\n\n"
        "/// Says who the caller is.\n#[utoipa::path(\n    get,\n    path = \"/v2/{project_id}/connections/caller\",\n"
        '    operation_id = "ShowCallerName",\n    tag = "Connections",\n    impl_for = ShowCallerName,\n'
        '    responses((status = 200, description = "The caller.", body = CallerName)),\n)]\n'
        "pub(super) async fn show_caller_name(\n    authorized: Authorized<ShowCallerName>,\n"
        ") -> Result<NoStore<Json<CallerName>>, ApiError> {\n"
        "    let user = authorized.caller.principal.user().to_owned();\n    Ok(NoStore(Json(CallerName { user })))\n}\n",
    )
    table = "crates/api/src/endpoint/mod.rs"
    scratch.replace(table, "mod caller;\n", "mod caller;\nmod caller_name;\n")
    scratch.replace(table, "        endpoint(health::live),", "        endpoint(caller_name::show_caller_name),\n        endpoint(health::live),")
    scratch.replace("docs/API.md", "\n## List\n", "\n## Caller\n\n    GET /v2/{project_id}/connections/caller\n\nSays who the caller is.\n\n## List\n")
    check(scratch)
    write_the_document(scratch)
    test(scratch, packages=SERVICE_CRATES)
    test_over_http(scratch)


def language(scratch):
    """Italian, in English words but for its names."""
    words = scratch.read(f"{LANGUAGES}/en_us.rs").replace('"en_US"', '"it_IT"').replace('yes: "Yes"', 'yes: "Sì"')
    scratch.add(f"{LANGUAGES}/it_it.rs", words.replace("English, as in the United States", "Italian, as in Italy"))
    scratch.replace(f"{LANGUAGES}/mod.rs", "mod ja_jp;", "mod it_it;\nmod ja_jp;")
    scratch.replace(f"{LANGUAGES}/mod.rs", "    ArSa: ar_sa,\n", "    ArSa: ar_sa,\n    /// Italian.\n    ItIt: it_it,\n")
    scratch.replace(
        "tests/readers/language.py", '    "ar_SA": (',
        '    "it_IT": ("Connection Records", "Username", "Sì", "No", False, "Summary", "Records in all"),\n    "ar_SA": (',
    )
    scratch.replace("docs/API.md", "| `ar_SA` **[ours]** |", "| `it_IT` **[ours]** | Italian | Connection Records | Sì, No |\n| `ar_SA` **[ours]** |")
    console = "crates/console/web/src"
    scratch.add(f"{console}/messages/it_IT.ts", scratch.read(f"{console}/messages/de_DE.ts"))
    scratch.replace(f"{console}/lib/text.svelte.ts", '  ar_SA: "', '  it_IT: "Italiano",\n  ar_SA: "')
    check(scratch)
    write_the_document(scratch)
    test(scratch, "the_page_speaks_every_language", packages=("deskledger-console",))
    test(
        scratch, "language", "summary::sqlite", "each_mistake", "the_document",
        packages=("deskledger-domain", "deskledger-export", "deskledger-api", "deskledger-tests"),
    )
    read_back(scratch)


def setting(scratch):
    """A number of the section [server]."""
    scratch.replace("config/default.toml", "explorer = true\n", "explorer = true\n# How many recipes there are.\nrecipes = 4\n")
    scratch.replace(
        "crates/settings/src/section.rs", "    pub explorer: bool,\n", "    pub explorer: bool,\n    /// How many recipes there are.\n    pub recipes: u32,\n"
    )
    scratch.replace("crates/settings/src/kind.rs", '        "server.workers" => 0..=512,', '        "server.workers" => 0..=512,\n        "server.recipes" => 1..=9,')
    scratch.replace(
        "docs/OPERATIONS.md", "| `database.url` |", "| `server.recipes` | `4` | How many recipes there are. At least 1. |\n| `database.url` |"
    )
    check(scratch)
    test(scratch, packages=("deskledger-settings",))


def error_code(scratch):
    """A code of its own for the limit of a list of tasks."""
    scratch.replace(
        "crates/contract/src/error/mod.rs", "    /// A range of numbers is empty.\n",
        "    /// A limit of a list of tasks is not allowed.\n"
        '    InvalidTaskLimit: BAD_REQUEST "WKS.00099400" {\n'
        '        "The limit is not allowed." "Give a number from 1 to 100."\n'
        '        "limit无效。" "请提供1到100的整数。"\n'
        "    }\n    /// A range of numbers is empty.\n",
    )
    scratch.replace(
        "crates/api/src/error/convert/mod.rs", "InvalidFilter::Number { .. } | InvalidFilter::TaskLimit { .. } => {",
        "InvalidFilter::TaskLimit { .. } => ErrorCode::InvalidTaskLimit,\n            InvalidFilter::Number { .. } => {",
    )
    scratch.replace("crates/api/src/endpoint/task/list.rs", "&[ErrorCode::InvalidNumber,", "&[ErrorCode::InvalidTaskLimit, ErrorCode::InvalidNumber,")
    scratch.replace(
        "tests/end_to_end/error_code.rs", "            Code::InvalidNumber =>",
        '            Code::InvalidTaskLimit => get(&format!("/v2/{PROJECT}/export-tasks?limit=0")),\n            Code::InvalidNumber =>',
    )
    check(scratch)
    scratch.run("cargo", "test", "--locked", "--package", "deskledger-contract", "--lib", "error::document", DESKLEDGER_BLESS="1")
    write_the_document(scratch)
    test(scratch, "error::", "openapi", "document", packages=("deskledger-contract", "deskledger-api"))
    scratch.run(
        "scripts/keystone", "run", "--", "cargo", "test", "--locked", "--package", "deskledger-tests", "--test", "end_to_end", "every_code_is_provoked",
    )


RECIPES = {
    "column": column, "field": field, "format": format_, "endpoint": endpoint, "language": language, "setting": setting, "error-code": error_code,
}
