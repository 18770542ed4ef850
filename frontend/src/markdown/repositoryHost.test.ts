import { expect, test } from "vitest";
import { commitPage, filePage, repositoryPage } from "@/markdown/repositoryHost";

test.each([
  ["https://github.com/o/r.git", "https://github.com/o/r/blob/abc/docs/a%20b.md#L3-L5"],
  ["git@github.com:o/r.git", "https://github.com/o/r/blob/abc/docs/a%20b.md#L3-L5"],
  ["ssh://git@ssh.github.com:443/o/r.git", "https://github.com/o/r/blob/abc/docs/a%20b.md#L3-L5"],
  ["https://user:secret@github.com/o/r", "https://github.com/o/r/blob/abc/docs/a%20b.md#L3-L5"],
  ["https://gitlab.com/g/sub/r.git", "https://gitlab.com/g/sub/r/-/blob/abc/docs/a%20b.md#L3-5"],
  ["ssh://git@gitlab.example.org:2222/g/r.git", "https://gitlab.example.org/g/r/-/blob/abc/docs/a%20b.md#L3-5"],
  ["git@bitbucket.org:o/r.git", "https://bitbucket.org/o/r/src/abc/docs/a%20b.md#lines-3:5"],
  ["https://codeberg.org/o/r", "https://codeberg.org/o/r/src/commit/abc/docs/a%20b.md#L3-L5"],
  ["https://gitea.example.com/o/r/", "https://gitea.example.com/o/r/src/commit/abc/docs/a%20b.md#L3-L5"],
])("%s is shown at %s", (repository, expected) => {
  expect(filePage(repository, "abc", "docs/a b.md", [3, 5])).toBe(expected);
});

test("one line is one number, no lines are none", () => {
  expect(filePage("https://github.com/o/r", "abc", "a.md", [4, 4])).toBe("https://github.com/o/r/blob/abc/a.md#L4");
  expect(filePage("https://github.com/o/r", "abc", "a.md")).toBe("https://github.com/o/r/blob/abc/a.md");
});

test.each([
  "/home/me/repo",
  "file:///home/me/repo",
  "https://git.example.com/o/r.git",
  "https://github.com/only-owner",
  "http://gitlab.local:8080/o/r",
  "C:\\repo",
  "javascript:alert(1)",
  "",
])("%s has no known page", (repository) => {
  expect(filePage(repository, "abc", "a.md")).toBeNull();
  expect(commitPage(repository, "abc")).toBeNull();
});

test.each([
  ["https://github.com/acme/shop.git", "https://github.com/acme/shop/commit/abc"],
  ["git@github.com:a/b", "https://github.com/a/b/commit/abc"],
  ["https://github.company.com/a/b", "https://github.company.com/a/b/commit/abc"],
  ["http://gitlab.acme.org/group/shop", "https://gitlab.acme.org/group/shop/-/commit/abc"],
  ["ssh://git@gitlab.com/a/b.git", "https://gitlab.com/a/b/-/commit/abc"],
  ["https://bitbucket.org/acme/shop", "https://bitbucket.org/acme/shop/commits/abc"],
  ["https://gitea.example.com/o/r", "https://gitea.example.com/o/r/commit/abc"],
])("a commit of %s is shown at %s", (repository, expected) => {
  expect(commitPage(repository, "abc")).toBe(expected);
});

test.each([
  ["https://user:secret@github.com/acme/shop.git", "https://github.com/acme/shop"],
  ["git@github.com:acme/shop.git", "https://github.com/acme/shop"],
  ["https://host:8443/shop/", "https://host:8443/shop"],
  ["http://host/shop", null],
  ["/srv/shop", null],
  ["https://a:b@host/shop", null],
  ["https://", null],
])("the page of %s is %s", (repository, expected) => {
  expect(repositoryPage(repository)).toBe(expected);
});
