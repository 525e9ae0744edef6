// Entra tokens for Azure: an application's secret, a workload's federated token, or a managed identity.
import type { Environment } from "./environment.ts";
import type { Credential, Given } from "./provider.ts";
import { type Token, type TokenFetch, tokenCredential } from "./token-cache.ts";

export type AzureInput = {
  /** Instance name, for messages. */
  provider: string;
  /** The audience, as a scope: "https://cognitiveservices.azure.com/.default". */
  scope: string;
  given: Given;
  environment: Environment;
  fetchToken: TokenFetch;
};

type TokenCall = { url: string; init: RequestInit };

export function azureCredential(input: AzureInput): Credential {
  return tokenCredential({
    id: "azure",
    what: `the Entra token of ${input.provider}`,
    fetchToken: async () => {
      const { url, init } = await tokenCall(input);
      return await readToken(await input.fetchToken(url, init));
    },
  });
}

/** In the order of Azure's own DefaultAzureCredential: environment, workload identity, managed identity. */
async function tokenCall({ given, environment, scope }: AzureInput): Promise<TokenCall> {
  const { tenant_id: tenant, client_id: client, client_secret: secret } = given;
  const federated = environment["AZURE_FEDERATED_TOKEN_FILE"];
  const authority = (environment["AZURE_AUTHORITY_HOST"] ?? "https://login.microsoftonline.com").replace(/\/+$/, "");
  if (tenant && client && secret) {
    return grant(authority, tenant, { client_id: client, client_secret: secret, scope });
  }
  if (tenant && client && federated) {
    const assertion = (await Bun.file(federated).text()).trim();
    const type = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    return grant(authority, tenant, {
      client_id: client,
      client_assertion: assertion,
      client_assertion_type: type,
      scope,
    });
  }
  return managedIdentity(environment, scope.replace(/\/\.default$/, ""), client);
}

/** learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow (2026-11). */
function grant(authority: string, tenant: string, fields: { [name: string]: string }): TokenCall {
  const body = new URLSearchParams({ grant_type: "client_credentials", ...fields }).toString();
  const headers = { "content-type": "application/x-www-form-urlencoded", accept: "application/json" };
  return {
    url: `${authority}/${encodeURIComponent(tenant)}/oauth2/v2.0/token`,
    init: { method: "POST", headers, body },
  };
}

/**
 * App Service and containers name an endpoint; virtual machines have theirs at a fixed address
 * (learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token, 2026-11).
 */
function managedIdentity(environment: Environment, resource: string, client: string | undefined): TokenCall {
  const query = new URLSearchParams({ resource, ...(client && { client_id: client }) });
  const endpoint = environment["IDENTITY_ENDPOINT"];
  const header = environment["IDENTITY_HEADER"];
  if (endpoint && header) {
    query.set("api-version", "2019-08-01");
    return { url: `${endpoint}?${query}`, init: { headers: { "x-identity-header": header } } };
  }
  query.set("api-version", "2018-02-01");
  const host = (environment["AZURE_POD_IDENTITY_AUTHORITY_HOST"] ?? "http://169.254.169.254").replace(/\/+$/, "");
  return { url: `${host}/metadata/identity/oauth2/token?${query}`, init: { headers: { metadata: "true" } } };
}

type TokenReply = { access_token?: unknown; expires_in?: unknown };

async function readToken(response: Response): Promise<Token> {
  const text = await response.text();
  if (!response.ok) throw new Error(`the token endpoint answered ${response.status}: ${text.slice(0, 500)}`);
  const { access_token: token, expires_in: seconds } = JSON.parse(text) as TokenReply;
  if (typeof token !== "string" || token === "") throw new Error("the token endpoint gave no token");
  // Managed identities write the number as text.
  const lifeMs = (Number(seconds) || 300) * 1000;
  return { headers: { authorization: `Bearer ${token}` }, expiresAtMs: Date.now() + lifeMs };
}
