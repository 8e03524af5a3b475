import { expect, test } from "vitest";
import { DoubtfulTime, canonical } from "./written_time";

test.each([
  ["2026-11-20", "2026-11-20"],
  ["  2026-11-20   8:30 ", "2026-11-20T08:30"],
  ["2026-1-5 08:30:15", "2026-01-05T08:30:15"],
  ["2026/11/20", "2026-11-20"],
  ["2026.11.20 8:30", "2026-11-20T08:30"],
  ["20.11.2026", "2026-11-20"],
  ["20. November 2026", "2026-11-20"],
  ["20 Nov 2026", "2026-11-20"],
  ["20th November 2026, 8:30", "2026-11-20T08:30"],
  ["Nov 20, 2026", "2026-11-20"],
  ["1er août 2026", "2026-08-01"],
  ["3 de março de 2026", "2026-03-03"],
  ["20 de noviembre de 2026 8:30", "2026-11-20T08:30"],
  ["3. März 2026", "2026-03-03"],
  ["2026年11月20日", "2026-11-20"],
  ["2026年11月2日 8:30", "2026-11-02T08:30"],
  ["２０２６年１１月２０日", "2026-11-20"],
  ["٢٠ نوفمبر ٢٠٢٦", "2026-11-20"],
  ["昨天", "yesterday"],
  ["今日", "today"],
  ["Gestern", "yesterday"],
  ["aujourd’hui", "today"],
  ["أمس", "yesterday"],
  ["mañana", "tomorrow"],
  ["-7d", "-7d"],
  ["now-90m", "now-90m"],
  ["2026-11-20T08:30:00+02:00", "2026-11-20t08:30:00+02:00"],
  ["noon", "noon"],
])("%s is %s", (text, wanted) => {
  expect(canonical(text)).toBe(wanted);
});

function doubt(text: string): unknown {
  try {
    return canonical(text);
  } catch (error) {
    return error instanceof DoubtfulTime ? error.doubt : error;
  }
}

test("a day and a month that may be the other way round are not guessed", () => {
  expect(doubt("20/11/2026")).toEqual({ kind: "order", instead: "2026-11-20" });
  expect(doubt("11/20/2026 8:30")).toEqual({ kind: "order", instead: "2026-11-20" });
  expect(doubt("3/4/26")).toEqual({ kind: "order", instead: "2026-04-03" });
});

test("a day that a month does not have is refused with how many it has", () => {
  expect(doubt("2026-11-31")).toMatchObject({ kind: "days", count: 30 });
  expect(doubt("29 Feb 2026")).toMatchObject({ kind: "days", count: 28 });
  expect(doubt("29.2.2028")).toBe("2028-02-29");
});
