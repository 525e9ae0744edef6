// Which requests go through which proxy, as users of curl and Go know it.
import { describe, expect, test } from "bun:test";
import { openProviders } from "../../src/providers/open.ts";
import { openProxy } from "../../src/providers/proxy.ts";

const proxy = "http://proxy.example.com:3128";

function through(setting: string | undefined, environment: { [name: string]: string }) {
  const opened = openProxy(setting, environment);
  if (typeof opened !== "function") throw new Error(String(opened));
  return opened;
}

describe("the environment", () => {
  test("names a proxy for each scheme; lower case wins, ALL_PROXY fills the gap", () => {
    const proxyFor = through(undefined, {
      HTTPS_PROXY: "http://a:1",
      https_proxy: "http://b:2",
      ALL_PROXY: "http://c:3",
    });
    expect(proxyFor("https://api.example.com/v1")).toBe("http://b:2");
    expect(proxyFor("http://api.example.com/v1")).toBe("http://c:3");
    expect(through(undefined, { HTTPS_PROXY: proxy })("http://api.example.com")).toBeUndefined();
    expect(openProxy(undefined, {})).toBeUndefined();
  });

  test.each<[exceptions: string, direct: string[], proxied: string[]]>([
    ["example.com", ["https://example.com/", "https://api.example.com/"], ["https://notexample.com/"]],
    [".example.com", ["https://example.com/", "https://a.b.example.com/"], ["https://example.com.evil.org/"]],
    ["*.example.com, other.org", ["https://x.example.com/", "https://other.org/"], ["https://third.net/"]],
    ["api.example.com:8443", ["https://api.example.com:8443/"], ["https://api.example.com/"]],
    ["10.0.0.0/8,192.168.1.7", ["https://10.20.30.40/", "https://192.168.1.7:9/"], ["https://192.168.1.8/"]],
    ["fd00::/8", ["https://[fd12::1]/"], ["https://[2001:db8::1]/"]],
    ["*", ["https://api.openai.com/"], []],
    [
      "",
      ["https://localhost:1/", "https://127.0.0.1:1/", "https://[::1]:1/", "https://169.254.169.254/"],
      ["https://a/"],
    ],
  ])("excepts %p", (exceptions, direct, proxied) => {
    const proxyFor = through(undefined, { HTTPS_PROXY: proxy, NO_PROXY: exceptions });
    for (const url of direct) expect([url, proxyFor(url)]).toEqual([url, undefined]);
    for (const url of proxied) expect([url, proxyFor(url)]).toEqual([url, proxy]);
  });
});

test("a provider's own setting is stronger, in both directions", () => {
  const environment = { HTTPS_PROXY: proxy, NO_PROXY: "api.example.com" };
  expect(through("off", environment)("https://api.other.com/")).toBeUndefined();
  expect(through("http://own:1", environment)("https://api.example.com/")).toBe("http://own:1");
  expect(through("http://own:1", environment)("http://127.0.0.1:9/")).toBe("http://own:1");
});

test("what cannot be used is a problem at the start", () => {
  const problems = (settings: object, environment = {}) =>
    openProviders({ openai: { api_key: "k", ...settings } }, environment).problems.map(
      ({ path, message }) => `${path}: ${message}`,
    );
  expect(problems({ proxy: "socks5://host:1" })[0]).toStartWith("providers.openai.proxy: is no address of a proxy");
  expect(problems({}, { HTTPS_PROXY: "proxy:3128" })[0]).toStartWith("providers.openai.proxy: ");
  expect(problems({ ca_file: "/nowhere/ca.pem" })[0]).toStartWith(
    "providers.openai.ca_file: /nowhere/ca.pem cannot be",
  );
  expect(problems({ client_cert_file: "/nowhere/c.pem" })).toEqual([
    "providers.openai.client_cert_file: client_cert_file and client_key_file go together",
  ]);
  expect(problems({ format_urls: { chat: "https://a.example.com" } })[0]).toStartWith(
    "providers.openai.format_urls.chat: no such endpoint; there are models, openai-chat, ",
  );
  expect(problems({ format_urls: { embeddings: "ftp://a" } })).toEqual([
    "providers.openai.format_urls.embeddings: is no http or https address without user",
  ]);
});
