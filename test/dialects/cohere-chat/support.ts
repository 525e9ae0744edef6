// What the tests of the cohere-chat dialect share with those of others, run on its own halves.
import { cohereChat } from "../../../src/dialects/cohere-chat/index.ts";
import type { UpstreamHalf } from "../../../src/dialects/dialect.ts";
import { runsOf } from "../called-support.ts";

export * from "../called-support.ts";
export const upstream = cohereChat.upstream as UpstreamHalf;
export const { write, readStream, readWhole } = runsOf(upstream);
