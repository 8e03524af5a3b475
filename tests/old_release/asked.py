"""What is asked: the parameters of the vendor's own endpoints, right and wrong, and a few of those that came before filters were one."""

from urllib.parse import quote, urlencode

from support.program import PROJECT

LIST = f"/v2/{PROJECT}/connections/desktops"
EXPORT = f"{LIST}/export"
ONLINE = f"/v2/{PROJECT}/connections/online-users"
TASKS = f"/v2/{PROJECT}/export-tasks"
START = f"/v3/{PROJECT}/desktops/connections/export"

DAYS = {"start_time": "2025-12-10T00:00Z", "end_time": "2025-12-20T00:00Z"}

# What all three take.
FILTERS = [
    {},
    {"start_time": "2025-12-10T00:00Z"},
    DAYS,
    {"start_time": "2025-12-10T08:00:30.5+08:00", "end_time": "2025-12-20T00:00:00Z"},
    {"start_time": "2025-12-10T08:00:30 08:00"},
    {"user_name": "JY01@local.com"},
    {"user_name": "nobody@local.com"},
    {"user_name": ""},
    {"computer_name": "jy011"},
    {"terminal_type": "windows 10"},
    {"terminal_type": "  Windows 11 "},
    {"terminal_type": "Windows 11", **DAYS},
    {"user_name": "%", "computer_name": "_"},
]
# Those of the list and of tasks.
MORE_FILTERS = [
    {"domain": "LOCAL.com"},
    {"domain": "corp.local", "terminal_type": "Windows 11"},
    {"enterprise_project_id": "0"},
    {"public_ip": "203.0.113.17"},
    {"public_ip": "203.0.113.017"},
    {"min_network_rtt": "10"},
    {"max_network_rtt": "10"},
    {"min_network_rtt": "5", "max_network_rtt": "50", **DAYS},
]
# Those of tasks alone.
TASK_FILTERS = [
    {"end_time": "2025-12-20T00:00Z"},
    {"terminal_type": "INDOWS"},
    {"min_e2e_rtt": "40", "max_e2e_rtt": "90"},
]
MISTAKES = [
    {"end_time": "2025-12-20T00:00Z"},
    {"start_time": "yesterday"},
    {"start_time": "2025-13-10T00:00Z"},
    {"start_time": "2025-12-20T00:00Z", "end_time": "2025-12-20T00:00Z"},
    {"user_name": "x" * 256},
    {"user_names": "jy01"},
    [("user_name", "a"), ("user_name", "b")],
]
MISTAKES_OF_LISTS = [
    {"limit": "1001"},
    {"limit": "-1"},
    {"offset": "x"},
    {"offset": "2147483648"},
    {"marker": "what"},
    {"min_network_rtt": "-1"},
    {"min_network_rtt": "9", "max_network_rtt": "8"},
    {"domain": "a@b"},
    {"language": "en_US"},
]
PAGES = [
    {"limit": "0"},
    {"limit": "1"},
    {"limit": "7", "offset": "3"},
    {"limit": "1000"},
    {"limit": "1000", "offset": "39"},
    {"offset": "1000000"},
    {"user_name": "jy01@local.com", "limit": "2"},
]
FORMS = [
    *({"language": language} for language in "en_US zh_CN es_ES fr_FR de_DE pt_BR ja_JP ar_SA".split()),
    {"time_zone": "Asia/Shanghai"},
    {"time_zone": "America/New_York", "language": "zh_CN"},
    {"format": "csv"},
    {"format": "csv", "language": "ja_JP", "time_zone": "Asia/Kathmandu"},
    {"format": "jsonl"},
    {"summary": "true", "language": "de_DE"},
]
MISTAKES_OF_FORMS = [
    {"language": "en"},
    {"time_zone": "Mars/Olympus"},
    {"format": "pdf"},
    {"summary": "maybe"},
    {"format": "csv", "summary": "true"},
    {"limit": "5"},
]
PERIODS = [
    {"start_time": "2025-12-10T00:00Z", "end_time": "2025-12-11T00:00Z"},
    DAYS,
    {**DAYS, "time_zone": "Asia/Shanghai"},
    {"start_time": "2025-11-02T04:00Z", "end_time": "2025-11-03T05:00Z", "time_zone": "America/New_York"},
    {},
    {"query_type": "YEAR"},
    {"start_time": "2025-12-10T00:00Z"},
    {"start_time": "2020-01-01T00:00Z", "end_time": "2022-01-01T00:00Z"},
]
TASK_LISTS = [
    {},
    {"status": "FAIL"},
    {"status": "DONE"},
    {"limit": "0"},
    {"limit": "100", "offset": "5"},
    {"sort_field": "create_time", "sort_type": "ASC"},
    {"sort_type": "UP"},
    {"is_download": "perhaps"},
    {"task_id": "unknown", "file_name": "x"},
]
# With a method, a body and headers of their own.
OTHERS = [
    ("HEAD", LIST, None, {}),
    ("PUT", LIST, None, {}),
    ("GET", LIST + "?%ff", None, {}),
    ("GET", LIST, None, {"X-Auth-Token": ""}),
    ("GET", LIST, None, {"X-Auth-Token": "unknown"}),
    ("GET", LIST, None, {"X-Project-Id": "another"}),
    ("GET", "/v2/another/connections/desktops", None, {}),
    ("GET", f"/v2/{'x' * 256}/connections/desktops", None, {}),
    ("GET", f"/v2/{PROJECT}/connections", None, {}),
    ("HEAD", EXPORT, None, {}),
    ("GET", EXPORT, None, {"Accept": "text/csv"}),
    ("GET", EXPORT, None, {"Accept": "application/x-ndjson;q=0.5, text/html"}),
    ("GET", EXPORT, None, {"Range": "bytes=5-"}),
    ("POST", TASKS + "/batch-delete", {"task_ids": ["unknown"]}, {}),
    ("POST", TASKS + "/batch-delete", {"task_ids": []}, {}),
    ("POST", TASKS + "/batch-delete", {"tasks": []}, {}),
    ("GET", TASKS + "/unknown/download", None, {}),
    ("POST", LIST, [{"transaction_id": "new", "connection_start_time": "2025-12-31T00:00:00Z"}], {}),
    ("POST", LIST, [{"transaction_id": "new", "network_rtt": 5}], {}),
    ("POST", LIST, [{"transaction_id": "new", "network_rtt": "5"}], {}),
    ("POST", LIST, [{"transaction": "new"}], {}),
    ("GET", LIST + "?limit=1", None, {}),
    ("POST", "/v5/decode-authorization-message", {"encoded_message": "unknown"}, {}),
    ("GET", "/v2/unknown", None, {}),
    ("GET", "/health/live", None, {}),
]


def requests():
    """Each as its method, its path with its query, its body, and its headers."""
    of_lists = [LIST, [*FILTERS, *MORE_FILTERS, *PAGES, *MISTAKES, *MISTAKES_OF_LISTS]]
    of_exports = [EXPORT, [*FILTERS, *FORMS, *MISTAKES, *MISTAKES_OF_FORMS]]
    of_csv = [EXPORT, [{**query, "format": "csv"} for query in FILTERS[1:]]]
    # An end without a start is right for tasks.
    of_tasks = [START, [*FILTERS, *MORE_FILTERS, *TASK_FILTERS, *MISTAKES[1:]]]
    for path, queries in of_lists, of_exports, of_csv, [ONLINE, PERIODS], [TASKS, TASK_LISTS], of_tasks:
        for query in queries:
            yield "GET", f"{path}?{urlencode(query, quote_via=quote)}" if query else path, None, {}
    yield from OTHERS
