// Writes the table of what becomes of each request field: test/golden/losses.md.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readClients } from "../test/losses/clients.ts";
import { lossTable } from "../test/losses/table.ts";

const folder = join(import.meta.dir, "..", "test", "golden");
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, "losses.md"), await lossTable(await readClients()));
