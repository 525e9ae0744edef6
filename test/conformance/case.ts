// What the conformance suite knows of a provider: wire examples written by hand from its documents, never read from a row.
import type { JsonObject, JsonValue } from "../../src/core/json.ts";
import type { Recorded } from "./replies.ts";

/** Stand for the provider's credential and for the address of the host that plays it, wherever they are written. */
export const KEY = "conformance-credential";
export const HOST = "HOST";

export type ProviderCase = {
  /** The provider's type, which is also its name here. */
  type: string;
  /** What the examples were written from, and when it was read. */
  documents: string;
  /** Variables that a user sets, with KEY and HOST as values. */
  environment: { readonly [variable: string]: string };
  /** Text of a `sluice.json`, with KEY and HOST in it, where variables do not say enough. */
  file?: string;
  /** Where it is called when the user gives no address; absent where only the user knows it. */
  address?: string;
  /** The variable that alone makes the provider at `address`; without it the first one of `environment`. */
  keyVariable?: string;
  /** Further variables that hold the credential under a name that people have already. */
  alsoKnownAs?: readonly string[];
  /** Headers of every request beside those of HTTP itself, exactly. */
  headers: Headers;
  /** Absent for providers that list no models. */
  listing?: { target: string; reply: JsonValue; models: readonly string[] };
  /** Replies to what else is asked, by target: a token endpoint, a page of a listing. */
  aside?: { readonly [target: string]: JsonValue };
  calls: readonly Call[];
};

type Headers = { readonly [lowerCaseName: string]: string | RegExp };

export type Call = {
  /** What it shows. */
  name: string;
  /** The client's endpoint. MODEL stands for the qualified model. */
  to: string;
  /** As the provider knows it. */
  model: string;
  /** The client's body, without the model. */
  send: JsonObject | FormData;
  /** The client's headers. */
  clientHeaders?: { readonly [name: string]: string };
  /** The dialect or operation that the provider is called in. */
  proves: string;
  /** The request, exactly. */
  target: string;
  body: JsonObject | FormData;
  /** Headers that differ from the provider's; undefined: not there. */
  headers?: { readonly [lowerCaseName: string]: string | RegExp | undefined };
  reply: Reply;
  /** What the client reads in the reply. */
  seen: Seen | Failure | Answer;
  /** Fields that the client is told were lost, in the order of the reply header. */
  lost?: readonly string[];
};

export type Reply =
  | { json: JsonValue; status?: number; headers?: readonly (readonly [string, string])[] }
  /** Frames of server-sent events: payloads, or text that has its `data:` already. */
  | { frames: readonly string[] }
  /** As it was recorded, `<dialect>/<source>/<case>`. */
  | { recorded: Recorded }
  | { bytes: Uint8Array; type: string };

/** A chat reply, whatever the client's dialect and whether it came as a stream. Only what is named is compared. */
export type Seen = {
  text?: string;
  reasoning?: string;
  calls?: readonly { name: string; arguments: JsonValue; id?: string }[];
  /** In the client's own words. */
  finish: string;
  inputTokens?: number;
  outputTokens?: number;
};

export type Failure = { status: number; message: string; type?: string; code?: string };

/** A reply that is no chat: fields of the JSON body, or its bytes. */
export type Answer = { json: JsonObject } | { bytes: Uint8Array; type: string };

/** Takes a field away, in `changed`. */
export const gone = Symbol("gone");

/** A body with the named places changed; a place is a path such as `messages.0.role`. What is not named stays. */
export function changed(body: JsonObject, changes: { readonly [path: string]: unknown }): JsonObject {
  const copy = structuredClone(body);
  for (const [path, value] of Object.entries(changes)) {
    const keys = path.split(".");
    const last = keys.pop() as string;
    let node = copy as { [key: string]: unknown };
    for (const key of keys) {
      const next = node[key];
      if (typeof next !== "object" || next === null) throw new Error(`there is nothing at ${path}`);
      node = next as { [key: string]: unknown };
    }
    if (value !== gone) node[last] = value;
    else if (last in node) delete node[last];
    else throw new Error(`there is no ${path} to take away`);
  }
  return copy;
}
