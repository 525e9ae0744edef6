// Settings of the endpoints that are not chat: which provider serves each, and where uploads wait.
import { Type } from "@sinclair/typebox";
import { operationIds } from "../core/operation.ts";
import { size, text } from "./setting.ts";

const closed = { additionalProperties: false };

const endpoint = Type.Object(
  { provider: text("Provider that serves it when the request's model names none.") },
  closed,
);

export const endpoints = Type.Record(Type.String({ pattern: `^(?:${operationIds.join("|")})$` }), endpoint, {
  ...closed,
  asks: `one of ${operationIds.join(", ")}`,
  description: "Preferred providers of endpoints that are not chat, by the endpoint's path below /v1.",
});

export const uploads = Type.Object(
  {
    limit: size("Largest form that may be uploaded.", { env: "SLUICE_UPLOAD_LIMIT", default: "512MiB" }),
    spool_limit: size("Room for uploads that must wait for their model's name, of all requests together.", {
      env: "SLUICE_SPOOL_LIMIT",
      default: "512MiB",
    }),
    spool_directory: Type.Optional(
      text("Where they wait. By default a directory of its own in the system's temporary directory.", {
        env: "SLUICE_SPOOL_DIRECTORY",
      }),
    ),
  },
  { ...closed, description: "Forms with files: audio and images." },
);
