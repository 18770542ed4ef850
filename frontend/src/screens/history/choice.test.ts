import { expect, test } from "vitest";
import { chosen } from "@/screens/history/choice";

const versions = [{ commit_sha: "new" }, { commit_sha: "middle" }, { commit_sha: "old" }];

test("without a choice the current version is compared with the one before", () => {
  expect(chosen(versions, { from: null, to: null })).toEqual({
    from: "middle",
    to: "new",
    between: { from: "middle", to: "new" },
  });
});

test("the older one comes first, whichever was chosen as what", () => {
  expect(chosen(versions, { from: "new", to: "old" }).between).toEqual({ from: "old", to: "new" });
});

test("a chosen version that is gone counts as not chosen", () => {
  expect(chosen(versions, { from: "gone", to: "middle" }).from).toBe("middle");
});

test("a single version has nothing to be compared with", () => {
  expect(chosen([{ commit_sha: "new" }], { from: null, to: null }).between).toEqual({});
});
