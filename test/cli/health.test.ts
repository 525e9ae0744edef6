// `sluice health` against a listener that answers as the gateway would.
import { afterAll, describe, expect, test } from "bun:test";
import { run as health } from "../../src/cli/health.ts";
import { collectedStreams } from "../config/scratch.ts";

const paths: string[] = [];
const gateway = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  fetch(request) {
    const { pathname } = new URL(request.url);
    paths.push(pathname);
    if (pathname === "/health") return Response.json({ status: "ok" });
    if (pathname === "/silent/health") return new Promise<Response>(() => {});
    if (pathname === "/moved/health") return Response.redirect("/health", 302);
    return Response.json({ status: "starting" }, { status: 503 });
  },
});
afterAll(() => gateway.stop(true));
const port = String(gateway.port);

async function ask(arguments_: string[], environment: { [name: string]: string } = {}) {
  const streams = collectedStreams();
  const code = await health(arguments_, streams, environment);
  return { code, out: streams.out, err: streams.err };
}

describe("health", () => {
  test("asks the configured address and succeeds when it answers well", async () => {
    expect(await ask([], { PORT: port })).toEqual({ code: 0, out: "ok\n", err: "" });
    expect(await ask(["--port", port])).toMatchObject({ code: 0 });
  });

  test("a listener on every address is asked through loopback", async () => {
    expect(await ask([], { PORT: port, SLUICE_MASTER_KEY: "long-enough" })).toMatchObject({ code: 0 });
    expect(await ask([], { PORT: port, HOST: "0.0.0.0", SLUICE_ALLOW_OPEN: "1" })).toMatchObject({ code: 0 });
  });

  test("--ready asks another path, and a 503 is a failure", async () => {
    paths.length = 0;
    const { code, err } = await ask(["--ready"], { PORT: port });
    expect([code, paths]).toEqual([1, ["/health/ready"]]);
    expect(err).toContain("answered 503");
  });

  test("--url names the gateway, with or without a slash, and a redirect is no good health", async () => {
    expect(await ask(["--url", `http://127.0.0.1:${port}/`])).toMatchObject({ code: 0 });
    expect(await ask([`--url=http://127.0.0.1:${port}/moved`])).toMatchObject({ code: 1 });
  });

  test("a proxy in the environment of the process is not used", async () => {
    const before = process.env["HTTP_PROXY"];
    process.env["HTTP_PROXY"] = "http://127.0.0.1:1";
    try {
      expect(await ask([], { PORT: port })).toMatchObject({ code: 0 });
    } finally {
      if (before === undefined) delete process.env["HTTP_PROXY"];
      else process.env["HTTP_PROXY"] = before;
    }
  });

  test("nobody there is a failure with the reason", async () => {
    const closed = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response() });
    const freePort = String(closed.port);
    await closed.stop(true);
    const { code, err } = await ask([], { PORT: freePort });
    expect(code).toBe(1);
    expect(err).toContain("did not answer");
  });

  test("a gateway that accepts and never answers is given up on", async () => {
    const { code, err } = await ask(["--url", `http://127.0.0.1:${port}/silent`]);
    expect([code, err.includes("nothing within 3 s")]).toEqual([1, true]);
  }, 20_000);

  test("a broken setting elsewhere does not make a running gateway look sick", async () => {
    expect(await ask([], { PORT: port, SLUICE_HEARTBEAT: "soon" })).toEqual({ code: 0, out: "ok\n", err: "" });
  });

  test("port 0 cannot be asked without --url, and wrong options are usage errors", async () => {
    expect((await ask([], { PORT: "0" })).code).toBe(1);
    expect((await ask(["--url"])).code).toBe(2);
    expect((await ask(["--ready=yes"])).code).toBe(2);
    expect((await ask(["--raedy"])).code).toBe(2);
  });
});
