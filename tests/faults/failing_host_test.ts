// A host that fails at the n-th call, once or for good: a typed error, and the old or the new checkpoint.
import { folderOf } from "../../src/train/checkpoint/file_store.ts";
import { storeInFolder } from "../../src/train/checkpoint/store.ts";
import { CheckpointExistsError, CheckpointStoreError, saveCheckpoint } from "../../checkpoint.ts";
import { equal, ok, rejects } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import { TestRandom } from "../_support/random.ts";
import { survived } from "../_support/survived.ts";
import { Disk, type Fault, hostError } from "./_disk.ts";
import { generations, recovered, saveAll } from "./_generations.ts";

const CODES: readonly string[] = ["ENOSPC", "EIO", "EINTR", "EROFS", "EACCES", "EDQUOT", "EMFILE"];
/** The n-th call fails before or after its effect, or all from then on. */
const KINDS: readonly ((n: number) => (call: number) => Fault)[] = [
  (n) => (call) => call === n ? "before" : "none",
  (n) => (call) => call === n ? "after" : "none",
  (n) => (call) => call >= n ? "before" : "none",
];

test("a host that fails at any call gives CheckpointStoreError and loses nothing", async () => {
  const files = await generations(3);
  const counter = new Disk();
  await saveAll(storeInFolder(folderOf(counter.fileSystem, "run")), files);
  let injected = 0;
  for (const code of CODES) {
    for (const kind of KINDS) {
      for (let n = 1; n <= counter.calls; n++) {
        const disk = new Disk();
        const store = storeInFolder(folderOf(disk.fileSystem, "run"));
        await saveCheckpoint(store, files[0]);
        await saveCheckpoint(store, files[1]);
        disk.setOptions({ fault: kind(n), code });
        const error = await saveCheckpoint(store, files[2]).catch((thrown) => thrown);
        if (disk.calls < n) break;
        const what = `${code} at call ${n}`;
        const isTyped = error instanceof CheckpointStoreError && error.code === code &&
          /^Cannot .+[^.]$/.test(error.message);
        disk.setOptions({});
        const found = await recovered(store, files);
        // Old ones that cannot be read are left alone, and EACCES may mean that there are no links here.
        const isStored = typeof error === "string" && found === 3;
        ok(isTyped || isStored, `${what}: ${error}`);
        ok(found === 2 || found === 3, `${what}: found ${found}`);
        equal(await saveAll(store, [files[0]]), 1, what);
        equal(await recovered(store, files), 1, what);
        ok(!disk.names.some((name) => name.endsWith(".partial")), `${what}: litter`);
        injected++;
      }
    }
  }
  survived(injected, "failing calls of the host");
});

test("writes of any shortness are completed", async () => {
  const [file] = await generations(1);
  for (let seed = 0; seed < 20; seed++) {
    const disk = new Disk({ shortWrites: new TestRandom(seed) });
    const store = storeInFolder(folderOf(disk.fileSystem, "run"));
    await saveCheckpoint(store, file);
    equal(await recovered(store, [file]), 1);
  }
});

test("a host that cannot synchronize folders is used without that", async () => {
  const [file] = await generations(1);
  const disk = new Disk();
  const { fileSystem } = disk;
  const open: typeof fileSystem.open = (path, flags) =>
    flags === "r"
      ? Promise.reject(Object.assign(new Error("EISDIR"), { code: "EISDIR" }))
      : fileSystem.open(path, flags);
  const store = storeInFolder(folderOf({ ...fileSystem, open }, "run"));
  await saveCheckpoint(store, file);
  equal(await recovered(store, [file]), 1);
});

for (const linkError of ["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EISDIR", "EACCES"]) {
  test(`a host that says ${linkError} to links is used without them`, async () => {
    const files = await generations(3);
    const disk = new Disk({ linkError });
    const store = storeInFolder(folderOf(disk.fileSystem, "run"));
    for (const file of files) await saveCheckpoint(store, file);
    equal([await recovered(store, files), disk.names.length], [3, 2]);
    const [name] = await store.names();
    await rejects(() => store.write(name, files[0]), CheckpointExistsError, /Cannot write/);
  });
}

test("a disk that a crash left full has room for the next checkpoint", async () => {
  const files = await generations(3);
  const disk = new Disk();
  const folder = folderOf(disk.fileSystem, "run");
  const litter = "checkpoint-000000000003.safetensors.0123456789abcdef.partial";
  const store = storeInFolder({
    ...folder,
    create: async (name, bytes) => {
      if (disk.names.includes(`run/${litter}`)) throw hostError("ENOSPC");
      await folder.create(name, bytes);
    },
  });
  for (const file of files.slice(0, 2)) await saveCheckpoint(store, file);
  await folder.create(litter, files[2]);
  await saveCheckpoint(store, files[2]);
  equal([await recovered(store, files), disk.names.length], [3, 2]);
});

test("a write whose unfinished file is taken away begins again", async () => {
  const [file] = await generations(1);
  const disk = new Disk();
  const folder = folderOf(disk.fileSystem, "run");
  let thefts = 3;
  const store = storeInFolder({
    ...folder,
    publish: async (from, to) => {
      if (thefts-- > 0) await folder.remove(from);
      return await folder.publish(from, to);
    },
  });
  await saveCheckpoint(store, file);
  equal(disk.names, ["run/checkpoint-000000000001.safetensors"]);
});
