import { expect, test, vi } from "vitest";
import { fieldOf } from "./filter";
import type { Field } from "./filter";
import { fitting } from "./filter_fit";
import { checked, contradicts, editable, read } from "./filter_value";
import { codesOf } from "./values";

// What modules ask the browser for as they are loaded.
vi.hoisted(() => {
  const href = "http://localhost/console/";
  Object.assign(globalThis, { document: { baseURI: href }, location: { href }, addEventListener: () => {} });
});

const NOW = new Date("2026-11-29T18:00:00Z");
const ZONE = "Asia/Shanghai";

function value(parameter: string, text: string): string | undefined {
  return read(fieldOf(parameter) as Field, text, ZONE, NOW).value;
}

function refusal(parameter: string, text: string): string | undefined {
  return read(fieldOf(parameter) as Field, text, ZONE, NOW).refused;
}

test.each(["2026-11-28 10:00", "28 Nov 2026 10:00", "28.11.2026 10:00", "2026年11月28日 10:00", "2026-11-28T02:00:00Z", "2026-11-28T10:00+08:00"])(
  "a time is read as in the box for the range of time: %s",
  (text) => {
    expect(value("active_at", text)).toBe("2026-11-28T02:00:00Z");
  },
);

test("a day stands for its first moment in the zone of the page", () => {
  expect(value("active_at", "2026-11-28")).toBe("2026-11-27T16:00:00Z");
  expect(value("active_at", "yesterday")).toBe("2026-11-28T16:00:00Z");
});

test("a range of times is read as an address has it and as it is shown", () => {
  const range = "2026-11-28T02:00:00Z/2026-11-28T03:00:00Z";
  expect(value("active_at", range)).toBe(range);
  expect(value("active_at", "2026-11-28T02:00:00.000Z/2026-11-28T03:00:00.000Z")).toBe(range);
  expect(editable("active_at", range, ZONE)).toBe("2026-11-28 10:00 – 2026-11-28 11:00");
  expect(value("active_at", editable("active_at", range, ZONE))).toBe(range);
  expect(value("active_at", "2026/11/28")).toBe("2026-11-27T16:00:00Z");
  expect(refusal("active_at", "2026-11-28T03:00:00Z/2026-11-28T02:00:00Z")).toContain("after the start");
});

test("a time that is none is refused in the words of the range of time", () => {
  expect(refusal("active_at", "noon")).toContain("“noon” is not a time. Write 2026-11-20");
  expect(refusal("active_at", "28/11/2026")).toContain("Write the year first: 2026-11-28");
  expect(refusal("active_at", "2026-11-31")).toContain("November 2026 has 30 days");
});

test("lengths of time and numbers are refused with the value and with what is right", () => {
  expect(value("min_duration", "1h")).toBe("3600");
  expect(refusal("min_duration", "abc")).toContain("“abc” is not a length of time. Write 1h, 90m");
  expect(refusal("min_duration", "99999999999")).toContain("“99999999999” is too much");
  expect(refusal("min_network_rtt", "-5")).toContain("“-5” is not a number of milliseconds");
  expect(refusal("domain", "ann@local.com")).toContain("after the @: local.com");
  expect(refusal("state", "broken")).toContain("Failed, Open, Ended");
  expect(refusal("user_name", "x".repeat(256))).toContain("255");
});

test("a range whose ends contradict each other is refused, whichever end comes second", () => {
  expect(contradicts({ max_duration: "3600" }, "min_duration", "7200")).toContain("at least 2:00:00 and at most 1:00:00");
  expect(contradicts({ min_duration: "7200" }, "max_duration", "3600")).toContain("at least 2:00:00 and at most 1:00:00");
  expect(contradicts({ min_duration: "3600", max_e2e_rtt: "1" }, "max_duration", "3600")).toBeNull();
  expect(contradicts({ user_name: "ann" }, "computer_name", "a")).toBeNull();
});

test("a value is edited as it is shown", () => {
  expect(editable("min_duration", "3600", ZONE)).toBe("1:00:00");
  expect(editable("active_at", "2026-11-28T02:00:00Z", ZONE)).toBe("2026-11-28 10:00");
  expect(editable("user_name", "ann", ZONE)).toBe("ann");
});

test("an address may say values as people do, and what is refused of it keeps its text", () => {
  const { filter, mistakes } = checked({ active_at: "2026-11-28 10:00", min_duration: "2h", max_duration: "1h", terminal_ip: "999.1.1.1" }, ZONE, NOW);
  expect(filter).toEqual({ active_at: "2026-11-28T02:00:00Z", min_duration: "7200", max_duration: "3600", terminal_ip: "999.1.1.1" });
  expect(mistakes.map(({ parameter }) => parameter)).toEqual(["max_duration", "terminal_ip"]);
});

test.each([
  ["10.21.0.0/16", ["terminal_ip", "source_ip", "public_ip", "desktop_ip"]],
  ["3600", ["min_duration"]],
  ["> 3600", ["min_duration", "min_network_rtt", "min_e2e_rtt"]],
  ["<= 1h", ["max_duration", "max_network_rtt", "max_e2e_rtt"]],
  ["2h", ["min_duration", "max_duration"]],
  ["1:30:00", ["min_duration", "max_duration"]],
  ["00:1a:2b:3c:4d:5e", ["terminal_mac"]],
  ["2026-11-28 10:00", ["active_at"]],
  ["ann", []],
  ["jy01@local.com", []],
])("%s leads to the fields that it fits", (text, wanted) => {
  expect(fitting(text, ZONE, NOW).map(({ parameter }) => parameter)).toEqual(wanted);
});

test("the wordings of a code are counted together", () => {
  const counts = { "400101:timed out": 8, "400101:超时": 6, "4001": 1, "no code": 5 };
  const found = { exact: true, values: Object.entries(counts).map(([value, count]) => ({ value, count })) };
  expect(codesOf(found, "400101")).toEqual([{ code: "400101", count: 14 }]);
  expect(codesOf(found, "4001")).toEqual([{ code: "4001", count: 1 }, { code: "400101", count: 14 }]);
});
