import { expect, test } from "vitest";
import { UnreadableTime, moment, moments, momentText, read, readable, shifted, written } from "./range";

const NOW = new Date("2026-11-28T10:44:17Z");
const iso = (text: string, zone = "UTC") => moment(text, zone, NOW)?.toISOString() ?? null;

test("an end is written in words, by an amount, as a date or as a time", () => {
  expect(iso("now")).toBe("2026-11-28T10:44:17.000Z");
  expect(iso("-7d")).toBe("2026-11-21T10:44:17.000Z");
  expect(iso("now-90m")).toBe("2026-11-28T09:14:17.000Z");
  expect(iso("yesterday", "Asia/Shanghai")).toBe("2026-11-26T16:00:00.000Z");
  expect(iso("week")).toBe("2026-11-23T00:00:00.000Z");
  expect(iso("month-1")).toBe("2026-10-01T00:00:00.000Z");
  expect(iso("2026-11-20", "Asia/Shanghai")).toBe("2026-11-19T16:00:00.000Z");
  expect(iso("2026-11-20 08:30", "Asia/Shanghai")).toBe("2026-11-20T00:30:00.000Z");
  expect(iso("2026-11-20T08:30:00+02:00")).toBe("2026-11-20T06:30:00.000Z");
  expect(iso("")).toBeNull();
});

test.each(["soon", "2026-02-30", "2026-11-20T25:00", "now-", "-7x", "2026-11-20T08:30:00+99:99"])("%s is refused by its name", (text) => {
  expect(() => moment(text, "UTC", NOW)).toThrow(UnreadableTime);
});

test("a day of the change of clocks has 23 or 25 hours", () => {
  const hours = (day: string, next: string) => {
    const { start, end } = moments({ from: day, to: next }, "Europe/Berlin", NOW);
    return ((end?.getTime() ?? 0) - (start?.getTime() ?? 0)) / 3_600_000;
  };
  expect(hours("2026-03-29", "2026-03-30")).toBe(23);
  expect(hours("2026-10-25", "2026-10-26")).toBe(25);
});

test("a range is moved by its width, and a month by a month", () => {
  const moved = (from: string, to: string, by: -1 | 1) => written(shifted({ from, to }, by, "Europe/Berlin", NOW));
  expect(moved("2026-11-20", "2026-11-21", -1)).toBe("2026-11-19..2026-11-20");
  expect(moved("2026-10-25", "2026-10-26", 1)).toBe("2026-10-26..2026-10-27");
  expect(moved("month-1", "month", -1)).toBe("2026-09-01..2026-10-01");
  expect(moved("2026-11-20T10:00", "2026-11-20T11:30", 1)).toBe("2026-11-20T11:30..2026-11-20T13:00");
  expect(moved("", "2026-11-20", 1)).toBe("..2026-11-20");
});

test("a range is read back as it was written, and nonsense is the default", () => {
  expect(read("now-7d..now")).toEqual({ from: "now-7d", to: "now" });
  expect(read("..")).toEqual({ from: "", to: "" });
  for (const nonsense of [null, "", "a", "a..b..c"]) expect(read(nonsense)).toEqual({ from: "now-7d", to: "now" });
});

test("a moment is written as short as it is exact", () => {
  expect(momentText(new Date("2026-11-19T16:00:00Z"), "Asia/Shanghai")).toBe("2026-11-20");
  expect(momentText(new Date("2026-11-20T08:30:00Z"), "UTC")).toBe("2026-11-20T08:30");
});

test("a moment in an hour that comes twice is read back as it was", () => {
  for (const time of ["2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z", "2026-10-25T02:30:00Z"]) {
    const written = momentText(new Date(time), "Europe/Berlin");
    expect(moment(written, "Europe/Berlin", NOW)?.toISOString(), written).toBe(time.replace("Z", ".000Z"));
  }
});

test("what cannot be read in an address is named, and the default stands for it", () => {
  expect(readable("-1d..now", "UTC", NOW)).toEqual({ range: { from: "-1d", to: "now" }, unreadable: null });
  expect(readable("soon..now", "UTC", NOW)).toEqual({ range: { from: "now-7d", to: "now" }, unreadable: "soon" });
  expect(readable("yesterday", "UTC", NOW)).toEqual({ range: { from: "now-7d", to: "now" }, unreadable: "yesterday" });
  expect(readable(null, "UTC", NOW).unreadable).toBeNull();
  // As in the box for a range.
  expect(readable("20 Nov 2026..21.11.2026", "UTC", NOW)).toEqual({ range: { from: "2026-11-20", to: "2026-11-21" }, unreadable: null });
  expect(readable("2026-11-20..20/11/2026", "UTC", NOW).unreadable).toBe("20/11/2026");
});
