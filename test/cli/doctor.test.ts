// `sluice doctor` in front of seeded breakages: each is named by its code, with a remedy, without a secret.
import { afterAll, describe, expect, test } from "bun:test";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Finding } from "../../src/app/doctor-finding.ts";
import type { Machine } from "../../src/app/doctor-machine.ts";
import { runOn } from "../../src/cli/doctor.ts";
import { selfSigned } from "../support/certificate.ts";
import { type FakeUpstream, jsonReply, openFakeUpstream, type Script, type Step } from "../support/fake-upstream.ts";
import { openGateway } from "../support/gateway.ts";
import { openSilentPort } from "../support/silent-port.ts";

const scratch = mkdtempSync(join(tmpdir(), "sluice-doctor-"));
afterAll(() => rmSync(scratch, { recursive: true }));

const secret = "sk-very-secret-0123456789";
const healthy: Machine = {
  limits: async () => limitsOf("65536"),
  freeBytes: async () => 10 ** 10,
};

function limitsOf(hard: string): string {
  // proc(5), /proc/pid/limits.
  return `Limit                     Soft Limit           Hard Limit           Units\nMax open files            1024                 ${hard.padEnd(20)} files\n`;
}

type Result = { code: number; ok: boolean; findings: Finding[]; text: string };

async function examine(
  environment: { [name: string]: string },
  options: { machine?: Machine; arguments?: string[] } = {},
): Promise<Result> {
  let out = "";
  let err = "";
  const streams = {
    stdout: (text: string) => {
      out += text;
    },
    stderr: (text: string) => {
      err += text;
    },
  };
  const code = await runOn(options.machine ?? healthy, {
    arguments: ["--json", "--port", "0", ...(options.arguments ?? [])],
    streams,
    environment: { SLUICE_MODELS_SNAPSHOT: "off", ...environment },
  });
  const { ok, findings } = JSON.parse(out) as { ok: boolean; findings: Finding[] };
  return { code, ok, findings, text: out + err };
}

/** Looks at one host as the provider "openai". */
function examineHost(url: string, more: { [name: string]: string } = {}): Promise<Result> {
  return examine({ OPENAI_API_KEY: secret, OPENAI_BASE_URL: url, ...more });
}

function expectNamed(result: Result, code: string, status: Finding["status"]): Finding {
  const found = result.findings.find((finding) => finding.code === code);
  expect(result.findings.map((finding) => finding.code)).toContain(code);
  expect(found?.status).toBe(status);
  expect((found?.remedy ?? "").length).toBeGreaterThan(15);
  expect(result.text).not.toContain(secret);
  const failed = result.findings.some((finding) => finding.status === "failure");
  expect(result.code).toBe(failed ? 1 : 0);
  expect(result.ok).toBe(!failed);
  return found as Finding;
}

const models = { object: "list", data: [{ id: "gpt-4o" }] };
const html: Step[] = [
  { head: { headers: [["Content-Type", "text/html"]] } },
  { write: "<!doctype html><title>Sign in</title>" },
  { end: "complete" },
];
const plain = (text: string): Step[] => [
  { head: { headers: [["Content-Type", "application/json"]] } },
  { write: text },
  { end: "complete" },
];
const dated = (milliseconds: number): Step[] =>
  jsonReply(models, 200, [["Date", new Date(Date.now() + milliseconds).toUTCString()]]);
const says = (message: string) => ({ error: { message } });

/** What a provider answers, what that is called, and how bad it is. */
const replies: readonly (readonly [what: string, script: Script, code: string, status: Finding["status"]])[] = [
  ["a wrong key", jsonReply(says(`Incorrect API key provided: ${secret}`), 401), "credential.refused", "failure"],
  ["a key without the right", jsonReply(says("not allowed"), 403), "credential.forbidden", "failure"],
  ["no credit", jsonReply(says("pay"), 402), "credential.no_credit", "failure"],
  [
    "a used up quota",
    jsonReply({ error: { code: "insufficient_quota", message: "You exceeded your current quota" } }, 429),
    "credential.no_credit",
    "failure",
  ],
  ["a rate limit", jsonReply(says("slow down"), 429), "credential.rate_limited", "warning"],
  ["a list that is not there", jsonReply({}, 404), "address.no_list", "failure"],
  ["a method that is not allowed", jsonReply({}, 405), "address.no_list", "failure"],
  [
    "a redirect",
    [
      {
        head: {
          status: 302,
          headers: [
            ["Location", `https://login.example/?token=${secret}`],
            ["Content-Length", "0"],
          ],
          framing: "length",
        },
      },
    ],
    "address.redirect",
    "failure",
  ],
  ["an internal error", jsonReply(says("oops"), 500), "provider.failing", "failure"],
  ["an overload", jsonReply(says("busy"), 503), "provider.failing", "failure"],
  ["a bad request", jsonReply(says("what?"), 400), "address.refused", "failure"],
  ["a web page", html, "address.html", "failure"],
  ["nothing", plain(""), "address.not_json", "failure"],
  ["half of a JSON", plain('{"object":"list","da'), "address.not_json", "failure"],
  ["another JSON", jsonReply({ status: "ok" }), "address.other_api", "failure"],
  ["an error under 200", jsonReply(says("invalid")), "address.other_api", "failure"],
  ["an empty list", jsonReply({ object: "list", data: [] }), "models.none", "warning"],
  ["a clock that is a minute behind", dated(60_000), "clock.skew", "warning"],
  ["a clock that is ten minutes behind", dated(600_000), "clock.skew", "failure"],
  ["a clock that is an hour ahead", dated(-3_600_000), "clock.skew", "failure"],
  ["a connection that is closed at once", [{ reset: true }], "reply.broken_off", "failure"],
  [
    "a reply that breaks off",
    [
      {
        head: {
          headers: [
            ["Content-Type", "application/json"],
            ["Content-Length", "99"],
          ],
          framing: "length",
        },
      },
      { write: "{" },
      { end: "cut" },
    ],
    "reply.broken_off",
    "failure",
  ],
  ["something that is not HTTP", [{ raw: "SSH-2.0-OpenSSH_9.2\r\n" }, { end: "cut" }], "reply.not_http", "failure"],
  ["models that nobody has a price for", jsonReply({ data: [{ id: "my-own-model" }] }), "prices.none", "warning"],
];

describe("a provider that answers with", () => {
  for (const [what, script, code, status] of replies) {
    test(what, async () => {
      await using host = await openFakeUpstream(script);
      expectNamed(await examineHost(host.url), code, status);
    });
  }

  test("silence", async () => {
    await using host = await openFakeUpstream([{ stall: true }]);
    expectNamed(await examineHost(host.url, { SLUICE_MODELS_TIMEOUT: "200ms" }), "reply.late", "failure");
  });

  test("a wish for a credential where none was given", async () => {
    await using host = await openFakeUpstream(jsonReply(says("no key"), 401));
    expectNamed(await examine({ VLLM_BASE_URL: host.url }), "credential.wanted", "failure");
  });
});

describe("the way to a provider:", () => {
  test("a refused port", async () => {
    const host = await openFakeUpstream(jsonReply(models));
    host.close();
    expectNamed(await examineHost(host.url), "tcp.refused", "failure");
  });

  test("a host that never answers", async () => {
    const silent = await openSilentPort();
    const result = await examineHost(`http://127.0.0.1:${silent.port}`, { SLUICE_TIMEOUT_CONNECT: "300ms" });
    silent.close();
    expectNamed(result, "tcp.silent", "failure");
  });

  test("a name that does not exist", async () => {
    // RFC 6761: never resolves. Without a resolver the look-up itself fails, which is another finding.
    const result = await examineHost("https://nobody.invalid");
    const codes = result.findings.map(({ code }) => code);
    expectNamed(result, codes.includes("dns.failing") ? "dns.failing" : "dns.not_found", "failure");
  });

  const secure = async (names: string[], validity?: { from: string; until: string }): Promise<FakeUpstream> => {
    const { key, certificate } = selfSigned(names, validity);
    return openFakeUpstream(jsonReply(models), { tls: { key, cert: certificate } });
  };
  const utc = (days: number) =>
    `${new Date(Date.now() + days * 86_400_000).toISOString().replace(/[-:T]/g, "").slice(2, 14)}Z`;

  test("an expired certificate", async () => {
    await using host = await secure(["localhost"], { from: utc(-30), until: utc(-1) });
    expectNamed(await examineHost(host.url.replace("127.0.0.1", "localhost")), "tls.expired", "failure");
  });

  test("a certificate that is not valid yet", async () => {
    await using host = await secure(["localhost"], { from: utc(1), until: utc(30) });
    expectNamed(await examineHost(host.url.replace("127.0.0.1", "localhost")), "tls.not_yet", "failure");
  });

  test("a certificate for another host", async () => {
    await using host = await secure(["other.example"]);
    const { remedy } = expectNamed(
      await examineHost(host.url.replace("127.0.0.1", "localhost")),
      "tls.wrong_host",
      "failure",
    );
    expect(remedy).toContain("other.example");
  });

  test("a self-signed certificate", async () => {
    await using host = await secure(["localhost"]);
    expectNamed(await examineHost(host.url.replace("127.0.0.1", "localhost")), "tls.self_signed", "failure");
  });

  test("a certificate of an authority of one's own is well once that is named", async () => {
    const { key, certificate } = selfSigned(["localhost"]);
    await using host = await openFakeUpstream(jsonReply(models), { tls: { key, cert: certificate } });
    const authority = join(scratch, "authority.pem");
    writeFileSync(authority, certificate);
    const file = join(scratch, "trusting.json");
    writeFileSync(file, JSON.stringify({ providers: { openai: { ca_file: authority } } }));
    const url = host.url.replace("127.0.0.1", "localhost");
    const result = await examine({ OPENAI_API_KEY: secret, OPENAI_BASE_URL: url }, { arguments: ["--config", file] });
    expect(result.findings.filter(({ status }) => status === "failure")).toEqual([]);
    expect(result.findings.map(({ code }) => code)).toContain("tls.ok");
  });

  test("a proxy that is not there, without its password", async () => {
    const proxy = await openFakeUpstream(jsonReply(models));
    proxy.close();
    const result = await examineHost("https://api.example.com", {
      HTTPS_PROXY: proxy.url.replace("http://", `http://me:${secret}@`),
    });
    const { check } = expectNamed(result, "tcp.refused", "failure");
    expect(check).toContain("proxy");
  });

  test("https where only http is spoken", async () => {
    await using host = await openFakeUpstream(jsonReply(models));
    expectNamed(await examineHost(host.url.replace("http:", "https:")), "tls.none", "failure");
  });
});

describe("the machine and the settings:", () => {
  test("a port in use", async () => {
    const taken = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
    expectNamed(await examine({}, { arguments: ["--port", String(taken.port)] }), "port.in_use", "failure");
    taken.stop(true);
  });

  test("a port that Sluice itself listens on is no failure", async () => {
    await using gateway = await openGateway({});
    const { findings, code } = await examine({}, { arguments: ["--port", String(gateway.port)] });
    expect(findings.map((finding) => finding.code)).toContain("port.sluice");
    expect(code).toBe(0);
  });

  test("an address that is not this machine's", async () => {
    expectNamed(await examine({ SLUICE_MASTER_KEY: "a-master-key", HOST: "192.0.2.7" }), "port.no_address", "failure");
  });

  test("a place for the model lists that cannot be written", async () => {
    writeFileSync(join(scratch, "file"), "");
    expectNamed(
      await examine({ SLUICE_MODELS_SNAPSHOT: join(scratch, "file/models.json") }),
      "disk.not_writable",
      "warning",
    );
  });

  test("a full disk", async () => {
    const machine = { ...healthy, freeBytes: async () => 5_000_000 };
    expectNamed(
      await examine({ SLUICE_MODELS_SNAPSHOT: join(scratch, "models.json") }, { machine }),
      "disk.full",
      "warning",
    );
  });

  test.each([
    ["256", "failure"],
    ["1024", "warning"],
  ] as const)("a limit of %s open files", async (limit, status) => {
    const machine = { ...healthy, limits: async () => limitsOf(limit) };
    expectNamed(await examine({}, { machine }), "files.few", status);
  });

  test("a bad base URL, an unknown variable, an unknown provider in the file", async () => {
    const file = join(scratch, "sluice.json");
    writeFileSync(
      file,
      JSON.stringify({
        providers: { nobody: { api_key: secret }, groq: { api_key: "k", base_url: "http://x/?q=1" } },
        sevrer: {},
      }),
    );
    const result = await examine({ SLUICE_PROT: "1" }, { arguments: ["--config", file] });
    expectNamed(result, "settings.problem", "failure");
    const messages = result.findings.filter(({ code }) => code === "settings.problem").map(({ message }) => message);
    for (const part of ["SLUICE_PROT", "sevrer", "providers.nobody", "providers.groq.base_url"]) {
      expect(messages.some((message) => message.includes(part))).toBe(true);
    }
  });

  test("a listener open to everybody, and a credential in the clear", async () => {
    const open = await examine({ SLUICE_ALLOW_OPEN: "true", HOST: "0.0.0.0" });
    expectNamed(open, "access.open", "warning");
    const clear = await examineHost("http://192.0.2.1:81", { SLUICE_TIMEOUT_CONNECT: "100ms" });
    expectNamed(clear, "encryption.none", "warning");
  });

  test("nobody to call, and somebody who is not there", async () => {
    expectNamed(await examine({}), "providers.none", "warning");
    expectNamed(await examine({}, { arguments: ["--provider", "nobody"] }), "providers.unknown", "failure");
  });

  test("a time-out that no model that thinks can keep", async () => {
    expectNamed(await examine({ SLUICE_TIMEOUT_FIRST_OUTPUT: "2s" }), "timeouts.short", "warning");
  });
});

describe("what is well", () => {
  test("is said, with the exit code 0", async () => {
    await using host = await openFakeUpstream(jsonReply(models, 200, [["Date", new Date().toUTCString()]]));
    const result = await examineHost(host.url);
    const ok = result.findings
      .filter(({ scope, status }) => scope === "openai" && status === "ok")
      .map(({ check }) => check);
    expect(ok).toEqual(["address", "connection", "credential", "clock", "models", "prices"]);
    expect(result.code).toBe(0);
  });

  test("of several keys, the one that is refused is named by its number", async () => {
    await using host = await openFakeUpstream((request) =>
      request.header("authorization") === "Bearer good-key" ? jsonReply(models) : jsonReply(says("no"), 401),
    );
    const result = await examine({ OPENAI_API_KEY: "good-key", OPENAI_API_KEY_2: secret, OPENAI_BASE_URL: host.url });
    const { message } = expectNamed(result, "credential.refused", "failure");
    expect(message).toStartWith("key 2");
    expect(result.findings.filter(({ code }) => code === "credential.ok").length).toBe(1);
  });

  test("and what is not comes as lines for people, a remedy under each, as soon as it is known", async () => {
    await using host = await openFakeUpstream(jsonReply(says("no"), 401));
    const lines: string[] = [];
    const code = await runOn(healthy, {
      arguments: ["--port", "0"],
      streams: { stdout: (text) => void lines.push(text), stderr: () => {} },
      environment: { OPENAI_API_KEY: secret, OPENAI_BASE_URL: host.url, SLUICE_MODELS_SNAPSHOT: "off" },
    });
    expect(code).toBe(1);
    expect(lines.length).toBeGreaterThan(5);
    expect(lines.join("")).toMatch(/^FAIL {2}openai: credential: .*\n {8}-> .*OPENAI_API_KEY/m);
    expect(lines.join("")).not.toContain(secret);
    expect(lines.at(-1)).toContain("1 failed");
  });

  test("a mistyped option is the command line's fault, and ends with its code", async () => {
    const code = await runOn(healthy, {
      arguments: ["--jsno"],
      streams: { stdout: () => {}, stderr: () => {} },
      environment: {},
    });
    expect(code).toBe(2);
  });
});

test("a folder without the right to write is named, unless one may write everywhere", async () => {
  const folder = mkdtempSync(join(scratch, "sealed-"));
  chmodSync(folder, 0o500);
  const result = await examine({ SLUICE_MODELS_SNAPSHOT: join(folder, "models.json") });
  const code = process.getuid?.() === 0 ? "disk.ok" : "disk.not_writable";
  expect(result.findings.map((finding) => finding.code)).toContain(code);
});
