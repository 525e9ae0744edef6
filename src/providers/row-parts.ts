// Pieces that many rows of the table have alike.
import type { AuthStyle, Speech } from "./provider.ts";

export const bearer: AuthStyle = { header: "authorization", prefix: "Bearer " };
export const xApiKey: AuthStyle = { header: "x-api-key", prefix: "" };

/** Edits that any host of the Chat Completions dialect wants: what the wire forbids or does not know. */
export const chatEdits = ["image-media-type", "empty-tools"] as const;

export const openaiListing = { path: "/models", shape: "openai" } as const;

/** Chat Completions at its usual place; `more` says what this host does otherwise. */
export function chat(adjust: readonly string[] = [], more: Partial<Speech> = {}) {
  return {
    "openai-chat": {
      path: "/chat/completions",
      streamUsage: "ask" as const,
      adjust: [...chatEdits, ...adjust],
      ...more,
    },
  };
}

/** Beside Chat Completions, which stays first: clients of other dialects are served through the first one. */
export const responses = { "openai-responses": { path: "/responses", streamUsage: "always" as const } };

/** Legacy text completions. After chat, for the same reason. */
export const completions = { "openai-completions": { path: "/completions", streamUsage: "ask" as const } };

const messagesHeaders = { "anthropic-version": "2023-06-01" } as const;

/** Messages beside another dialect. Hosts take the key as they do elsewhere unless `more` says otherwise. */
export function messages(path: string, more: Partial<Speech> = {}) {
  return {
    "anthropic-messages": {
      path,
      streamUsage: "always" as const,
      headers: messagesHeaders,
      passHeaders: ["anthropic-beta", "anthropic-version"],
      ...more,
    },
  };
}

/** A setting as the value of a header, which holds no control characters (RFC 9110 5.5). */
export const headerText = (setting: string) => setting.replace(/[^\t\x20-\x7e\x80-\xff]/g, "");
