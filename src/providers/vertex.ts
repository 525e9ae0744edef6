// Google Vertex AI: Gemini, Claude, and open models through the OpenAI-compatible endpoint.
import { modelsOnVertex } from "./cloud-models.ts";
import type { Given, ProviderRow, SettingName } from "./provider.ts";
import { chatEdits } from "./row-parts.ts";

/** cloud.google.com/vertex-ai/generative-ai/docs/learn/locations (2026-11): global and multi-region hosts differ. */
function hostOf(location: string): string {
  if (location === "global") return "https://aiplatform.googleapis.com";
  if (location === "us" || location === "eu") return `https://aiplatform.${location}.rep.googleapis.com`;
  return `https://${location}-aiplatform.googleapis.com`;
}

function resolve({ project, location = "global", base_url: written, keyed }: Given) {
  if (project === undefined && !keyed) return ["project"] satisfies SettingName[];
  const root = (written ?? hostOf(location)).replace(/\/+$/, "");
  if (root.includes("/projects/")) return { baseUrl: root } satisfies Partial<ProviderRow>;
  const base = root.endsWith("/v1") ? root : `${root}/v1`;
  // Without a project: express mode, which knows whose key it is.
  const place = project === undefined ? "" : `/projects/${encodeURIComponent(project)}/locations/${location}`;
  return { baseUrl: base + place } satisfies Partial<ProviderRow>;
}

export const vertexRows: readonly ProviderRow[] = [
  {
    type: "vertex",
    title: "Google Vertex AI",
    versionSuffix: "",
    envPrefix: "VERTEX",
    settings: [
      { name: "project", variables: ["GOOGLE_CLOUD_PROJECT", "ANTHROPIC_VERTEX_PROJECT_ID"] },
      { name: "location", variables: ["GOOGLE_CLOUD_LOCATION", "CLOUD_ML_REGION"] },
      { name: "service_account_file" },
      { name: "service_account_json" },
      { name: "service_account_json_base64" },
    ],
    resolve,
    identity: { kind: "google", scope: "https://www.googleapis.com/auth/cloud-platform" },
    auth: { header: "x-goog-api-key", prefix: "" },
    speaks: {
      gemini: {
        path: "/publishers/google/models/{model}:generateContent",
        streamPath: "/publishers/google/models/{model}:streamGenerateContent?alt=sse",
        streamUsage: "always",
        adjust: ["drop-call-ids"],
      },
      "anthropic-messages": {
        path: "/publishers/anthropic/models/{model}:rawPredict",
        streamPath: "/publishers/anthropic/models/{model}:streamRawPredict",
        streamUsage: "always",
        adjust: ["model-in-path", "version-vertex-2023-10-16"],
        passHeaders: ["anthropic-beta"],
      },
      "openai-chat": {
        path: "/endpoints/openapi/chat/completions",
        streamUsage: "ask",
        adjust: [...chatEdits],
      },
    },
    knownModels: [
      "gemini-2.5-flash",
      "gemini-2.5-flash-lite",
      "gemini-2.5-pro",
      "gemini-3-pro-preview",
      "claude-haiku-4-5@20251001",
      "claude-opus-4-5@20251101",
      "claude-sonnet-4-5@20250929",
    ],
    origin: "gemini",
    flags: { toolCallIds: false },
    modelRules: modelsOnVertex,
    source:
      "cloud.google.com/vertex-ai/generative-ai/docs/model-reference/inference, partner-models/claude/use-claude, migrate/openai (2026-11); translation.md A4.6",
  },
];
