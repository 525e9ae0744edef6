// Calls signed with AWS Signature Version 4: keys of the instance or of the environment, else the usual chain.
import { GatewayError } from "../core/errors.ts";
import type { Environment } from "./environment.ts";
import type { Credential, CredentialHeaders, Given, OutgoingCall } from "./provider.ts";

export type AwsKeys = { accessKeyId: string; secretAccessKey: string; sessionToken?: string };

/** Gives keys that are good now; it remembers them and replaces them before they expire. */
export type AwsKeySource = () => Promise<AwsKeys>;

/** A service that answers about credentials is waited for so long, milliseconds. */
const connectWaitMs = 3_000;
const answerWaitMs = 10_000;
/** One for each day and key: more than two at once come from keys that have been replaced. */
const signingKeysMax = 8;

export type AwsInput = {
  /** Instance name, for messages. */
  provider: string;
  service: string;
  region: string;
  given: Given;
  environment: Environment;
};

/** Undefined when only half of a pair of keys was given. */
export function awsCredential(input: AwsInput): Credential | undefined {
  const source = keySource(input);
  if (!source) return undefined;
  const { provider, service, region } = input;
  const secrets: string[] = [];
  const signingKeys = new Map<string, ArrayBuffer>();
  const authorize = async (call: OutgoingCall): Promise<CredentialHeaders> => {
    const keys = await source().catch((cause) => {
      const message = `no AWS credentials could be found for ${provider}: set keys, a profile, or a role`;
      throw new GatewayError("upstream_auth", message, { cause });
    });
    remember(secrets, keys);
    if (signingKeys.size > signingKeysMax) signingKeys.clear();
    return await sign(call, { keys, service, region, cache: signingKeys });
  };
  return Object.freeze({ id: "aws", headers: Object.freeze({}), authorize, secrets });
}

export type SigningInput = {
  keys: AwsKeys;
  service: string;
  region: string;
  cache?: Map<string, ArrayBuffer>;
  /** As in `x-amz-date`; now by default. */
  datetime?: string;
};

/**
 * The headers that a signature adds. Only the host and our own `x-amz-` headers are signed beside method, path, query and
 * body: proxies on the way may change the others (docs.aws.amazon.com, "Create a signed AWS API request").
 */
export async function sign(call: OutgoingCall, input: SigningInput): Promise<CredentialHeaders> {
  if (call.body === undefined && call.method !== "GET" && call.method !== "HEAD" && call.method !== "DELETE") {
    throw new GatewayError("not_supported", "a body that is streamed through cannot be signed for AWS");
  }
  const { AwsV4Signer } = await import("aws4fetch");
  const own = Object.entries(call.headers).filter(([name]) => name.startsWith("x-amz-"));
  const signer = new AwsV4Signer({
    method: call.method,
    url: call.url,
    headers: Object.fromEntries(own),
    ...(call.body !== undefined && { body: call.body as Uint8Array<ArrayBuffer> | string }),
    accessKeyId: input.keys.accessKeyId,
    secretAccessKey: input.keys.secretAccessKey,
    ...(input.keys.sessionToken !== undefined && { sessionToken: input.keys.sessionToken }),
    service: input.service,
    region: input.region,
    ...(input.cache && { cache: input.cache }),
    ...(input.datetime !== undefined && { datetime: input.datetime }),
  });
  const { headers } = await signer.sign();
  const added: { [name: string]: string } = {};
  for (const name of ["authorization", "x-amz-date", "x-amz-security-token"]) {
    const value = headers.get(name);
    if (value !== null) added[name] = value;
  }
  return added;
}

/** AWS repeats what was signed when it refuses a signature, the session token included. */
function remember(secrets: string[], keys: AwsKeys): void {
  const held = [keys.secretAccessKey, ...(keys.sessionToken === undefined ? [] : [keys.sessionToken])];
  if (held.every((secret) => secrets.includes(secret))) return;
  // Those of the keys before stay: calls that were signed with them may still be answered.
  secrets.splice(0, Math.max(0, secrets.length - 2));
  secrets.push(...held);
}

/**
 * The instance's own keys, then its own profile, then the environment's keys, then the chain. Keys win over AWS_PROFILE,
 * as with the AWS command line.
 */
function keySource({ given, environment, region }: AwsInput): AwsKeySource | undefined {
  const own = pair(given.access_key_id, given.secret_access_key, given.session_token);
  if (own === "half") return undefined;
  if (own) return () => Promise.resolve(own);
  if (given.profile !== undefined) return profileSource(given.profile, environment, region);
  const general = pair(
    environment["AWS_ACCESS_KEY_ID"],
    environment["AWS_SECRET_ACCESS_KEY"],
    environment["AWS_SESSION_TOKEN"],
  );
  if (general === "half") return undefined;
  return general ? () => Promise.resolve(general) : chainSource(environment, region);
}

function pair(id: string | undefined, secret: string | undefined, token: string | undefined) {
  if (id === undefined && secret === undefined) return undefined;
  if (id === undefined || secret === undefined) return "half";
  return { accessKeyId: id, secretAccessKey: secret, ...(token !== undefined && { sessionToken: token }) };
}

/** Where the shared files are, and how token services are called; nothing of it is written to the process. */
function commonOptions(environment: Environment, region: string) {
  const credentialsFile = environment["AWS_SHARED_CREDENTIALS_FILE"];
  const configFile = environment["AWS_CONFIG_FILE"];
  return {
    ...(credentialsFile !== undefined && { filepath: credentialsFile }),
    ...(configFile !== undefined && { configFilepath: configFile }),
    clientConfig: {
      region,
      requestHandler: { connectionTimeout: connectWaitMs, requestTimeout: answerWaitMs },
      maxAttempts: 2,
    },
    logger: silent,
  };
}

const silent = { trace() {}, debug() {}, info() {}, warn() {}, error() {} };

/** Keys, a role, a web identity, single sign-on or a command, as the named profile of the shared files has it. */
function profileSource(profile: string, environment: Environment, region: string): AwsKeySource {
  let opened: Promise<AwsKeySource> | undefined;
  const open = async () => {
    const { fromIni } = await import("@aws-sdk/credential-provider-ini");
    return kept(() => fromIni({ ...commonOptions(environment, region), profile })());
  };
  return async () => {
    opened ??= open();
    return await (await opened)();
  };
}

/** Shared files, single sign-on, a command, a web identity, the container's endpoint, the machine's role. */
function chainSource(environment: Environment, region: string): AwsKeySource {
  let opened: Promise<AwsKeySource> | undefined;
  const open = async () => {
    const { defaultProvider } = await import("@aws-sdk/credential-provider-node");
    const role = environment["AWS_ROLE_ARN"];
    const tokenFile = environment["AWS_WEB_IDENTITY_TOKEN_FILE"];
    const session = environment["AWS_ROLE_SESSION_NAME"];
    const profile = environment["AWS_PROFILE"];
    return defaultProvider({
      ...commonOptions(environment, region),
      ...(profile !== undefined && { profile }),
      ...(role !== undefined && { roleArn: role }),
      ...(tokenFile !== undefined && { webIdentityTokenFile: tokenFile }),
      ...(session !== undefined && { roleSessionName: session }),
    });
  };
  return async () => {
    opened ??= open();
    return await (await opened)();
  };
}

type ExpiringKeys = AwsKeys & { expiration?: Date };

/** Keys are replaced this long before they expire. */
const aheadMs = 5 * 60_000;

/** One reading at a time; keys without an end are read once. */
function kept(read: () => Promise<ExpiringKeys>): AwsKeySource {
  let keys: ExpiringKeys | undefined;
  let reading: Promise<ExpiringKeys> | undefined;
  return async () => {
    if (keys && (keys.expiration === undefined || keys.expiration.getTime() - Date.now() > aheadMs)) return keys;
    reading ??= read().finally(() => {
      reading = undefined;
    });
    keys = await reading;
    return keys;
  };
}
