"""What is answered otherwise than by the old release, on purpose."""

from asked import EXPORT, LIST

# HEAD is there wherever GET is, and 405 says so (contract.md §8).
HEAD = {f"HEAD {LIST}", f"HEAD {EXPORT}"}
ALLOW = {f"PUT {LIST}": "GET, HEAD, POST"}
# An export cannot be resumed (contract.md §8): it was answered whole, which a client could glue to another one.
RESUMED = {f'GET {EXPORT} {{"Range": "bytes=5-"}}': "WKS.00060400"}


def expected(name, then):
    """The answer of today, where the old release answered `then`."""
    if name in ALLOW:
        return {**then, "headers": {**then["headers"], "allow": ALLOW[name]}}
    if name in HEAD:
        return {"status": 200, "headers": {}, "body": ""}
    if name in RESUMED:
        return {"status": 400, "headers": {}, "body": {"error_code": RESUMED[name]}}
    return then
