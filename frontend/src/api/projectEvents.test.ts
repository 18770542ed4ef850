import { QueryClient, QueryObserver } from "@tanstack/react-query";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { applySync, followProject } from "@/api/projectEvents";
import { projectKey, type Source, type SyncRun } from "@/api/projects";
import { makeRun, makeSource } from "@/screens/project/testData";

const key = projectKey(1);
let client: QueryClient;

beforeEach(() => {
  client = new QueryClient();
});

function list(...pages: string[][]) {
  const listed = pages.map((ids, index) => ({
    items: ids.map((id) => makeRun({ id, status: "running", phase: "indexing" })),
    next_cursor: index < pages.length - 1 || pages.length === 1 ? "more" : null,
  }));
  client.setQueryData([...key, "syncs"], { pages: listed, pageParams: pages.map(() => null) });
}

function listed(): SyncRun[][] {
  const data = client.getQueryData<{ pages: { items: SyncRun[] }[] }>([...key, "syncs"]);
  return data?.pages.map((page) => page.items) ?? [];
}

function ids(): string[][] {
  return listed().map((items) => items.map((run) => run.id));
}

/** The keys that were asked for anew by `action`. */
function refreshed(action: () => void): string[] {
  const spy = vi.spyOn(client, "invalidateQueries");
  action();
  const keys = spy.mock.calls.map(([filters]) => String(filters?.queryKey?.at(-1)));
  spy.mockRestore();
  return keys;
}

describe("a run's newest state", () => {
  test("takes the place of the old one in the list and on its own screen", () => {
    list(["d", "c"], ["b", "a"]);
    applySync(client, 1, makeRun({ id: "b", status: "running", phase: "indexing", files_done: 7 }));
    expect(ids()).toEqual([
      ["d", "c"],
      ["b", "a"],
    ]);
    expect(listed()[1]?.[0]?.files_done).toBe(7);
    expect(client.getQueryData<SyncRun>([...key, "sync", "b"])?.files_done).toBe(7);
  });

  test("of a run that isn't listed yet goes where its age puts it", () => {
    list(["d", "c"], ["b"]);
    applySync(client, 1, makeRun({ id: "e", status: "queued" }));
    applySync(client, 1, makeRun({ id: "a", status: "queued" }));
    expect(ids()).toEqual([
      ["e", "d", "c"],
      ["b", "a"],
    ]);
  });

  test("of a run that is older than all that is loaded changes no list", () => {
    list(["d", "c"]);
    applySync(client, 1, makeRun({ id: "a", status: "running" }));
    expect(ids()).toEqual([["d", "c"]]);
  });

  test("makes no list where none was read", () => {
    applySync(client, 1, makeRun({ id: "a", status: "running" }));
    expect(client.getQueryData([...key, "syncs"])).toBeUndefined();
  });

  test("never goes back: an answer that an event has overtaken is left out", () => {
    applySync(client, 1, makeRun({ id: "a", status: "succeeded" }));
    applySync(client, 1, makeRun({ id: "a", status: "queued" }));
    expect(client.getQueryData<SyncRun>([...key, "sync", "a"])?.status).toBe("succeeded");
  });
});

describe("what is asked for anew", () => {
  test("is nothing while one phase goes on", () => {
    applySync(client, 1, makeRun({ id: "a", status: "running", phase: "indexing", files_done: 1 }));
    const step = makeRun({ id: "a", status: "running", phase: "indexing", files_done: 2 });
    expect(refreshed(() => applySync(client, 1, step))).toEqual([]);
  });

  test("is the project's state when a phase begins", () => {
    const step = makeRun({ id: "a", status: "running", phase: "indexing" });
    expect(refreshed(() => applySync(client, 1, step))).toEqual(["self", "sources", "projects", "dashboard"]);
  });

  test("is the list too when the run ends", () => {
    const asked = refreshed(() => applySync(client, 1, makeRun({ id: "a", status: "failed" })));
    expect(asked).toContain("syncs");
    expect(asked).not.toContain("tree");
  });

  test.each([{ files_changed: 9 }, { files_removed: 1 }, { kind: "reindex" as const }])(
    "is what was read of documents after an end with %o",
    (files) => {
      const asked = refreshed(() => applySync(client, 1, makeRun({ id: "a", ...files })));
      expect(asked).toEqual(expect.arrayContaining(["tree", "document", "sample-documents"]));
    },
  );
});

test("a first read that an event overtakes is read once more, after it", async () => {
  const ended = makeRun({ id: "a", status: "failed" });
  const answers = [makeRun({ id: "a", status: "running" }), ended];
  const release: (() => void)[] = [];
  const read = vi.fn(async () => {
    const page = { items: answers.splice(0, 1), next_cursor: null };
    await new Promise<void>((resolve) => release.push(resolve));
    return { pages: [page], pageParams: [null] };
  });
  const end = new QueryObserver(client, { queryKey: [...key, "syncs"], queryFn: read }).subscribe(() => undefined);
  applySync(client, 1, ended);
  expect(read).toHaveBeenCalledTimes(1);
  release[0]?.();
  await vi.waitFor(() => expect(read).toHaveBeenCalledTimes(2));
  release[1]?.();
  await vi.waitFor(() => expect(listed()[0]?.[0]?.status).toBe("failed"));
  end();
});

class FakeEventSource extends EventTarget {
  static readonly CLOSED = 2;
  static opened: FakeEventSource[] = [];
  readyState = 1;
  readonly url: string;

  constructor(url: string) {
    super();
    this.url = url;
    FakeEventSource.opened.push(this);
  }

  close() {
    this.readyState = FakeEventSource.CLOSED;
  }

  /** An answer that is no stream, after which browsers give up. */
  refuse() {
    this.close();
    this.dispatchEvent(new Event("error"));
  }

  static get alive() {
    return FakeEventSource.opened.filter((each) => each.readyState !== FakeEventSource.CLOSED);
  }
}

function show(isShown: boolean) {
  Object.defineProperty(document, "hidden", { configurable: true, value: !isShown });
  document.dispatchEvent(new Event("visibilitychange"));
}

describe("the stream", () => {
  let stop: () => void;

  beforeEach(() => {
    vi.useFakeTimers();
    vi.stubGlobal("EventSource", FakeEventSource);
    FakeEventSource.opened = [];
    show(true);
    stop = followProject(client, 1);
  });

  afterEach(() => {
    stop();
    show(true);
    vi.unstubAllGlobals();
    vi.useRealTimers();
  });

  test("brings runs into the cache", () => {
    const data = JSON.stringify(makeRun({ id: "a", status: "running" }));
    FakeEventSource.opened[0]?.dispatchEvent(new MessageEvent("sync.started", { data }));
    expect(client.getQueryData<SyncRun>([...key, "sync", "a"])?.status).toBe("running");
  });

  test("brings what is known of a remote to its source, and to no other", () => {
    client.setQueryData([...key, "sources"], [makeSource({ id: 1 }), makeSource({ id: 2 })]);
    const data = JSON.stringify(makeSource({ id: 2, is_behind: true }));
    FakeEventSource.opened[0]?.dispatchEvent(new MessageEvent("source.checked", { data }));
    const sources = client.getQueryData<Source[]>([...key, "sources"]);
    expect(sources?.map((source) => source.is_behind)).toEqual([false, true]);
  });

  test("isn't held by a hidden page, which reads anew when it is shown again", () => {
    show(false);
    expect(FakeEventSource.alive).toEqual([]);
    expect(refreshed(() => show(true))).toEqual(["1"]);
    expect(FakeEventSource.alive).toHaveLength(1);
  });

  test("is opened again when the hub refuses it, with growing pauses, and what was missed is read", () => {
    FakeEventSource.opened[0]?.refuse();
    vi.advanceTimersByTime(999);
    expect(FakeEventSource.alive).toEqual([]);
    vi.advanceTimersByTime(1);
    FakeEventSource.alive[0]?.refuse();
    vi.advanceTimersByTime(1_000);
    expect(FakeEventSource.alive).toEqual([]);
    vi.advanceTimersByTime(1_000);
    expect(refreshed(() => FakeEventSource.alive[0]?.dispatchEvent(new Event("open")))).toContain("syncs");
  });

  test.each(["tree", "document", "document-id", "sample-documents", "conversation"])(
    "has what was read of documents (%s) read again after a gap",
    (part) => {
      const read = [...key, part, 5];
      client.setQueryData(read, { id: 5 });
      stop();
      stop = followProject(client, 1);
      expect(client.getQueryState(read)?.isInvalidated).toBe(false);
      FakeEventSource.alive[0]?.dispatchEvent(new Event("open"));
      expect(client.getQueryState(read)?.isInvalidated).toBe(true);
    },
  );

  test("doesn't have what is just being read begin again", async () => {
    const readTree = vi.fn(() => new Promise<never>(() => undefined));
    const watching = new QueryObserver(client, { queryKey: [...key, "tree"], queryFn: readTree });
    const end = watching.subscribe(() => undefined);
    FakeEventSource.alive[0]?.dispatchEvent(new Event("open"));
    await vi.advanceTimersByTimeAsync(10);
    expect(readTree).toHaveBeenCalledTimes(1);
    end();
  });

  test("ends with its watcher, also while it waits to be opened again", () => {
    FakeEventSource.opened[0]?.refuse();
    stop();
    vi.advanceTimersByTime(60_000);
    expect(FakeEventSource.alive).toEqual([]);
  });

  test("refreshes documents once it is quiet, and now and then while it isn't", () => {
    const asked = refreshed(() => {
      for (let step = 0; step < 16; step += 1) {
        FakeEventSource.opened[0]?.dispatchEvent(new Event("document.changed"));
        vi.advanceTimersByTime(1_000);
      }
    });
    for (const part of ["tree", "sample-documents", "conversation"]) {
      expect(asked.filter((name) => name === part)).toHaveLength(1);
    }
  });
});
