import { expect, test } from "vitest";
import { addressMistakes } from "./address_mistakes";

function refused(query: string): (string | undefined)[] {
  return addressMistakes(new URLSearchParams(query)).map(({ removes }) => removes);
}

test("an address of names that are known, each of them once, has no mistake", () => {
  expect(refused("t=now-7d..now&tz=Europe%2FBerlin&row=5&user=ann&state=failed&terminal_ip=10.0.0.0%2F8")).toEqual([]);
});

test("a name that is unknown or there twice, and a zone that is none, are refused by name", () => {
  expect(refused("usr=foo&user=ann&user=ben&tz=Mars%2FBase")).toEqual(["usr", "user", "tz"]);
  // The name of the API is not that of an address.
  expect(addressMistakes(new URLSearchParams("user_name=ann"))[0]?.text).toContain("user_name");
});
