// What the tests of the bedrock-converse dialect share with those of others, run on its own halves.
import { bedrockConverse } from "../../../src/dialects/bedrock-converse/index.ts";
import type { UpstreamHalf } from "../../../src/dialects/dialect.ts";
import { runsOf } from "../called-support.ts";

export * from "../called-support.ts";
export const upstream = bedrockConverse.upstream as UpstreamHalf;
export const { write, readStream, readWhole } = runsOf(upstream);
