import { expect, test } from "vitest";
import { draftFor } from "@/screens/project/credentialDraft";
import { changesOf, valuesOf } from "@/screens/project/sourceValues";
import { makeSource } from "@/screens/project/testData";

const nothing = draftFor(null);
const source = makeSource({ name: "shop", repo_url: "/srv/shop", branch: "main", docs_path: "docs" });

test("a new source is sent whole, with null for what was left empty", () => {
  const values = { name: "shop", repo_url: " /srv/shop ", branch: "", docs_path: "docs", schedule: "" };
  expect(changesOf(null, values, nothing)).toEqual({
    body: { name: "shop", repo_url: "/srv/shop", branch: null, docs_path: "docs", schedule: null },
    isReadAnew: true,
  });
});

test("an untouched branch isn't sent back, because it may be the default one", () => {
  expect(changesOf(source, valuesOf(source), nothing)).toEqual({ body: {}, isReadAnew: false });
});

test("a new name needs no sync, a new folder does", () => {
  expect(changesOf(source, { ...valuesOf(source), name: "store" }, nothing)).toEqual({
    body: { name: "store" },
    isReadAnew: false,
  });
  expect(changesOf(source, { ...valuesOf(source), docs_path: "" }, nothing)).toEqual({
    body: { docs_path: null },
    isReadAnew: true,
  });
});

test("a schedule needs no sync, a credential does, and its removal doesn't", () => {
  const stored = { ...source, credential_kind: "token" as const };
  const given = { ...draftFor(stored), choice: "token" as const, token: "t" };
  expect(changesOf(source, { ...valuesOf(source), schedule: "0 * * * *" }, nothing)).toEqual({
    body: { schedule: "0 * * * *" },
    isReadAnew: false,
  });
  expect(changesOf(stored, valuesOf(stored), given)).toEqual({
    body: { credential: { kind: "token", token: "t" } },
    isReadAnew: true,
  });
  expect(changesOf(stored, valuesOf(stored), { ...given, choice: "remove" })).toEqual({
    body: { credential: null },
    isReadAnew: false,
  });
});
