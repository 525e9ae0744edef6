// Compiles the search for JSON strings into the TypeScript that carries it. A test compares the two.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import openWabt from "wabt";

const folder = join(import.meta.dir, "../src/dialects/framing");
const source = join(folder, "json-strings.wat");
const carrier = join(folder, "json-strings.ts");
const place = /(const compiled =\s*")[^"]*(";)/;

/** The module in base64. */
export async function compileStrings(): Promise<string> {
  const wabt = await openWabt();
  const module = wabt.parseWat(source, readFileSync(source, "utf8"), { simd: true });
  return Buffer.from(module.toBinary({}).buffer).toString("base64");
}

if (import.meta.main) {
  const text = readFileSync(carrier, "utf8");
  if (!place.test(text)) throw new Error("json-strings.ts has no place for the compiled module");
  const compiled = await compileStrings();
  writeFileSync(carrier, text.replace(place, `$1${compiled}$2`));
}
