// One text in one file: whole or not at all, bounded, and never an obstacle.
import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openTextFile } from "../../src/storage/file/text-file.ts";

const directory = mkdtempSync(join(tmpdir(), "sluice-text-"));
afterAll(() => rmSync(directory, { recursive: true }));

function opened(path: string, bytesMax = 100) {
  const failures: string[] = [];
  return {
    failures,
    file: openTextFile({ path, bytesMax, onFailure: (at, message) => failures.push(`${at} ${message}`) }),
  };
}

test("is written into folders that are made, for its owner alone, and read again", async () => {
  const path = join(directory, "a/b/kept.json");
  const { file, failures } = opened(path);
  expect(file.read()).toBeUndefined();
  await Promise.all([file.write("one"), file.write("two")]);
  expect(file.read()).toBe("two");
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readdirSync(join(directory, "a/b"))).toEqual(["kept.json"]);
  expect(failures).toEqual([]);
});

test("is neither written nor read when it is too large; what was there stays", async () => {
  const path = join(directory, "large.json");
  writeFileSync(path, "small");
  const { file, failures } = opened(path);
  await file.write("x".repeat(101));
  expect(readFileSync(path, "utf8")).toBe("small");
  expect(failures.length).toBe(1);
  writeFileSync(path, "x".repeat(101));
  expect(file.read()).toBeUndefined();
});

test("tells once that it cannot be written, and again after it could", async () => {
  const { file, failures } = opened(join(directory, "a/b/kept.json/under-a-file.json"));
  await file.write("x");
  await file.write("y");
  expect(failures.length).toBe(1);
});
