import { expect, test } from "vitest";
import { Failure, failureOf } from "./failure";

test("an error of the service is read whole", () => {
  const body = { error_code: "APIGW.0308", error_msg: "too much", encoded_authorization_message: "sealed" };
  const failure = failureOf(new Response(null, { status: 429, headers: { "Retry-After": "7", "X-Request-Id": "r1" } }), body);
  expect(failure).toMatchObject({ status: 429, code: "APIGW.0308", message: "too much", retryAfter: 7, requestId: "r1", sealedReason: "sealed", passes: true });
});

test("what is no JSON is a failure too", () => {
  const failure = failureOf(new Response(null, { status: 502, statusText: "Bad Gateway" }), "<html>");
  expect(failure).toMatchObject({ status: 502, message: "Bad Gateway", code: "", retryAfter: null, passes: false });
});

test("the parameter that is wrong is found in the message", () => {
  const failure = new Failure(400, "WKS.00015400", "max_duration is not a whole number from 0 to 2147483647");
  expect(failure.names(["duration", "max_duration"])).toBe("max_duration");
  expect(failure.names(["sid"])).toBeNull();
});
