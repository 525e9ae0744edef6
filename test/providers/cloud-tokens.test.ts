// Tokens of Google and Entra, asked of fake token services on loopback as their documents describe the requests.
import { describe, expect, test } from "bun:test";
import { createVerify, generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fetchToken } from "../../src/exchange/upstream.ts";
import { azureCredential } from "../../src/providers/azure-credentials.ts";
import { googleCredential } from "../../src/providers/google-credentials.ts";
import type { Credential } from "../../src/providers/provider.ts";
import { jsonReply, openFakeUpstream, type SeenRequest } from "../support/fake-upstream.ts";

const call = { method: "POST", url: "https://host.example.com/", headers: {} };
const authorize = async (credential: Credential) => await credential.authorize?.(call);
const text = (request: SeenRequest | undefined) => new TextDecoder().decode(request?.body);

function openFile(content: string) {
  const folder = mkdtempSync(join(tmpdir(), "sluice-token-"));
  const path = join(folder, "file");
  writeFileSync(path, content);
  return { path, [Symbol.dispose]: () => rmSync(folder, { recursive: true }) };
}

describe("Google", () => {
  const scope = "https://www.googleapis.com/auth/cloud-platform";
  const pair = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const privateKey = pair.privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  const account = (tokenAddress: string) => ({
    type: "service_account",
    private_key_id: "key-1",
    private_key: privateKey,
    client_email: "sluice@project.iam.gserviceaccount.com",
    token_uri: tokenAddress,
  });
  const common = { provider: "vertex", scope, environment: {}, fetchToken };
  const reply = jsonReply({ access_token: "ya29.token", expires_in: 3599, token_type: "Bearer" });

  /** developers.google.com/identity/protocols/oauth2/service-account (2026-11): a JWT, signed, exchanged for a token. */
  test("a service account signs for its scope, and one token serves until shortly before its end", async () => {
    await using host = await openFakeUpstream(reply);
    const given = { keyed: false, service_account_json: JSON.stringify(account(`${host.url}/token`)) };
    const credential = googleCredential({ ...common, given }) as Credential;
    const calls = await Promise.all(Array.from({ length: 20 }, () => authorize(credential)));
    expect(calls.at(-1)).toEqual({ authorization: "Bearer ya29.token" });
    expect(host.requests.map(({ method, target }) => `${method} ${target}`)).toEqual(["POST /token"]);
    const form = new URLSearchParams(text(host.requests[0]));
    expect(form.get("grant_type")).toBe("urn:ietf:params:oauth:grant-type:jwt-bearer");
    const [head = "", claims = "", signature = ""] = (form.get("assertion") ?? "").split(".");
    const decoded = (part: string) => JSON.parse(Buffer.from(part, "base64url").toString());
    expect(decoded(head)).toMatchObject({ alg: "RS256" });
    expect(decoded(claims)).toMatchObject({ iss: "sluice@project.iam.gserviceaccount.com", scope });
    const verifier = createVerify("RSA-SHA256").update(`${head}.${claims}`);
    expect(verifier.verify(pair.publicKey, signature, "base64url")).toBe(true);
    expect(credential.secrets).toEqual(["ya29.token"]);
  });

  test("the same as a file and in Base64; two instances share nothing", async () => {
    await using one = await openFakeUpstream(reply);
    await using two = await openFakeUpstream(jsonReply({ access_token: "ya29.other", expires_in: 3599 }));
    using file = openFile(JSON.stringify(account(`${one.url}/token`)));
    const encoded = Buffer.from(JSON.stringify(account(`${two.url}/token`))).toString("base64");
    const first = googleCredential({ ...common, given: { keyed: false, service_account_file: file.path } });
    const second = googleCredential({ ...common, given: { keyed: false, service_account_json_base64: encoded } });
    expect(await authorize(first as Credential)).toEqual({ authorization: "Bearer ya29.token" });
    expect(await authorize(second as Credential)).toEqual({ authorization: "Bearer ya29.other" });
  });

  test("GOOGLE_APPLICATION_CREDENTIALS may hold a user's refresh token, with the project that is billed", async () => {
    const urls: string[] = [];
    const user = {
      type: "authorized_user",
      client_id: "c",
      client_secret: "s",
      refresh_token: "1//r",
      quota_project_id: "billed",
    };
    using file = openFile(JSON.stringify(user));
    const credential = googleCredential({
      ...common,
      given: { keyed: false },
      environment: { GOOGLE_APPLICATION_CREDENTIALS: file.path },
      fetchToken: async (url) => {
        urls.push(url);
        return Response.json({ access_token: "ya29.user", expires_in: 3599 });
      },
    });
    expect(await authorize(credential as Credential)).toEqual({
      authorization: "Bearer ya29.user",
      "x-goog-user-project": "billed",
    });
    expect(urls).toEqual(["https://oauth2.googleapis.com/token"]);
  });

  test("a refusal and a missing file are typed failures; broken JSON is told at the start", async () => {
    await using host = await openFakeUpstream(jsonReply({ error: "invalid_grant" }, 400));
    const given = { keyed: false, service_account_json: JSON.stringify(account(`${host.url}/token`)) };
    const refused = googleCredential({ ...common, given }) as Credential;
    await expect(authorize(refused)).rejects.toMatchObject({ code: "upstream_auth" });
    const missing = googleCredential({ ...common, given: { keyed: false, service_account_file: "/nowhere.json" } });
    await expect(authorize(missing as Credential)).rejects.toMatchObject({ code: "upstream_auth" });
    const broken = { keyed: false, service_account_json: "{" };
    expect(googleCredential({ ...common, given: broken })).toBe(
      "is no JSON of Google credentials: an object with a type",
    );
  });
});

describe("Entra", () => {
  const scope = "https://cognitiveservices.azure.com/.default";
  const common = { provider: "azure", scope, fetchToken };
  const reply = jsonReply({ token_type: "Bearer", expires_in: 3599, access_token: "eyJ.token" });
  const application = { keyed: false, tenant_id: "tenant", client_id: "client" };

  test("an application's secret is exchanged for a token", async () => {
    await using host = await openFakeUpstream(reply);
    const given = { ...application, client_secret: "s~cret" };
    const credential = azureCredential({ ...common, given, environment: { AZURE_AUTHORITY_HOST: `${host.url}/` } });
    expect(await authorize(credential)).toEqual({ authorization: "Bearer eyJ.token" });
    const [request] = host.requests;
    expect(`${request?.method} ${request?.target}`).toBe("POST /tenant/oauth2/v2.0/token");
    expect(Object.fromEntries(new URLSearchParams(text(request)))).toEqual({
      grant_type: "client_credentials",
      client_id: "client",
      client_secret: "s~cret",
      scope,
    });
  });

  test("a workload shows the token that its platform gave it, read anew each time", async () => {
    await using host = await openFakeUpstream(reply);
    using file = openFile("federated-token\n");
    const environment = { AZURE_AUTHORITY_HOST: host.url, AZURE_FEDERATED_TOKEN_FILE: file.path };
    await authorize(azureCredential({ ...common, given: application, environment }));
    expect(Object.fromEntries(new URLSearchParams(text(host.requests[0])))).toMatchObject({
      client_assertion: "federated-token",
      client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    });
  });

  test("a managed identity asks the machine's own service, or the one that its platform names", async () => {
    await using host = await openFakeUpstream(jsonReply({ access_token: "eyJ.machine", expires_in: "86399" }));
    const machine = { AZURE_POD_IDENTITY_AUTHORITY_HOST: host.url };
    const onMachine = azureCredential({ ...common, given: { keyed: false, client_id: "mine" }, environment: machine });
    expect(await authorize(onMachine)).toEqual({ authorization: "Bearer eyJ.machine" });
    const service = { IDENTITY_ENDPOINT: `${host.url}/msi/token`, IDENTITY_HEADER: "header-secret" };
    await authorize(azureCredential({ ...common, given: { keyed: false }, environment: service }));
    expect(host.requests.map(({ target }) => target)).toEqual([
      "/metadata/identity/oauth2/token?resource=https%3A%2F%2Fcognitiveservices.azure.com&client_id=mine&api-version=2018-02-01",
      "/msi/token?resource=https%3A%2F%2Fcognitiveservices.azure.com&api-version=2019-08-01",
    ]);
    expect(host.requests.map((request) => request.header("metadata") ?? request.header("x-identity-header"))).toEqual([
      "true",
      "header-secret",
    ]);
  });

  test("a refusal is a typed failure, and a redirect is none that is followed", async () => {
    await using host = await openFakeUpstream(jsonReply({ error: "invalid_client" }, 401));
    const given = { ...application, client_secret: "s" };
    const environment = { AZURE_AUTHORITY_HOST: host.url };
    await expect(authorize(azureCredential({ ...common, given, environment }))).rejects.toMatchObject({
      code: "upstream_auth",
    });
  });
});
