import { expect, test } from "vitest";
import { suggestName, urlHint } from "@/screens/project/repositoryUrl";

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
