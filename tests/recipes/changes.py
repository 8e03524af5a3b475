"""A change for each recipe of docs/ARCHITECTURE.md: the edits, then the tests that show that they are all. An edit that finds nothing to
change fails, and so does a test that needs more."""

import re
import sys

DOMAIN = "crates/domain/src"
LANGUAGES = f"{DOMAIN}/language"


def check(scratch):
    """Everything that the service and its tests are made of compiles."""
    scratch.run("cargo", "check", "--locked", "--workspace", "--tests")


def test(scratch, *names, packages=("deskledger-domain", "deskledger-export", "deskledger-tests")):
    chosen = [argument for package in packages for argument in ("--package", package)]
    printed = scratch.run("scripts/postgres", "run", "--", "cargo", "test", "--locked", *chosen, "--lib", "--tests", "--", *names)
    assert re.search(r"test result: ok\. [1-9]", printed), f"no test has a name like {names}"


def write_the_document(scratch):
    """docs/openapi.json as the code makes it."""
    scratch.add("docs/openapi.json", scratch.run("cargo", "run", "--quiet", "--locked", "--package", "deskledger", "--", "openapi"))


def read_back(scratch):
    """An export of records is read back in every language, against what is expected of each column."""
    scratch.run("cargo", "build", "--locked", "--workspace", "--bins")
    folder = scratch.run("sh", "-c", "echo $CARGO_TARGET_DIR/debug").strip()
    scratch.run(
        sys.executable, "tests/readers/export_check.py", "--deskledger", f"{folder}/deskledger", "--workbook-dump",
        f"{folder}/workbook-dump", "--records", "300", "--database", "sqlite", PYTHONPATH=str(scratch.folder / "tests"),
    )


def column(scratch):
    """The name of the computer once more, behind all other columns."""
    file = f"{DOMAIN}/column.rs"
    scratch.replace(file, "    EnterpriseProjectId,\n}", "    EnterpriseProjectId,\n    /// The computer once more.\n    Machine,\n}")
    scratch.replace(file, "            EnterpriseProjectId\n        }", "            EnterpriseProjectId\n            Machine\n        }")
    scratch.replace(file, "ALL: [Self; 23]", "ALL: [Self; 24]")
    scratch.replace(file, "| Self::EnterpriseProjectId => ColumnKind", "| Self::EnterpriseProjectId\n            | Self::Machine => ColumnKind")
    scratch.replace(file, "Self::UserName => 30,", "Self::UserName | Self::Machine => 30,")
    scratch.replace(
        file, "            Self::EnterpriseProjectId => text(",
        "            Self::Machine => text(record.computer_name),\n            Self::EnterpriseProjectId => text(",
    )
    for path in sorted((scratch.folder / LANGUAGES).glob("*_*.rs")):
        scratch.replace(
            f"{LANGUAGES}/{path.name}", "        Column::EnterpriseProjectId =>",
            '        Column::Machine => "Machine",\n        Column::EnterpriseProjectId =>',
        )
    vendor = "tests/end_to_end/vendor.rs"
    for constant, last in ("ENGLISH", "Enterprise Project ID"), ("CHINESE", "企业项目ID"):
        scratch.replace(vendor, f"{constant}: [&str; 23]", f"{constant}: [&str; 24]")
        scratch.replace(vendor, f'    "{last}",\n', f'    "{last}",\n    "Machine",\n')
    scratch.replace(vendor, '            text("0"),\n        ]', '            text("0"),\n            text(computer),\n        ]')
    scratch.replace(vendor, "vec![Empty; 23]", "vec![Empty; 24]")
    scratch.replace(vendor, "    bare[21] = identifier(4);\n", '    bare[21] = identifier(4);\n    bare[23] = text("JY011");\n')
    expected = "tests/readers/expected.py"
    scratch.replace(
        expected, '    ("Enterprise Project ID", "enterprise_project_id", "text"),\n',
        '    ("Enterprise Project ID", "enterprise_project_id", "text"),\n    ("Machine", "computer_name", "text"),\n',
    )
    readers = "tests/readers/test_readers.py"
    scratch.replace(readers, "there_are_23_columns", "there_are_24_columns")
    scratch.replace(readers, "len(header), 23)", "len(header), 24)")
    scratch.replace(
        "docs/API.md", "| 23 | `enterprise_project_id` |", "| 24 | `computer_name` | Machine | Machine | text |\n| 23 | `enterprise_project_id` |"
    )
    check(scratch)
    test(scratch, "column", "language::", "vendor::sqlite", "no_word_is_empty")
    scratch.run(sys.executable, "-m", "unittest", "discover", "--start-directory", "tests/readers", PYTHONPATH="tests")
    read_back(scratch)


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
    check(scratch)
    write_the_document(scratch)
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


RECIPES = {"column": column, "language": language, "setting": setting, "error-code": error_code}
