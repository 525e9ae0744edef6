// Where passthrough requests go, and which paths go nowhere (nenya.md 9.2, robustness.md 3 and V7).
import { describe, expect, test } from "bun:test";
import { GatewayError } from "../../src/core/errors.ts";
import { passthroughAddress, readRoute } from "../../src/exchange/passthrough-address.ts";
import type { Provider } from "../../src/providers/provider.ts";
import { openNamed } from "../providers/support.ts";

const providers = openNamed({
  openai: { api_key: "k" },
  anthropic: { api_key: "k" },
  gemini: { api_key: "k" },
  groq: { api_key: "k" },
  deepseek: { api_key: "k" },
  ollama: { base_url: "http://10.0.0.7:11434" },
  "openai-shared": { api_key: "k", base_url: "https://gateway.example.com/team-a/v1" },
});

function address(path: string, v1Alias = true): string {
  const route = readRoute(`http://127.0.0.1:8080${path}`);
  if (!route) throw new Error(`${path} is no route`);
  return passthroughAddress(route, providers.get(route.provider) as Provider, { v1Alias });
}

const going: readonly (readonly [from: string, to: string])[] = [
  ["/p/openai/files", "https://api.openai.com/v1/files"],
  ["/p/openai/v1/files", "https://api.openai.com/v1/files"],
  ["/p/openai/v1/files/file-abc/content?x=1&y", "https://api.openai.com/v1/files/file-abc/content?x=1&y"],
  ["/p/openai/v10/files", "https://api.openai.com/v1/v10/files"],
  ["/p/anthropic/v1/messages", "https://api.anthropic.com/v1/messages"],
  ["/p/gemini/models", "https://generativelanguage.googleapis.com/v1beta/models"],
  [
    "/p/gemini/v1beta/models/x:generateContent",
    "https://generativelanguage.googleapis.com/v1beta/models/x:generateContent",
  ],
  ["/p/groq/models", "https://api.groq.com/openai/v1/models"],
  ["/p/groq/v1/models", "https://api.groq.com/openai/v1/models"],
  ["/p/groq/openai/v1/models", "https://api.groq.com/openai/v1/models"],
  ["/proxy/openai/v1/models", "https://api.openai.com/v1/models"],
  ["/proxy/anthropic/v1/messages?beta=true", "https://api.anthropic.com/v1/messages?beta=true"],
  ["/proxy/gemini/v1/models", "https://generativelanguage.googleapis.com/v1/models"],
  ["/proxy/groq/openai/v1/models", "https://api.groq.com/openai/v1/models"],
  ["/proxy/ollama/api/tags", "http://10.0.0.7:11434/api/tags"],
  ["/proxy/openai-shared/v1/models", "https://gateway.example.com/team-a/v1/models"],
  ["/proxy/openai-shared/other/v1/models", "https://gateway.example.com/team-a/other/v1/models"],
  // Encoded delimiters stay part of the path, odd but legal characters stay as they are.
  ["/p/openai/a%3Fb%23c", "https://api.openai.com/v1/a%3Fb%23c"],
  [
    "/p/openai/a..b/.well-known/x~y;z=1/@user:1/%e4%bd%a0",
    "https://api.openai.com/v1/a..b/.well-known/x~y;z=1/@user:1/%e4%bd%a0",
  ],
  ["/p/openai/files/", "https://api.openai.com/v1/files/"],
  ["/p/openai/@evil.example/x", "https://api.openai.com/v1/@evil.example/x"],
  // The client's own key goes no further; the rest of the query keeps its bytes.
  ["/p/gemini/models?key=abc", "https://generativelanguage.googleapis.com/v1beta/models"],
  [
    "/p/gemini/models?a=%20+b&key=abc&monkey=1&c",
    "https://generativelanguage.googleapis.com/v1beta/models?a=%20+b&monkey=1&c",
  ],
  ["/p/gemini/models?%6bey=abc&a", "https://generativelanguage.googleapis.com/v1beta/models?a"],
  ["/p/openai/x?u=http://evil.example/../%2e%2e//", "https://api.openai.com/v1/x?u=http://evil.example/../%2e%2e//"],
];

for (const [from, to] of going) {
  test(`${from} goes to ${to}`, () => {
    expect(address(from)).toBe(to);
  });
}

test("a base URL without a version leaves the version to the path", () => {
  const { baseUrl } = providers.get("deepseek") as Provider;
  expect(new URL(baseUrl).pathname).not.toMatch(/v\d/);
  expect(address("/p/deepseek/v1/models")).toBe(`${baseUrl}/v1/models`);
});

test("without the alias a second version is refused, not doubled", () => {
  expect(() => address("/p/openai/v1/files", false)).not.toThrow();
  expect(() => address("/p/groq/v1/files", false)).toThrow(/v1_alias/);
  expect(address("/p/openai/files", false)).toBe("https://api.openai.com/v1/files");
});

test("what a host wants in every query is there once, whoever wrote it", () => {
  const provider = providers.get("openai") as Provider;
  const dated: Provider = { ...provider, row: { ...provider.row, query: { "api-version": "2026-01-01" } } };
  const to = (path: string) => {
    const route = readRoute(`http://h${path}`);
    return route && passthroughAddress(route, dated, { v1Alias: true });
  };
  expect(to("/p/openai/x")).toBe("https://api.openai.com/v1/x?api-version=2026-01-01");
  expect(to("/p/openai/x?a=%20")).toBe("https://api.openai.com/v1/x?a=%20&api-version=2026-01-01");
  expect(to("/p/openai/x?api-version=mine&a")).toBe("https://api.openai.com/v1/x?api-version=mine&a");
});

describe("refused with 400", () => {
  const refused = [
    "/p/openai",
    "/p/openai/",
    "/p/openai//v1",
    "/p/openai/x//y",
    "/p/openai/a%2fb",
    "/p/openai/a%5Cb",
    "/p/openai/a\\b",
    "/p/openai/..;/admin",
    "/p/openai/%2e%2e;x/admin",
    "/p/openai/%252e%252e/admin",
    "/p/openai/%c0%ae%c0%ae/admin",
    "/p/openai/%ef%bc%8e%ef%bc%8e/admin",
    "/p/openai/%e2%80%a5/admin",
    "/p/openai/x%00y",
    "/p/openai/x%0d%0aHost:%20evil",
    "/p/openai/x%7f",
    "/p/openai/%zz",
    "/p/openai/%ff",
    "/proxy/openai/%2e%2e",
    "/proxy/openai/ %2e%2e /x",
  ];
  for (const path of refused) {
    test(path, () => {
      let failure: unknown;
      try {
        address(path);
      } catch (cause) {
        failure = cause;
      }
      expect(failure).toBeInstanceOf(GatewayError);
      expect((failure as GatewayError).status).toBe(400);
    });
  }
});

test("whatever stands in a path, the provider's host is called below its base URL", () => {
  const pieces = [
    "..",
    ".",
    "%2e",
    "%2E%2e",
    "/",
    "//",
    "\\",
    "%2f",
    "%5c",
    "@",
    ":",
    "?",
    "#",
    "%23",
    "evil.example",
    "v1",
    ";",
    "%c0%ae",
    "%09",
    "\t",
    "[",
    "]",
    "%",
    "&",
  ];
  const random = openRandom(7);
  for (let round = 0; round < 5000; round++) {
    const path = Array.from({ length: 1 + random(8) }, () => pieces[random(pieces.length)]).join("");
    try {
      const url = new URL(address(`/p/openai/${path}`));
      expect(url.origin).toBe("https://api.openai.com");
      expect(url.pathname.startsWith("/v1/")).toBe(true);
    } catch (cause) {
      if (!(cause instanceof GatewayError)) throw cause;
    }
  }
});

/** A repeatable source of whole numbers below a bound. */
function openRandom(seed: number): (bound: number) => number {
  let state = seed;
  return (bound) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * bound);
  };
}
