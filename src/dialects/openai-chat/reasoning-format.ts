// The `format` words of reasoning_details, and the origins that they stand for.

/** By prefix, since the words carry a version: OpenRouter's documentation of reasoning_details, read 2026-11. */
const origins: readonly { prefix: string; origin: string; format: string }[] = [
  { prefix: "anthropic-claude", origin: "anthropic", format: "anthropic-claude-v1" },
  { prefix: "google-gemini", origin: "gemini", format: "google-gemini-v1" },
  { prefix: "openai", origin: "openai", format: "openai-responses-v1" },
];

export function originOfFormat(format: string | undefined): string {
  if (format === undefined) return "unknown";
  return origins.find((row) => format.startsWith(row.prefix))?.origin ?? format;
}

/** The word that `originOfFormat` reads back as this origin. */
export function formatOfOrigin(origin: string): string {
  return origins.find((row) => row.origin === origin)?.format ?? origin;
}
