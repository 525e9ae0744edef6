// AWS's usual chain against fake services on loopback. The libraries read the process's variables: each case is a process.
import { expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { jsonReply, openFakeUpstream, type Step } from "../support/fake-upstream.ts";

const program = `
  const { awsCredential } = await import(${JSON.stringify(join(import.meta.dir, "../../src/providers/aws-credentials.ts"))});
  const given = { keyed: false, ...(process.env.TEST_PROFILE && { profile: process.env.TEST_PROFILE }) };
  const credential = awsCredential({ provider: "bedrock", service: "bedrock", region: "eu-west-1", given, environment: process.env });
  const before = JSON.stringify(process.env);
  const call = { method: "GET", url: "https://bedrock.eu-west-1.amazonaws.com/foundation-models", headers: {} };
  const all = await Promise.allSettled(Array.from({ length: 5 }, () => credential.authorize(call)));
  const [first] = all;
  const shown = first.status === "fulfilled"
    ? { key: /Credential=([^/]+)/.exec(first.value.authorization)[1], token: first.value["x-amz-security-token"] }
    : { code: first.reason.code };
  console.log(JSON.stringify({ ...shown, untouched: JSON.stringify(process.env) === before }));
`;

async function run(environment: { [name: string]: string }): Promise<unknown> {
  const child = Bun.spawn([process.execPath, "-e", program], {
    env: { PATH: process.env["PATH"] ?? "", HOME: "/nowhere", ...environment },
    stdout: "pipe",
    stderr: "pipe",
  });
  const [output, errors] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  await child.exited;
  expect(errors).toBe("");
  return JSON.parse(output);
}

function openFolder(files: { [name: string]: string }) {
  const folder = mkdtempSync(join(tmpdir(), "sluice-aws-"));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  return { path: (name: string) => join(folder, name), [Symbol.dispose]: () => rmSync(folder, { recursive: true }) };
}

const noMachine = { AWS_EC2_METADATA_DISABLED: "true" };
const inAnHour = () => new Date(Date.now() + 3_600_000).toISOString();

test("a profile of the shared credentials file", async () => {
  using folder = openFolder({
    credentials:
      "[default]\naws_access_key_id = AKIDDEFAULT\naws_secret_access_key = s\n\n[team]\naws_access_key_id = AKIDTEAM\naws_secret_access_key = s\n",
    config: "[default]\nregion = eu-west-1\n",
  });
  const files = { AWS_SHARED_CREDENTIALS_FILE: folder.path("credentials"), AWS_CONFIG_FILE: folder.path("config") };
  expect(await run({ ...noMachine, ...files })).toEqual({ key: "AKIDDEFAULT", untouched: true });
  expect(await run({ ...noMachine, ...files, AWS_PROFILE: "team" })).toEqual({ key: "AKIDTEAM", untouched: true });
  expect(await run({ ...noMachine, ...files, TEST_PROFILE: "team" })).toEqual({ key: "AKIDTEAM", untouched: true });
  // A profile that is not there is no reason to call as somebody else.
  expect(await run({ ...noMachine, ...files, TEST_PROFILE: "absent" })).toEqual({
    code: "upstream_auth",
    untouched: true,
  });
}, 30_000);

/** docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html (2026-11). */
const assumed = () => `<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>ASIAWEB</AccessKeyId><SecretAccessKey>s</SecretAccessKey>
  <SessionToken>web-token</SessionToken><Expiration>${inAnHour()}</Expiration></Credentials></AssumeRoleWithWebIdentityResult>
  </AssumeRoleWithWebIdentityResponse>`;

const xml = (text: string): Step[] => [
  {
    head: {
      headers: [
        ["Content-Type", "text/xml"],
        ["Content-Length", String(text.length)],
      ],
      framing: "length",
    },
  },
  { write: text },
];

test("a web identity, exchanged at STS once for all calls", async () => {
  await using sts = await openFakeUpstream(() => xml(assumed()));
  using folder = openFolder({ token: "web-identity-token" });
  const shown = await run({
    ...noMachine,
    AWS_ROLE_ARN: "arn:aws:iam::123456789012:role/sluice",
    AWS_WEB_IDENTITY_TOKEN_FILE: folder.path("token"),
    AWS_ENDPOINT_URL_STS: sts.url,
    AWS_REGION: "eu-west-1",
  });
  expect(shown).toEqual({ key: "ASIAWEB", token: "web-token", untouched: true });
  expect(sts.requests.length).toBe(1);
  const form = new URLSearchParams(new TextDecoder().decode(sts.requests[0]?.body));
  expect([form.get("Action"), form.get("WebIdentityToken")]).toEqual([
    "AssumeRoleWithWebIdentity",
    "web-identity-token",
  ]);
}, 30_000);

/** docs.aws.amazon.com/AmazonECS task-iam-roles and EKS pod identities (2026-11). */
test("a container's endpoint, with the token that goes with it", async () => {
  const keys = { AccessKeyId: "ASIATASK", SecretAccessKey: "s", Token: "task-token" };
  await using host = await openFakeUpstream(() => jsonReply({ ...keys, Expiration: inAnHour() }));
  const container = {
    AWS_CONTAINER_CREDENTIALS_FULL_URI: `${host.url}/creds`,
    AWS_CONTAINER_AUTHORIZATION_TOKEN: "pod",
  };
  expect(await run({ ...noMachine, ...container })).toEqual({ key: "ASIATASK", token: "task-token", untouched: true });
  expect([host.requests[0]?.target, host.requests[0]?.header("authorization")]).toEqual(["/creds", "pod"]);
}, 30_000);

/** docs.aws.amazon.com/AWSEC2 instance-metadata-v2 (2026-11): a token first, then the role's name, then its keys. */
test("the machine's role, by IMDSv2", async () => {
  await using host = await openFakeUpstream(({ method, target }) => {
    if (method === "PUT") return text("imds-token");
    if (target.endsWith("/security-credentials/")) return text("machine-role");
    const keys = {
      Code: "Success",
      Type: "AWS-HMAC",
      AccessKeyId: "ASIAMACHINE",
      SecretAccessKey: "s",
      Token: "machine-token",
    };
    return jsonReply({ ...keys, Expiration: inAnHour(), LastUpdated: new Date().toISOString() });
  });
  const shown = await run({ AWS_EC2_METADATA_SERVICE_ENDPOINT: host.url });
  expect(shown).toEqual({ key: "ASIAMACHINE", token: "machine-token", untouched: true });
  const asked = host.requests.map(({ method, target }) => `${method} ${target.split("/").at(-1)}`);
  expect(asked).toEqual(["PUT token", "GET ", "GET machine-role"]);
  expect(host.requests[2]?.header("x-aws-ec2-metadata-token")).toBe("imds-token");
}, 30_000);

const text = (content: string): Step[] => [
  {
    head: {
      headers: [
        ["Content-Type", "text/plain"],
        ["Content-Length", String(content.length)],
      ],
      framing: "length",
    },
  },
  { write: content },
];

test("nothing at all is a typed failure", async () => {
  expect(await run(noMachine)).toEqual({ code: "upstream_auth", untouched: true });
}, 30_000);
