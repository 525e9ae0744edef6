// All tests: builds the executable, since a part of the suite runs it, then runs `bun test` and prints one closing line.
import { join } from "node:path";
import { compile } from "./build.ts";

const root = join(import.meta.dir, "..");
/** Further arguments go to the runner: `npm test -- test/routing`. */
const wanted = process.argv.slice(2);

compile({ entry: join(root, "src/main.ts"), outfile: join(root, "dist/sluice") });

const report = join(root, "dist", "test-report.xml");
const { exitCode } = Bun.spawnSync(
  [process.execPath, "test", "--timeout=60000", "--reporter=junit", `--reporter-outfile=${report}`, ...wanted],
  { cwd: root, stdout: "inherit", stderr: "inherit" },
);

/** Totals from the root element of the report: the runner's own words are not machine-readable. */
const totals = await Bun.file(report)
  .text()
  .catch(() => "");
const count = (name: string) => Number(new RegExp(`<testsuites[^>]* ${name}="(\\d+)"`).exec(totals)?.[1] ?? 0);
const failed = count("failures") + count("errors");
const skipped = count("skipped");
/** Files that do not even load are in no total. */
const unread = exitCode !== 0 && failed === 0 ? "; files failed before their tests, see above" : "";
console.log(
  `${count("tests") - failed - skipped} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}${unread}`,
);
process.exitCode = exitCode === 0 && failed === 0 && count("tests") > 0 ? 0 : 1;
