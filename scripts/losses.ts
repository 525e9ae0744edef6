// Writes the tables of what becomes of each field of requests and replies: test/golden/losses.md and reply-losses.md.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readClients } from "../test/losses/clients.ts";
import { readUpstreams } from "../test/losses/providers.ts";
import { replyLossTable } from "../test/losses/reply-table.ts";
import { lossTable } from "../test/losses/table.ts";

const folder = join(import.meta.dir, "..", "test", "golden");
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, "losses.md"), await lossTable(await readClients()));
writeFileSync(join(folder, "reply-losses.md"), await replyLossTable(await readUpstreams()));
