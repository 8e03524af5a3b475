import { expect, test } from "vitest";
import { counted } from "./online_counts";

const scope = { project: "p", zone: "Asia/Shanghai", start: new Date("2026-11-19T16:00:00Z"), end: new Date("2026-11-20T16:00:00Z") };

test("an hour is a range of its day, in the zone", () => {
  expect(counted({ scope, time_counts: ["00:00 : 0", "23:00 : 12"] })).toEqual([
    { label: "00:00", users: 0, isDay: false, from: "2026-11-20T00:00", to: "2026-11-20T01:00" },
    { label: "23:00", users: 12, isDay: false, from: "2026-11-20T23:00", to: "2026-11-21" },
  ]);
});

test("a day is a range that ends before the next one", () => {
  expect(counted({ scope, time_counts: ["2026-11-30 : 5"] })).toEqual([{ label: "2026-11-30", users: 5, isDay: true, from: "2026-11-30", to: "2026-12-01" }]);
});
