"""Requests that an access key signs, as the vendor's SDKs do (docs/API.md, Signed requests)."""

import datetime
import hashlib
import hmac
from urllib.parse import parse_qsl, quote, urlsplit


def signed(key, secret, method, path, body=b""):
    """The headers that sign a request with a path, which may have a query."""
    date = datetime.datetime.now(datetime.UTC).strftime("%Y%m%dT%H%M%SZ")
    parts = urlsplit(path)
    encoded = "/".join(quote(segment, safe="-_.~") for segment in parts.path.split("/")) + "/"
    pairs = sorted((quote(name, safe="-_.~"), quote(value, safe="-_.~")) for name, value in parse_qsl(parts.query, keep_blank_values=True))
    query = "&".join(f"{name}={value}" for name, value in pairs)
    canonical = "\n".join([method, encoded, query, f"x-sdk-date:{date}", "", "x-sdk-date", hashlib.sha256(body).hexdigest()])
    text = f"SDK-HMAC-SHA256\n{date}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    signature = hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()
    return {"X-Sdk-Date": date, "Authorization": f"SDK-HMAC-SHA256 Access={key}, SignedHeaders=x-sdk-date, Signature={signature}"}
