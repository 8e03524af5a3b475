import { expect, test } from "vitest";
import { moved } from "./order";

test("a name moves as far as there is room, and the others keep their order", () => {
  expect(moved(["a", "b", "c", "d"], "b", 2)).toEqual(["a", "c", "d", "b"]);
  expect(moved(["a", "b", "c"], "c", -1)).toEqual(["a", "c", "b"]);
  expect(moved(["a", "b"], "a", -1)).toEqual(["a", "b"]);
  expect(moved(["a", "b"], "b", 1)).toEqual(["a", "b"]);
  expect(moved(["a", "b"], "z", 1)).toEqual(["a", "b"]);
});
