// Settings of the state that Sluice keeps for decisions.
import { Type } from "@sinclair/typebox";
import { duration, size } from "./setting.ts";

const closed = { additionalProperties: false };

export const storage = Type.Object(
  {
    reasoning_memory: Type.Object(
      {
        enabled: Type.Boolean({
          description:
            "Remember signed reasoning of turns with tool calls, for clients that do not send it back. In this process's memory.",
          env: "SLUICE_REASONING_MEMORY",
          default: true,
        }),
        ttl: duration("How long a turn is remembered after it was last asked for.", {
          env: "SLUICE_REASONING_MEMORY_TTL",
          default: "1h",
        }),
        size: size("Most memory that remembered turns may take.", {
          env: "SLUICE_REASONING_MEMORY_SIZE",
          default: "64MiB",
        }),
      },
      { ...closed, description: "What providers want to see again of their own reasoning." },
    ),
  },
  { ...closed, description: "State that Sluice keeps between requests." },
);
