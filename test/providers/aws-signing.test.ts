// Signature Version 4 against AWS's published test suite (aws-sig-v4-test-suite), and where keys come from.
import { describe, expect, test } from "bun:test";
import { createHash, createHmac } from "node:crypto";
import { awsCredential, sign } from "../../src/providers/aws-credentials.ts";

const keys = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" };
const suite = { keys, service: "service", region: "us-east-1", datetime: "20150830T123600Z" };
const scope = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request";

/** A session token of the suite's post-sts-header-before. */
const sessionToken =
  "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA==";

test.each([
  ["get-vanilla", "GET", "/", undefined, "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"],
  [
    "get-vanilla-query-order-key-case",
    "GET",
    "/?Param2=value2&Param1=value1",
    undefined,
    "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
  ],
  ["post-vanilla", "POST", "/", "", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"],
] as const)("%s", async (_name, method, path, body, signature) => {
  const call = { method, url: `https://example.amazonaws.com${path}`, headers: { accept: "x", "user-agent": "y" } };
  expect(await sign({ ...call, ...(body !== undefined && { body }) }, suite)).toEqual({
    authorization: `${scope}, SignedHeaders=host;x-amz-date, Signature=${signature}`,
    "x-amz-date": "20150830T123600Z",
  });
});

test("post-sts-header-before: a session token is sent and signed", async () => {
  const call = { method: "POST", url: "https://example.amazonaws.com/", headers: {}, body: new Uint8Array(0) };
  expect(await sign(call, { ...suite, keys: { ...keys, sessionToken } })).toEqual({
    authorization: `${scope}, SignedHeaders=host;x-amz-date;x-amz-security-token, Signature=85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead`,
    "x-amz-date": "20150830T123600Z",
    "x-amz-security-token": sessionToken,
  });
});

/** The canonical request as the service builds it from what it received: it encodes the path that was sent once more. */
test("a model with a colon, which is encoded in the path, is encoded twice in what is signed", async () => {
  const url = "https://bedrock-runtime.us-east-1.amazonaws.com/model/amazon.nova-pro-v1%3A0/converse";
  const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
  const hmac = (key: string | Buffer, text: string) => createHmac("sha256", key).update(text).digest();
  const canonical = [
    ...["POST", "/model/amazon.nova-pro-v1%253A0/converse", "", "host:bedrock-runtime.us-east-1.amazonaws.com"],
    ...["x-amz-date:20150830T123600Z", "", "host;x-amz-date", sha256("{}")],
  ].join("\n");
  const place = "20150830/us-east-1/bedrock/aws4_request";
  const key = ["us-east-1", "bedrock", "aws4_request"].reduce<Buffer>(
    hmac,
    hmac(`AWS4${keys.secretAccessKey}`, "20150830"),
  );
  const signature = hmac(key, ["AWS4-HMAC-SHA256", "20150830T123600Z", place, sha256(canonical)].join("\n"));
  const signed = await sign({ method: "POST", url, headers: {}, body: "{}" }, { ...suite, service: "bedrock" });
  expect(signed["authorization"]).toEndWith(`, Signature=${signature.toString("hex")}`);
});

test("a body that is streamed through cannot be signed, and says so", async () => {
  const call = { method: "POST", url: "https://example.amazonaws.com/", headers: {} };
  await expect(sign(call, suite)).rejects.toMatchObject({ code: "not_supported" });
});

describe("keys", () => {
  const common = { provider: "bedrock", service: "bedrock", region: "eu-west-1" };
  const call = { method: "GET", url: "https://bedrock.eu-west-1.amazonaws.com/foundation-models", headers: {} };
  const general = { AWS_ACCESS_KEY_ID: "AKIDGENERAL", AWS_SECRET_ACCESS_KEY: "general-secret" };
  const scopeOf = async (credential: ReturnType<typeof awsCredential>) =>
    /Credential=([^,]+)/.exec((await credential?.authorize?.(call))?.["authorization"] ?? "")?.[1];

  test("of the instance win over those of the environment, and are kept out of what is shown", async () => {
    const given = {
      keyed: false,
      access_key_id: "AKIDOWN",
      secret_access_key: "own-secret",
      session_token: "own-token",
    };
    const credential = awsCredential({ ...common, given, environment: general });
    const day = new Date().toISOString().slice(0, 10).replaceAll("-", "");
    expect(await scopeOf(credential)).toBe(`AKIDOWN/${day}/eu-west-1/bedrock/aws4_request`);
    expect(credential?.secrets).toEqual(["own-secret", "own-token"]);
    const other = awsCredential({ ...common, given: { keyed: false }, environment: { ...general, AWS_PROFILE: "p" } });
    expect(await scopeOf(other)).toStartWith("AKIDGENERAL/");
  });

  test("in halves are refused at the start", () => {
    expect(
      awsCredential({ ...common, given: { keyed: false, access_key_id: "A" }, environment: general }),
    ).toBeUndefined();
    const { AWS_ACCESS_KEY_ID } = general;
    expect(awsCredential({ ...common, given: { keyed: false }, environment: { AWS_ACCESS_KEY_ID } })).toBeUndefined();
  });
});
