import { expect, test } from "vitest";
import { wholeMilliseconds, wholeSeconds } from "./written_number";

test.each([
  ["3600", 3600],
  ["3,600", 3600],
  ["1h", 3600],
  ["90m", 5400],
  ["90 min", 5400],
  ["1h30m", 5400],
  ["1 h 30 min", 5400],
  ["1.5h", 5400],
  ["1,5 Std.", 5400],
  ["1:30:00", 5400],
  ["1:30", 5400],
  ["2 小时", 7200],
  ["１時間３０分", 5400],
  ["2 heures", 7200],
  ["1 día", 86_400],
  ["٢ ساعة", 7200],
  ["abc", null],
  ["1x", null],
  ["-5", null],
  ["1:75", null],
  ["", null],
])("%s is %s seconds", (text, wanted) => {
  expect(wholeSeconds(text)).toBe(wanted);
});

test.each([
  ["150", 150],
  ["150 ms", 150],
  ["0.5 s", 500],
  ["1:30", null],
  ["fast", null],
])("%s is %s milliseconds", (text, wanted) => {
  expect(wholeMilliseconds(text)).toBe(wanted);
});
