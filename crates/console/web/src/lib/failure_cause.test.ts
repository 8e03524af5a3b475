import { expect, test } from "vitest";
import { failureCause } from "./failure_cause";

test("the code of the vendor is set apart from the words", () => {
  expect(failureCause("400200:The desktop is being prepared.")).toEqual({ code: "400200", words: "The desktop is being prepared." });
  expect(failureCause("400200")).toEqual({ code: "400200", words: "400200" });
  expect(failureCause("timed out: 5 s")).toEqual({ code: null, words: "timed out: 5 s" });
});
