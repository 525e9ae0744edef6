// Types, lint and format, as one command: `npm run check`. Exits with the number of failed steps.
import { join } from "node:path";

const root = join(import.meta.dir, "..");
const bin = (name: string) => join(root, "node_modules", ".bin", name);

const steps: readonly (readonly [name: string, command: readonly string[]])[] = [
  ["types", [process.execPath, join(root, "node_modules/typescript/bin/tsc"), "-p", root]],
  ["lint and format", [bin("biome"), "check", "--error-on-warnings"]],
];

let failed = 0;
for (const [name, command] of steps) {
  const { exitCode } = Bun.spawnSync([...command], { cwd: root, stdout: "inherit", stderr: "inherit" });
  console.log(`${name}: ${exitCode === 0 ? "ok" : "FAILED"}`);
  if (exitCode !== 0) failed++;
}
process.exitCode = failed;
