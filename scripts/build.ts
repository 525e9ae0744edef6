// Compiles one executable: `dist/sluice` by default, or another entry for the benchmark's floor.
import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import manifest from "../package.json" with { type: "json" };

const root = join(import.meta.dir, "..");
const mainEntry = join(root, "src/main.ts");

/** `workers`: files that run in threads of their own; the bundler does not find them by itself. */
export type BuildOptions = { entry: string; outfile: string; target?: string; workers?: readonly string[] };

const productWorkers: readonly string[] = [join(root, "src/tokens/worker.ts")];

/** Flags of bun.md 4.4, for the product and for the benchmark's floor. Identifiers keep their names: Elysia reads the source text of handlers. */
export const compileFlags: readonly string[] = [
  "--compile",
  "--minify-syntax",
  "--minify-whitespace",
  "--sourcemap",
  "--bytecode",
  "--format=esm",
  "--no-compile-autoload-dotenv",
  "--no-compile-autoload-bunfig",
  "--reject-unresolved",
];

export function compile(options: BuildOptions): void {
  const { entry, outfile, target, workers = entry === mainEntry ? productWorkers : [] } = options;
  mkdirSync(dirname(outfile), { recursive: true });
  const command = [
    process.execPath,
    "build",
    ...compileFlags,
    `--define=SLUICE_VERSION=${JSON.stringify(manifest.version)}`,
    ...(target ? [`--target=${target}`] : []),
    `--outfile=${outfile}`,
    entry,
    ...workers,
  ];
  const built = Bun.spawnSync(command, {
    cwd: root,
    env: { ...process.env, NODE_ENV: "production" },
    stdout: "inherit",
    stderr: "inherit",
  });
  if (built.exitCode !== 0) throw new Error(`the build of ${entry} failed`);
}

if (import.meta.main) {
  const target = process.argv.find((argument) => argument.startsWith("--target="))?.slice("--target=".length);
  compile({ entry: mainEntry, outfile: join(root, "dist/sluice"), ...(target && { target }) });
}
