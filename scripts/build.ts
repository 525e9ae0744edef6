// Compiles one executable: `dist/sluice` by default, or another entry for the benchmark's floor.
import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import manifest from "../package.json" with { type: "json" };

const root = join(import.meta.dir, "..");

export type BuildOptions = { entry: string; outfile: string; target?: string };

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
  const { entry, outfile, target } = options;
  mkdirSync(dirname(outfile), { recursive: true });
  const command = [
    process.execPath,
    "build",
    ...compileFlags,
    `--define=SLUICE_VERSION=${JSON.stringify(manifest.version)}`,
    ...(target ? [`--target=${target}`] : []),
    `--outfile=${outfile}`,
    entry,
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
  compile({ entry: join(root, "src/main.ts"), outfile: join(root, "dist/sluice"), ...(target && { target }) });
}
