import { expect, test } from "vitest";
import { counted, earliest, fromFirst } from "./online_counts";

const scope = (zone: string, start: string, end: string) => ({ project: "p", zone, start: new Date(start), end: new Date(end) });
const times = (counts: ReturnType<typeof counted>) => counts.map(({ label, from, to }) => [label, from.toISOString().slice(5, 16), to.toISOString().slice(5, 16)]);
const parts = (counts: ReturnType<typeof counted>) => counts.map(({ startsLater, endsEarlier }) => [startsLater, endsEarlier]);

test("hours follow one another, and those at the ends are parts of an hour", () => {
  const counts = counted({ scope: scope("Asia/Shanghai", "2026-11-20T02:20:00Z", "2026-11-20T04:10:00Z"), time_counts: ["10:00 : 0", "11:00 : 12", "12:00 : 3"] });
  expect(times(counts)).toEqual([["10:00", "11-20T02:20", "11-20T03:00"], ["11:00", "11-20T03:00", "11-20T04:00"], ["12:00", "11-20T04:00", "11-20T04:10"]]);
  expect(parts(counts)).toEqual([[true, false], [false, false], [false, true]]);
  expect(fromFirst(counts).map(({ label }) => label)).toEqual(["11:00", "12:00"]);
});

test("an hour that comes twice as clocks go back is two hours", () => {
  const counts = counted({ scope: scope("Europe/Berlin", "2026-10-24T23:00:00Z", "2026-10-25T02:00:00Z"), time_counts: ["01:00 : 1", "02:00 : 2", "02:00 : 3"] });
  expect(times(counts)).toEqual([["01:00", "10-24T23:00", "10-25T00:00"], ["02:00", "10-25T00:00", "10-25T01:00"], ["02:00", "10-25T01:00", "10-25T02:00"]]);
  expect(parts(counts).flat()).not.toContain(true);
});

test("an hour is one of the zone's clock, also where that is half an hour off", () => {
  const counts = counted({ scope: scope("Asia/Kolkata", "2026-11-19T18:30:00Z", "2026-11-19T19:30:00Z"), time_counts: ["00:00 : 1"] });
  expect(times(counts)).toEqual([["00:00", "11-19T18:30", "11-19T19:30"]]);
});

test("days are those of the zone, however long they are", () => {
  const counts = counted({ scope: scope("Europe/Berlin", "2026-10-24T16:00:00Z", "2026-10-26T12:00:00Z"), time_counts: ["2026-10-24 : 5", "2026-10-25 : 6", "2026-10-26 : 7"] });
  expect(times(counts)).toEqual([["2026-10-24", "10-24T16:00", "10-24T22:00"], ["2026-10-25", "10-24T22:00", "10-25T23:00"], ["2026-10-26", "10-25T23:00", "10-26T12:00"]]);
  expect(parts(counts)).toEqual([[true, false], [false, false], [false, true]]);
});

test("366 days are counted at once", () => {
  expect(earliest(new Date("2027-01-01T00:00:00Z"), "UTC").toISOString()).toBe("2025-12-31T00:00:00.000Z");
});
