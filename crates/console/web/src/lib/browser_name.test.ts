import { expect, test } from "vitest";
import { browserName } from "./browser_name";

test("a browser is named by what it is, and not by what it claims to be too", () => {
  const like = "(KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36";
  expect(browserName(`Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 ${like} Edg/130.0.0.0`)).toBe("Edge · Windows");
  expect(browserName(`Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 ${like}`)).toBe("Chrome · Linux");
  expect(browserName(`Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 ${like}`)).toBe("Chrome · Android");
  expect(browserName("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")).toBe("Firefox · Linux");
  expect(browserName("Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15")).toBe("Safari · macOS");
});

test("what is no browser stands as it was sent", () => {
  expect(browserName("deskledger/1.0")).toBe("deskledger/1.0");
});
