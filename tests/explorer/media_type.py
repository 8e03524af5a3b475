"""How bodies of types that schemathesis does not know by itself are sent."""

import schemathesis


@schemathesis.serializer("application/x-ndjson")
def ndjson(context, value):
    return value if isinstance(value, bytes) else str(value).encode("utf-8", errors="replace")
