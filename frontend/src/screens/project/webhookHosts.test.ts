import { expect, test } from "vitest";
import { reachOf, webhookSettings } from "@/screens/project/webhookHosts";

test.each([
  ["localhost", "loopback"],
  ["127.0.0.1", "loopback"],
  ["[::1]", "loopback"],
  ["192.168.1.5", "private"],
  ["172.20.0.3", "private"],
  ["nas", "private"],
  ["hub.local", "private"],
  ["172.32.0.3", "open"],
  ["hub.example.org", "open"],
] as const)("a hub at %s is reached as %s", (hostname, reach) => {
  expect(reachOf(hostname)).toBe(reach);
});

test("the place of the webhooks is known for known hosts", () => {
  expect(webhookSettings("git@github.com:acme/shop.git")).toBe("https://github.com/acme/shop/settings/hooks/new");
  expect(webhookSettings("https://gitlab.com/acme/shop.git")).toBe("https://gitlab.com/acme/shop/-/hooks");
  expect(webhookSettings("https://git.example.org/acme/shop.git")).toBeNull();
  expect(webhookSettings("/srv/shop")).toBeNull();
});
