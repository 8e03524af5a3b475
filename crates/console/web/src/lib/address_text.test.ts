import { expect, test } from "vitest";
import { isAddressOrNetwork } from "./address_text";

test.each(["10.0.0.1", "255.255.255.255", "192.168.1.0/24", "0.0.0.0/0", "2001:db8::1", "2001:DB8::/32", "::ffff:10.0.0.1"])("%s is an address or a network", (text) => {
  expect(isAddressOrNetwork(text)).toBe(true);
});

test.each(["999.1.1.1", "10.0.0", "10.0.0.1/33", "10.0.0.1/", "10.0.0.1/8/8", "2001:db8:::1", "2001:db8::/129", "host", "10.0.0.01", "1.2.3.4:80"])("%s is none", (text) => {
  expect(isAddressOrNetwork(text)).toBe(false);
});
