import { expect, test } from "vitest";
import { type CredentialDraft, credentialOf, draftFor } from "@/screens/project/credentialDraft";
import { makeSource } from "@/screens/project/testData";

const filled: CredentialDraft = {
  choice: "none",
  username: " ann ",
  token: "t",
  password: " p ",
  private_key: "KEY",
  passphrase: "",
};

test("a stored credential is kept, and isn't sent, unless something else is chosen", () => {
  const draft = draftFor(makeSource({ credential_kind: "token" }));
  expect(draft.choice).toBe("keep");
  expect(credentialOf(draft, true)).toBeUndefined();
  expect(credentialOf({ ...draft, choice: "remove" }, true)).toBeNull();
  expect(credentialOf({ ...draft, choice: "none" }, true)).toBeNull();
});

test("where none is stored, none has to be removed", () => {
  expect(credentialOf(draftFor(null), false)).toBeUndefined();
});

test("only what belongs to the chosen kind is sent", () => {
  expect(credentialOf({ ...filled, choice: "token" }, false)).toEqual({ kind: "token", token: "t", username: "ann" });
  expect(credentialOf({ ...filled, choice: "token", username: "" }, false)).toEqual({ kind: "token", token: "t" });
  expect(credentialOf({ ...filled, choice: "ssh_key" }, false)).toEqual({ kind: "ssh_key", private_key: "KEY" });
});

test("a password keeps its spaces", () => {
  expect(credentialOf({ ...filled, choice: "password" }, false)).toMatchObject({ username: "ann", password: " p " });
});
