import { expect, test } from "vitest";
import { dropsCredential, fitsAddress, originOf, suggestName, urlHint } from "@/screens/project/repositoryUrl";

test.each([
  ["https://github.com/acme/shop-docs.git", "shop-docs"],
  ["https://github.com/acme/shop-docs/", "shop-docs"],
  ["git@github.com:acme/shop.git", "shop"],
  ["git@host:shop", "shop"],
  ["ssh://git@host:22/srv/shop.git", "shop"],
  ["/srv/git/My%20shop", "My shop"],
  ["/srv/git/100%", "100%"],
  ["https://github.com", ""],
  ["https:", ""],
  ["git@github.com", ""],
  ["", ""],
])("a name from %s", (url, name) => {
  expect(suggestName(url)).toBe(name);
});

test.each([
  ["", null],
  ["https://github.com/acme/shop.git", null],
  [" https://github.com/acme/shop ", null],
  ["git@github.com:acme/shop.git", null],
  ["ssh://git@host:2222/srv/shop.git", null],
  ["file:///srv/shop", null],
  ["/srv/shop", null],
  ["https://github.com/acme/tree", null],
  ["https://user:secret@host/shop", "credentials"],
  ["https://token@host/shop", "credentials"],
  ["ssh://git:secret@host/shop", "credentials"],
  ["https://github.com/acme/shop/tree/main/docs", "page"],
  ["https://gitlab.com/acme/shop/-/blob/main/README.md", "page"],
  ["https://host/shop?ref=main", "query"],
  ["https://host/my shop", "spaces"],
  ["acme/shop", "form"],
  ["ftp://host/shop", "form"],
  ["C:\\shop", "form"],
])("what looks wrong with %s", (url, hint) => {
  expect(urlHint(url)).toBe(hint);
});

test("an address says by what and whom it is reached", () => {
  expect(originOf("https://Git.Example.org/a/b.git")).toEqual({ scheme: "http", host: "https://git.example.org" });
  expect(originOf("git@github.com:acme/shop.git")).toEqual({ scheme: "ssh", host: "ssh://github.com" });
  expect(originOf("ssh://git@github.com:22/acme/shop.git")).toEqual({ scheme: "ssh", host: "ssh://github.com" });
  expect(originOf("/srv/shop")).toEqual({ scheme: "file", host: "" });
  expect(originOf("githu")).toBeNull();
});

test("a credential isn't shown to another server, port or scheme", () => {
  const before = "https://github.com/acme/shop.git";
  expect(dropsCredential(before, "https://github.com:443/acme/other")).toBe(false);
  expect(dropsCredential(before, "https://github.com:8443/acme/shop.git")).toBe(true);
  expect(dropsCredential(before, "http://github.com/acme/shop.git")).toBe(true);
  expect(dropsCredential(before, "git@github.com:acme/shop.git")).toBe(true);
  expect(dropsCredential(before, "")).toBe(false);
});

test("keys open ssh addresses, tokens and passwords the others", () => {
  expect(fitsAddress("ssh_key", "git@github.com:acme/shop.git")).toBe(true);
  expect(fitsAddress("ssh_key", "https://github.com/acme/shop.git")).toBe(false);
  expect(fitsAddress("token", "https://github.com/acme/shop.git")).toBe(true);
  expect(fitsAddress("password", "ssh://git@example.org/shop.git")).toBe(false);
  expect(fitsAddress("token", "/srv/shop")).toBe(false);
  expect(fitsAddress("token", "")).toBe(true);
});
