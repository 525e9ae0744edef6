// Fetching of media by URL: what is fetched and put in place, and everything that must not be reachable through a prompt.
import { describe, expect, test } from "bun:test";
import type { Block, ChatRequest, MediaSource } from "../../src/core/chat.ts";
import { GatewayError } from "../../src/core/errors.ts";
import { inlineMedia, type MediaFetchOptions, type MediaOptions } from "../../src/exchange/fetch-media.ts";
import { selfSigned } from "../support/certificate.ts";
import { chatRequest } from "../support/chat-request.ts";
import { type FakeUpstream, openFakeUpstream, type SeenRequest, type Step } from "../support/fake-upstream.ts";

const png = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);
const publicAddress = "93.184.216.34";

function image(url: string, mediaType?: string): Block {
  return { type: "image", source: { kind: "url", url, ...(mediaType !== undefined && { mediaType }) } };
}

function requestOf(...blocks: Block[]): ChatRequest {
  const turns: ChatRequest["turns"] = [{ role: "user", blocks: [{ type: "text", text: "look" }, ...blocks] }];
  return chatRequest({ turns });
}

function sourceOf(request: ChatRequest, index = 1): MediaSource {
  return (request.turns[0]!.blocks[index] as Extract<Block, { type: "image" }>).source;
}

function serve(bytes: Uint8Array | string, contentType?: string): Step[] {
  const length = ["Content-Length", String(Buffer.byteLength(bytes))] as const;
  const headers = contentType === undefined ? [length] : [length, ["Content-Type", contentType] as const];
  return [{ head: { headers, framing: "length" } }, { write: bytes }];
}

type Dialled = { url: string; options: MediaFetchOptions };

/** Options whose every host resolves to a public address, with a network that leads there to the fake upstream. */
function publicNetwork(
  upstream: FakeUpstream | undefined,
  over: Partial<MediaOptions> = {},
): MediaOptions & { dialled: Dialled[] } {
  const dialled: Dialled[] = [];
  return {
    dialled,
    policy: "public",
    resolve: async () => [publicAddress],
    fetch: (url, options) => {
      dialled.push({ url, options });
      const there = upstream && url.startsWith(`http://${publicAddress}/`);
      return there
        ? fetch(url.replace(publicAddress, `127.0.0.1:${upstream.port}`), options)
        : Promise.reject(new Error("no route"));
    },
    signal: new AbortController().signal,
    ...over,
  };
}

async function failureOf(running: Promise<unknown>): Promise<GatewayError> {
  const error: unknown = await running.then(
    () => undefined,
    (cause: unknown) => cause,
  );
  expect(error).toBeInstanceOf(GatewayError);
  return error as GatewayError;
}

describe("what is fetched", () => {
  test("an image by URL becomes base64 on a copy; the request itself stays as it was", async () => {
    await using upstream = await openFakeUpstream(serve(png, "image/PNG; charset=binary"));
    const request = requestOf(image("http://cdn.test/a/cat?x=1#top"));
    const before = structuredClone(request);
    const inlined = await inlineMedia(request, publicNetwork(upstream));
    expect(sourceOf(inlined)).toEqual({ kind: "base64", mediaType: "image/png", data: png.toString("base64") });
    expect(inlined.turns[0]!.blocks[0]).toEqual({ type: "text", text: "look" });
    expect(request).toEqual(before);
    expect(upstream.requests[0]).toMatchObject({ method: "GET", target: "/a/cat?x=1" });
  });

  test("the checked address is dialled, under the name's Host header, with no proxy, no redirects and no credential", async () => {
    await using upstream = await openFakeUpstream(serve(png, "image/png"));
    const network = publicNetwork(upstream);
    await inlineMedia(requestOf(image("http://cdn.test/cat.png")), network);
    expect(network.dialled[0]).toMatchObject({
      url: `http://${publicAddress}/cat.png`,
      options: { redirect: "manual", proxy: false },
    });
    const seen = upstream.requests[0]!;
    expect([seen.header("host"), seen.header("authorization"), seen.header("cookie")]).toEqual([
      "cdn.test",
      undefined,
      undefined,
    ]);
  });

  test("over TLS the certificate is checked against the name, not the address", async () => {
    const { key, certificate } = selfSigned(["media.test"]);
    await using upstream = await openFakeUpstream(serve(png, "image/png"), { tls: { key, cert: certificate } });
    const dial: MediaOptions["fetch"] = (url, options) =>
      fetch(url, { ...options, tls: { ...options.tls, ca: certificate } });
    const network = publicNetwork(undefined, { policy: "any", resolve: async () => ["127.0.0.1"], fetch: dial });
    const inlined = await inlineMedia(requestOf(image(`https://media.test:${upstream.port}/cat.png`)), network);
    expect(sourceOf(inlined).kind).toBe("base64");
    expect(upstream.requests[0]!.header("host")).toBe(`media.test:${upstream.port}`);
    const wrong = await failureOf(
      inlineMedia(requestOf(image(`https://other.test:${upstream.port}/cat.png`)), network),
    );
    expect(wrong.message).toContain("connection failed");
  });

  test("media inside tool results, and files, sounds and videos, each keep their place", async () => {
    const types: { [target: string]: string } = {
      "/1": "image/png",
      "/2": "application/pdf",
      "/3": "audio/mpeg",
      "/4": "video/mp4",
    };
    await using upstream = await openFakeUpstream((seen: SeenRequest) =>
      serve(`bytes ${seen.target}`, types[seen.target]),
    );
    const url = (name: string) => ({ kind: "url" as const, url: `http://cdn.test/${name}` });
    const result: Block = {
      type: "tool-result",
      callId: "c",
      blocks: [
        { type: "text", text: "t" },
        { type: "image", source: url("1") },
      ],
    };
    const request = requestOf(
      result,
      { type: "file", source: url("2") },
      { type: "audio", source: url("3") },
      { type: "video", source: url("4") },
    );
    const inlined = await inlineMedia(request, publicNetwork(upstream));
    const data = (name: string) => Buffer.from(`bytes /${name}`).toString("base64");
    expect(inlined.turns[0]!.blocks.slice(1)).toEqual([
      {
        ...result,
        blocks: [
          { type: "text", text: "t" },
          { type: "image", source: { kind: "base64", mediaType: "image/png", data: data("1") } },
        ],
      },
      { type: "file", source: { kind: "base64", mediaType: "application/pdf", data: data("2") } },
      { type: "audio", source: { kind: "base64", mediaType: "audio/mpeg", data: data("3") } },
      { type: "video", source: { kind: "base64", mediaType: "video/mp4", data: data("4") } },
    ]);
  });

  test.each([
    "gs://bucket/cat.png",
    "https://www.youtube.com/watch?v=1",
    "https://youtu.be/1",
    "https://generativelanguage.googleapis.com/v1beta/files/1",
    "data:image/png;base64,AA==",
    "file:///etc/passwd",
  ])("%s is left alone and nothing is dialled, whatever the policy", async (url) => {
    const request = requestOf(image(url));
    const network = publicNetwork(undefined, { policy: "off" });
    expect(await inlineMedia(request, network)).toBe(request);
    expect(network.dialled).toEqual([]);
  });
});

test("a page of HTML is not an image, even when the client and the name say so", async () => {
  await using upstream = await openFakeUpstream(serve("<html>", "text/html"));
  const asked = requestOf(image("http://cdn.test/cat.png", "image/png"));
  const error = await failureOf(inlineMedia(asked, publicNetwork(upstream)));
  expect([error.status, error.param]).toEqual([400, "messages[0].content[1]"]);
});

test("M21 a media type without a word from the server is read from the bytes", async () => {
  await using upstream = await openFakeUpstream(serve(png));
  const inlined = await inlineMedia(requestOf(image("http://cdn.test/x", "image/webp")), publicNetwork(upstream));
  expect(sourceOf(inlined)).toMatchObject({ kind: "base64", mediaType: "image/png" });
});

describe("what must not be reached", () => {
  const hosts = [
    "http://127.0.0.1/x",
    "http://localhost/x",
    "http://0x7f.1/x",
    "http://2130706433/x",
    "http://[::1]/x",
    "http://[::ffff:127.0.0.1]/x",
    "http://169.254.169.254/latest/meta-data/",
    "http://10.0.0.1/x",
    "http://0.0.0.0/x",
    "http://[fd00:ec2::254]/x",
    "http://user:secret@cdn.test/x",
  ];

  test.each(hosts)("%s is refused before anything is dialled, naming the field", async (url) => {
    const network = publicNetwork(undefined, {
      resolve: async (host) => (host === "localhost" ? ["127.0.0.1"] : [publicAddress]),
    });
    const error = await failureOf(inlineMedia(requestOf(image(url)), network));
    expect([error.status, error.code, error.param]).toEqual([400, "invalid_request", "messages[0].content[1]"]);
    expect(error.message).not.toContain("secret");
    expect(network.dialled).toEqual([]);
  });

  test("one private address among public ones refuses the host, in the same words as a name that does not resolve", async () => {
    const mixed = await failureOf(
      inlineMedia(
        requestOf(image("http://a.test/")),
        publicNetwork(undefined, { resolve: async () => [publicAddress, "10.0.0.1"] }),
      ),
    );
    const unknown = await failureOf(
      inlineMedia(
        requestOf(image("http://a.test/")),
        publicNetwork(undefined, { resolve: async () => Promise.reject(new Error("ENOTFOUND")) }),
      ),
    );
    expect(mixed.message).toBe(unknown.message);
  });

  test("a redirect is checked like the first address", async () => {
    await using upstream = await openFakeUpstream([
      {
        head: {
          status: 302,
          headers: [
            ["Location", "http://169.254.169.254/"],
            ["Content-Length", "0"],
          ],
          framing: "length",
        },
      },
    ]);
    const network = publicNetwork(upstream);
    const error = await failureOf(inlineMedia(requestOf(image("http://cdn.test/")), network));
    expect(error.message).toContain("no public address");
    expect(network.dialled.length).toBe(1);
  });

  test("a redirect to another scheme is refused", async () => {
    await using upstream = await openFakeUpstream([
      {
        head: {
          status: 307,
          headers: [
            ["Location", "file:///etc/passwd"],
            ["Content-Length", "0"],
          ],
          framing: "length",
        },
      },
    ]);
    const error = await failureOf(inlineMedia(requestOf(image("http://cdn.test/")), publicNetwork(upstream)));
    expect(error.message).toContain("only http and https");
  });

  test("policy off refuses what would need a fetch, policy any reaches private addresses", async () => {
    await using upstream = await openFakeUpstream(serve(png, "image/png"));
    const url = `${upstream.url}/cat.png`;
    const off = await failureOf(inlineMedia(requestOf(image(url)), publicNetwork(undefined, { policy: "off" })));
    expect([off.status, off.param]).toEqual([400, "messages[0].content[1]"]);
    const inlined = await inlineMedia(
      requestOf(image(url)),
      publicNetwork(undefined, { policy: "any", fetch: (target, options) => fetch(target, options) }),
    );
    expect(sourceOf(inlined).kind).toBe("base64");
  });
});

describe("limits", () => {
  const redirect = (to: string): Step[] => [
    {
      head: {
        status: 301,
        headers: [
          ["Location", to],
          ["Content-Length", "0"],
        ],
        framing: "length",
      },
    },
  ];

  test("three redirects are followed, relative ones too, a fourth is not", async () => {
    await using upstream = await openFakeUpstream((seen) => {
      const hop = Number(seen.target.slice(1));
      return hop === 0 ? serve(png, "image/png") : redirect(`/${hop - 1}`);
    });
    expect(sourceOf(await inlineMedia(requestOf(image("http://cdn.test/3")), publicNetwork(upstream))).kind).toBe(
      "base64",
    );
    const error = await failureOf(inlineMedia(requestOf(image("http://cdn.test/4")), publicNetwork(upstream)));
    expect(error.message).toContain("more than 3 redirects");
  });

  test("bytes are counted while they are read, whatever the server announced, and an endless body is left", async () => {
    const endless: Step[] = [
      { head: { headers: [["Content-Type", "image/png"]] } },
      { write: new Uint8Array(6_000) },
      { write: new Uint8Array(6_000) },
      { stall: true },
    ];
    await using upstream = await openFakeUpstream(endless);
    const error = await failureOf(
      inlineMedia(requestOf(image("http://cdn.test/")), publicNetwork(upstream, { bytesMax: 10_000 })),
    );
    expect(error.message).toContain("larger than 10000 bytes");
    expect(await upstream.requests[0]!.closed).toBe("by peer");
  });

  test("the limit holds for all media of a request together", async () => {
    await using upstream = await openFakeUpstream(serve(new Uint8Array(6_000), "image/png"));
    const request = requestOf(image("http://cdn.test/1"), image("http://cdn.test/2"));
    const error = await failureOf(inlineMedia(request, publicNetwork(upstream, { bytesMax: 10_000 })));
    expect(error.message).toContain("larger than 10000 bytes");
    expect(sourceOf(await inlineMedia(request, publicNetwork(upstream, { bytesMax: 12_000 })), 2).kind).toBe("base64");
  });

  test("twenty media are fetched in their order, twenty-one refused without dialling", async () => {
    await using upstream = await openFakeUpstream((seen) => serve(seen.target, "image/png"));
    const many = (count: number) =>
      requestOf(...Array.from({ length: count }, (_, index) => image(`http://cdn.test/${index}`)));
    const inlined = await inlineMedia(many(20), publicNetwork(upstream));
    const texts = inlined.turns[0]!.blocks.slice(1).map((_, index) => {
      const source = sourceOf(inlined, index + 1);
      return source.kind === "base64" ? Buffer.from(source.data, "base64").toString() : "";
    });
    expect(texts).toEqual(Array.from({ length: 20 }, (_, index) => `/${index}`));
    const network = publicNetwork(upstream);
    expect((await failureOf(inlineMedia(many(21), network))).param).toBe("messages[0].content[21]");
    expect(network.dialled).toEqual([]);
  });

  test("a server that never answers ends with the deadline, as the client's mistake", async () => {
    await using upstream = await openFakeUpstream([{ stall: true }]);
    const error = await failureOf(
      inlineMedia(requestOf(image("http://cdn.test/")), publicNetwork(upstream, { timeoutMs: 30 })),
    );
    expect([error.status, error.message.includes("too long")]).toEqual([400, true]);
  });

  test("a resolver that never answers ends with the deadline too", async () => {
    const error = await failureOf(
      inlineMedia(
        requestOf(image("http://cdn.test/")),
        publicNetwork(undefined, { timeoutMs: 30, resolve: () => new Promise(() => {}) }),
      ),
    );
    expect(error.message).toContain("too long");
  });

  test("an aborted request rejects with its own reason and closes the connection", async () => {
    await using upstream = await openFakeUpstream([{ stall: true }]);
    const abort = new AbortController();
    const running = inlineMedia(
      requestOf(image("http://cdn.test/")),
      publicNetwork(upstream, { signal: abort.signal }),
    );
    const seen = await upstream.request(0);
    abort.abort(new Error("client gone"));
    await expect(running).rejects.toThrow("client gone");
    expect(await seen.closed).toBe("by peer");
  });

  test("a failed status, an empty body and a broken connection name the field", async () => {
    const failures: Step[][] = [
      [{ head: { status: 404, headers: [["Content-Length", "0"]], framing: "length" } }],
      serve("", "image/png"),
      [{ reset: true }],
    ];
    for (const steps of failures) {
      await using upstream = await openFakeUpstream(steps);
      const error = await failureOf(inlineMedia(requestOf(image("http://cdn.test/")), publicNetwork(upstream)));
      expect([error.status, error.param]).toEqual([400, "messages[0].content[1]"]);
    }
  });

  test("the next address is tried when the first cannot be reached, IPv4 before IPv6", async () => {
    await using upstream = await openFakeUpstream(serve(png, "image/png"));
    const network = publicNetwork(upstream, { resolve: async () => ["2606:4700::1", "1.1.1.1", publicAddress] });
    expect(sourceOf(await inlineMedia(requestOf(image("http://cdn.test/x")), network)).kind).toBe("base64");
    expect(network.dialled.map((call) => call.url)).toEqual(["http://1.1.1.1/x", `http://${publicAddress}/x`]);
    const unreachable = publicNetwork(undefined, { resolve: async () => ["2606:4700::1"] });
    await failureOf(inlineMedia(requestOf(image("https://cdn.test:8443/x")), unreachable));
    expect(unreachable.dialled[0]?.url).toBe("https://[2606:4700::1]:8443/x");
  });
});
