import { expect, test } from "vitest";
import { changesOf, valuesOf } from "@/screens/project/sourceValues";
import { makeSource } from "@/screens/project/testData";

const source = makeSource({ name: "shop", repo_url: "/srv/shop", branch: "main", docs_path: "docs" });

test("a new source is sent whole, with null for what was left empty", () => {
  const values = { name: "shop", repo_url: " /srv/shop ", branch: "", docs_path: "docs" };
  expect(changesOf(null, values)).toEqual({
    body: { name: "shop", repo_url: "/srv/shop", branch: null, docs_path: "docs" },
    isReadAnew: true,
  });
});

test("an untouched branch isn't sent back, because it may be the default one", () => {
  expect(changesOf(source, valuesOf(source))).toEqual({ body: {}, isReadAnew: false });
});

test("a new name needs no sync, a new folder does", () => {
  expect(changesOf(source, { ...valuesOf(source), name: "store" })).toEqual({
    body: { name: "store" },
    isReadAnew: false,
  });
  expect(changesOf(source, { ...valuesOf(source), docs_path: "" })).toEqual({
    body: { docs_path: null },
    isReadAnew: true,
  });
});
