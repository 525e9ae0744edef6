// The contract of a provider: a deployment described as data. What differs between vendors is written in rows and read
// by name; nothing here or elsewhere asks which vendor it is talking to.
import type { DialectId } from "../core/chat.ts";
import type { TargetFlags } from "../core/facts.ts";
import type { OperationId, OperationShape } from "../core/operation.ts";
import type { ProxyFor } from "./proxy.ts";
import type { Trust } from "./trust.ts";

/** How a credential is put on a request. */
export type AuthStyle = {
  /** Header that carries the credential, lower-case. */
  header: string;
  /** Text before the credential: "Bearer ". */
  prefix: string;
  /** Kinds of credential, told by their text, that are carried otherwise. */
  variants?: readonly {
    match: RegExp;
    header: string;
    prefix: string;
    append?: { readonly [name: string]: string };
  }[];
  /** Further headers that are read out of the credential, by a name of `providers/derived-headers.ts`. */
  derive?: string;
};

/** Where and how one dialect is spoken. */
export type Speech = {
  /**
   * Below the base URL, or below that without its version suffix where it begins with `~/`. `{model}` is replaced by the
   * path-encoded model id.
   */
  path: string;
  /** Path of streamed calls where it is another one (Gemini). */
  streamPath?: string;
  /** The models that are served in it; all of them when absent. */
  models?: RegExp;
  /** Where the host counts the tokens of a request in this dialect; absent where it does not. */
  countPath?: string;
  /** Where the host compacts a conversation in this dialect (Responses). */
  compactPath?: string;
  /** Names of edits from `dialects/<dialect>/adjust.ts`, applied in order to every request. */
  adjust?: readonly string[];
  /** Names of reply repairs, read by the dialect's reader. A row with repairs is never relayed as is. */
  repairs?: readonly string[];
  /** "ask": usage in a stream comes only when asked for with stream_options. "always": it comes anyway. */
  streamUsage?: "ask" | "always";
  /** The content type that a streamed call asks for; server-sent events when absent. */
  streamType?: string;
  /** How events of this dialect are wrapped on their way. */
  framing?: "aws-chunks";
  /** The only values of `anthropic-beta` that this host takes, and the body's field for them where it is no header. */
  betas?: { allowed: readonly string[]; field?: string };
  /** Where the key is wanted in another header than elsewhere at this host. */
  auth?: AuthStyle;
  /** Constant headers of this dialect, beside the row's. */
  headers?: { readonly [name: string]: string };
  /** As the row's, for this dialect. */
  passHeaders?: readonly string[];
};

/** Rules for models whose id matches: later rules win. Vendor knowledge ages: each carries the date it was checked. */
export type ModelRule = {
  match: RegExp;
  flags: TargetFlags;
  adjust?: { [dialect in DialectId]?: readonly string[] };
  /** Beside the row's. */
  repairs?: { [dialect in DialectId]?: readonly string[] };
  /** Whose opaque reasoning state this model understands, where it is not the row's. */
  origin?: string;
  /** The only dialects that this model is served in, of those the host speaks. */
  dialects?: readonly DialectId[];
  /** Where the fact comes from and when it was read. */
  source: string;
};

/** Where and how one endpoint that is not chat is called. */
export type OperationRow = {
  /**
   * Below the base URL, or below that without its version suffix where it begins with `~/`, or a whole https:// address.
   * `{model}` and `{voice}` are replaced by what the request names, path-encoded.
   */
  path: string;
  /** Which wire language: what src/operations/<operation> reads and writes there. */
  shape: OperationShape;
  /** Path of calls with several inputs where it is another one (Gemini's batchEmbedContents). */
  batchPath?: string;
  /** Client fields that the host refuses, in the shape's own names: removed and reported as lost. */
  drop?: readonly string[];
  /** Where the key is wanted in another header than elsewhere at this host. */
  auth?: AuthStyle;
  /** Constant headers of this endpoint, beside the row's. */
  headers?: { readonly [name: string]: string };
};

export type ListingShape = "bedrock" | "openai" | "anthropic" | "gemini" | "cohere" | "elevenlabs";

/** Settings that only some rows have: keys of the file, and `<PREFIX>_<NAME>` in the environment. */
export const settingNames = [
  "api_version",
  "region",
  "project",
  "location",
  "profile",
  "access_key_id",
  "secret_access_key",
  "session_token",
  "service_account_file",
  "service_account_json",
  "service_account_json_base64",
  "site_url",
  "app_name",
  "inference_objective",
  "messages_models",
  "tenant_id",
  "client_id",
  "client_secret",
] as const;

export type SettingName = (typeof settingNames)[number];

export type RowSetting = {
  name: SettingName;
  /** Variables that people have already, weaker than `<PREFIX>_<NAME>`; they alone make no instance. */
  variables?: readonly string[];
};

/** What is known of one instance: its own settings, and the base URL as it was written. */
export type Given = { readonly [name in SettingName]?: string } & {
  readonly base_url?: string;
  readonly keyed: boolean;
};

/** How calls are authorized where there is no key. */
export type Identity =
  /** Signature Version 4, with the credentials of the usual chain. */
  | { kind: "aws"; service: string; region?: string }
  /** An OAuth token of a service account, a metadata server, or the application default credentials. */
  | { kind: "google"; scope: string }
  /** An Entra token of an application, a workload or a managed identity. */
  | { kind: "azure"; scope: string };

export type ProviderRow = {
  /** Row id, also the instance name when there is one instance without a suffix. */
  type: string;
  /** Other names for the type, in a configuration. */
  aliases?: readonly string[];
  title: string;
  /** Default base URL with its version suffix; absent where only the operator can know it. */
  baseUrl?: string;
  /** The version suffix that an operator's base URL may omit: "/v1". */
  versionSuffix: string;
  /** OPENAI -> OPENAI_API_KEY, OPENAI_BASE_URL, OPENAI_EAST_API_KEY. */
  envPrefix: string;
  /** Further prefixes that mean the same: DASHSCOPE for BAILIAN. */
  envAliases?: readonly string[];
  /** Further names for the credential that people have already (GOOGLE_API_KEY). */
  keyEnv?: readonly string[];
  /** Names for the credential that fill an instance which something else has made. */
  sharedKeyEnv?: readonly string[];
  /** Further names for the base URL that people have already. */
  baseUrlEnv?: readonly string[];
  /** Its own settings beside key, base URL and models. */
  settings?: readonly RowSetting[];
  /**
   * What an instance's settings decide: fields that replace the row's own. A base URL from here is final. An array names
   * the settings without which there is no address.
   */
  resolve?: (given: Given) => Partial<ProviderRow> | readonly SettingName[];
  identity?: Identity;
  /** Added to the query of every call. */
  query?: { readonly [name: string]: string };
  /** Works without a credential: exists when its base URL is set, or the file names it. */
  keyless?: boolean;
  auth: AuthStyle;
  /** Constant headers of every request: anthropic-version. */
  headers?: { readonly [name: string]: string };
  /** Client headers that may pass when client and upstream speak the same dialect, lower-case. */
  passHeaders?: readonly string[];
  speaks: { readonly [dialect in DialectId]?: Speech };
  /** Endpoints beside chat. What is not named here is not served by this host. */
  operations?: { readonly [operation in OperationId]?: OperationRow };
  /** Absent where the host lists none. */
  models?: { path: string; shape: ListingShape };
  /** Models of a host that lists none, or not all; discovery adds to them. */
  knownModels?: readonly string[];
  /** Family whose opaque reasoning state is understood. */
  origin: string;
  flags?: TargetFlags;
  modelRules?: readonly ModelRule[];
  /** Where the row's facts come from. */
  source: string;
};

export type Transport =
  | { kind: "http" }
  /** Answers in this process (demo). Same relay, no socket. */
  | { kind: "in-process"; handle(request: Request): Promise<Response> };

/** A request as it is about to be sent, for what must be signed. */
export type OutgoingCall = {
  method: string;
  url: string;
  /** Everything else that will be sent, lower-case names. */
  headers: { readonly [name: string]: string };
  /** Absent where there is none, or where it is a stream that cannot be read twice. */
  body?: Uint8Array | string;
};

/** One way to prove who is calling a provider. It holds secrets: never logged. */
export type Credential = {
  /** "1", "2", … within its provider: stands in health keys and logs for the secret. */
  id: string;
  /** Put on every call, lower-case names. */
  headers: { readonly [name: string]: string };
  /** Joins what the call has under the same name, as one more of a list: a beta that this kind of credential needs. */
  append?: { readonly [name: string]: string };
  /** Headers that only the call itself, or a token that is fetched, can give. Rejects with GatewayError. */
  authorize?: (call: OutgoingCall) => CredentialHeaders | Promise<CredentialHeaders>;
  /** Headers of the client's request that carry its own token for the provider, passed on instead of a credential. */
  passes?: readonly string[];
  /** Secrets that are not in `headers`, to be kept out of everything that is shown. */
  secrets?: readonly string[];
};

export type CredentialHeaders = { readonly [name: string]: string };

/** Of a provider that asks for none. */
export const noCredential: Credential = Object.freeze({ id: "1", headers: Object.freeze({}) });

/** One configured deployment: a row with an address and credentials. */
export type Provider = {
  /** Instance name: "openai", "openai-east". */
  name: string;
  row: ProviderRow;
  /** Without trailing slash, with version suffix. */
  baseUrl: string;
  /** Of every request: the row's and the operator's. Lower-case names. May hold secrets: never logged. */
  headers: { readonly [name: string]: string };
  /** Never empty: a provider that asks for no credential has one without headers. */
  credentials: readonly Credential[];
  /** Models that the operator listed by hand; discovery adds to them. */
  listedModels: readonly string[];
  /** Absent where no proxy is set anywhere. */
  proxyFor?: ProxyFor;
  trust?: Trust;
  transport: Transport;
};
