// Google's OAuth tokens: a service account or other credentials as JSON or file, else the application default credentials.
import type { Environment } from "./environment.ts";
import type { Credential, Given } from "./provider.ts";
import { type Token, type TokenFetch, tokenCredential } from "./token-cache.ts";

export type GoogleInput = {
  /** Instance name, for messages. */
  provider: string;
  scope: string;
  given: Given;
  environment: Environment;
  fetchToken: TokenFetch;
};

/** Where the library asks, whatever `token_uri` the key names. */
const libraryTokenAddress = "https://oauth2.googleapis.com/token";
/** A token without an end is taken to live this long. */
const shortLifeMs = 5 * 60_000;

/** A text instead of a credential says what is wrong with the JSON. */
export function googleCredential(input: GoogleInput): Credential | string {
  const { given, environment } = input;
  const encoded = given.service_account_json_base64;
  const text = given.service_account_json ?? (encoded && Buffer.from(encoded, "base64").toString("utf8"));
  const written = text === undefined ? undefined : parseKey(text);
  if (written === "broken") return "is no JSON of Google credentials: an object with a type";
  const file = given.service_account_file ?? environment["GOOGLE_APPLICATION_CREDENTIALS"];
  let opened: Promise<() => Promise<Token>> | undefined;
  const open = async () => {
    const key = written ?? (file === undefined ? undefined : parseKey(await Bun.file(file).text()));
    if (key === "broken") throw new Error(`${file} holds no Google credentials`);
    return await openClient(input, key);
  };
  return tokenCredential({
    id: "google",
    what: `the Google token of ${input.provider}`,
    fetchToken: async () => {
      opened ??= open();
      // What could not be opened (a file that is not there yet) is tried again by the next call.
      const client = await opened.catch((cause) => {
        opened = undefined;
        throw cause;
      });
      return await client();
    },
  });
}

/** The fields that the kinds of Google's credential files have in common, and those of a service account. */
type Key = { type: string; token_uri?: string; client_email?: string; private_key?: string; private_key_id?: string };

function parseKey(text: string): Key | "broken" {
  try {
    const value: unknown = JSON.parse(text);
    const isKey = typeof value === "object" && value !== null && typeof (value as Key).type === "string";
    return isKey ? (value as Key) : "broken";
  } catch {
    return "broken";
  }
}

async function openClient(input: GoogleInput, key: Key | undefined): Promise<() => Promise<Token>> {
  const library = await import("google-auth-library");
  const fetchImplementation = (address: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const url = address instanceof Request ? address.url : String(address);
    const target = url === libraryTokenAddress ? (key?.token_uri ?? url) : url;
    return input.fetchToken(target, init ?? {});
  };
  const options = { transporterOptions: { fetchImplementation: fetchImplementation as typeof fetch } };
  const client = await clientFor(library, { key, scopes: [input.scope], options });
  return async () => {
    const headers = await client.getRequestHeaders();
    const project = headers.get("x-goog-user-project");
    return {
      headers: {
        authorization: headers.get("authorization") ?? "",
        ...(project !== null && { "x-goog-user-project": project }),
      },
      expiresAtMs: client.credentials.expiry_date ?? Date.now() + shortLifeMs,
    };
  };
}

type Wanted = {
  key: Key | undefined;
  scopes: string[];
  options: { transporterOptions: { fetchImplementation: typeof fetch } };
};

/** By the kind of the key; the library's own choice would warn on the console. */
async function clientFor(library: typeof import("google-auth-library"), { key, scopes, options }: Wanted) {
  switch (key?.type) {
    case undefined:
      return await new library.GoogleAuth({ scopes, clientOptions: options }).getClient();
    case "service_account": {
      const { client_email: email, private_key: text, private_key_id: id } = key;
      if (!email || !text) throw new Error("the service account has no client_email or no private_key");
      return new library.JWT({ ...options, scopes, email, key: text, ...(id !== undefined && { keyId: id }) });
    }
    case "authorized_user": {
      const client = new library.UserRefreshClient(options);
      client.fromJSON(key as Parameters<typeof client.fromJSON>[0]);
      return client;
    }
    case "external_account": {
      const found = library.ExternalAccountClient.fromJSON({ ...key, ...options } as unknown as Parameters<
        typeof library.ExternalAccountClient.fromJSON
      >[0]);
      if (!found) throw new Error("the external account is of an unknown kind");
      found.scopes = scopes;
      return found;
    }
    default:
      return new library.GoogleAuth({ scopes, clientOptions: options }).fromJSON(key as { type: string }, options);
  }
}
