"""What the schema of a parameter cannot say: generated data that is valid by its schema is made valid altogether. Data that is
meant to be wrong stays as it is."""

import os
import re

import media_type  # noqa: F401: it registers its types with schemathesis.
import schemathesis
import service
from schemathesis.core.parameters import ParameterLocation
from support.program import PROJECT

TIME = re.compile(r"(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})(?P<rest>.*)")


@schemathesis.hook
def before_call(context, case, **kwargs):
    headers = case.meta.components.get(ParameterLocation.HEADER)
    if headers is None or headers.mode.is_positive:
        # A signature would decide, whatever the token.
        case.headers.pop("Authorization", None)
        # The project of the token, as in the path.
        case.headers.pop("X-Project-Id", None)
    if not case.meta.generation.mode.is_positive:
        a_mistake_that_can_be_sent(case)
        return
    path, query = case.operation.path, case.query
    if path.endswith("/download"):
        case.path_parameters["task_id"] = os.environ["TASK"]
        # A part that the file has.
        if case.headers.get("Range"):
            case.headers["Range"] = "bytes=0-9"
        # A tag that is made up is that of another file.
        case.headers.pop("If-Match", None)
    if path.endswith("/desktops/{transaction_id}"):
        case.path_parameters["transaction_id"] = os.environ["TRANSACTION"]
    if path.startswith(("/v2/sign-in", "/v2/session")):
        a_page_of_the_service(case)
    if path.endswith("/{session_id}"):
        case.path_parameters["session_id"] = service.session(os.environ["SERVICE"])[1]
    if path.endswith("/access-keys"):
        # There may be one more, with roles of the user.
        service.made_key(os.environ["SERVICE"])
        if case.operation.method.upper() == "POST" and case.body.get("roles"):
            case.body = {"roles": ["te_admin"]}
    if path.endswith("/{access_key_id}"):
        case.path_parameters["access_key_id"] = service.made_key(os.environ["SERVICE"])
    if path.endswith("/export-tasks/{task_id}") or path.endswith("/export-tasks/{task_id}/export-links"):
        case.path_parameters["task_id"] = os.environ["TASK"]
    if path.endswith("/export-links/{link_id}"):
        case.path_parameters["link_id"] = service.made_link(os.environ["SERVICE"])["id"]
    if path == "/v2/exports/{secret}":
        case.path_parameters["secret"] = service.made_link(os.environ["SERVICE"])["url"].rsplit("/", 1)[1]
    if path.endswith("/batch-delete"):
        case.body = {"task_ids": [service.started_task(os.environ["SERVICE"])]}
    if path == "/v5/decode-authorization-message":
        case.body = {"encoded_message": os.environ["SEALED_MESSAGE"]}
    if case.operation.method.upper() == "POST" and path.endswith("/connections/desktops"):
        # What it says must be so.
        case.headers.pop("Content-Encoding", None)
        if isinstance(case.body, list):
            case.body = [an_event(event) for event in case.body]
    for name in "start_time", "end_time":
        if query.get(name):
            query[name] = a_day_that_exists(query[name])
    if query.get("active_at"):
        times = [a_day_that_exists(time) for time in query["active_at"].split("/")]
        # The first one is before the second one.
        query["active_at"] = "/".join("13"[at] + time[1:] for at, time in enumerate(times))
    if path.endswith("/online-users"):
        a_period(query)
    elif path.endswith("/histogram"):
        # So few minutes that any interval makes few buckets.
        query["start_time"], query["end_time"] = "2020-04-13T01:59Z", "2020-04-13T08:00Z"
    else:
        a_range_of_times(query)
    if path.endswith("/desktops"):
        a_page(query)
    a_range_of_numbers(query, "min_network_rtt", "max_network_rtt")
    a_range_of_numbers(query, "min_e2e_rtt", "max_e2e_rtt")
    a_range_of_numbers(query, "min_duration", "max_duration")
    # Other formats have none.
    if query.get("summary") == "true":
        query.pop("format", None)
    # A name of the IANA's, and not any text.
    if query.get("time_zone"):
        query["time_zone"] = "Asia/Shanghai"


def a_page_of_the_service(case):
    """Its user has signed in, and sends what such a page sends."""
    headers, _ = service.session(os.environ["SERVICE"])
    case.headers.pop("X-Auth-Token", None)
    case.headers.update(headers)
    if case.operation.path == "/v2/sign-in/token":
        case.body = {"token": service.TOKEN}
    elif case.operation.method.upper() == "PUT":
        case.body = {"project_id": PROJECT}


def a_mistake_that_can_be_sent(case):
    """An empty encoding is no encoding, and a body of NDJSON is a text whatever it was: such a mistake becomes one that is seen."""
    is_text = isinstance(case.body, (str, bytes)) or case.media_type != "application/x-ndjson"
    if case.headers.get("Content-Encoding") == "" or not is_text:
        case.headers["Content-Encoding"] = "unknown"
    # An empty value is an absent one.
    for name in "summary", "is_reconnect", "to":
        if case.query.get(name) == "":
            case.query[name] = "perhaps"


def an_event(event):
    # The project is that of the path.
    event = {name: value for name, value in event.items() if name != "tenantId"}
    for name, value in event.items():
        if name.endswith("_time") and value:
            # Years in which every offset leads to a year.
            event[name] = "2" + a_day_that_exists(value)[1:]
    return event


def a_day_that_exists(time):
    parts = TIME.fullmatch(time)
    day = min(parts["day"], "28")
    return f"{parts['year']}-{parts['month']}-{day}{parts['rest']}"


def a_range_of_times(query):
    """Ranges of the years 1000 to 1999 and 3000 to 3999 are never empty."""
    if query.get("start_time"):
        query["start_time"] = "1" + query["start_time"][1:]
    if query.get("end_time"):
        query["end_time"] = "3" + query["end_time"][1:]
        query["start_time"] = query.get("start_time") or "2020-04-13T01:59Z"


def a_period(query):
    """Where no type is given, both times are, and not too far apart."""
    if not query.get("query_type"):
        query["start_time"] = "2020-04-13T01:59Z"
        query["end_time"] = "2020-04-30T02:20Z"


def a_page(query):
    """It begins at one position, and its marker is one that the list returned."""
    if query.get("marker"):
        query["marker"] = os.environ["MARKER"]
        query.pop("offset", None)


def a_range_of_numbers(query, *bounds):
    """The least comes first, which may be 0."""
    if all(query.get(bound) not in (None, "") for bound in bounds):
        query.update(zip(bounds, sorted((query[bound] for bound in bounds), key=int)))
