// The API document and its pages: complete by the route table, sound as OpenAPI, served without another host or a key.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { Elysia } from "elysia";
import { errorTable } from "../../src/core/errors.ts";
import { documentEndpoints } from "../../src/http/api-pages.ts";
import { routes } from "../../src/http/routes.ts";
import { type Gateway, openGateway } from "../support/gateway.ts";

type Json = { [key: string]: unknown };
type Document = {
  openapi: string;
  info: { title: string; version: string };
  paths: { [path: string]: { [method: string]: { summary?: string; responses?: Json; security?: unknown[] } } };
  components: { schemas: { [name: string]: Json } };
};

let gateway: Gateway;
let document: Document;
beforeAll(async () => {
  gateway = await openGateway({ arguments: ["--server-master-key", "a-long-master-key"] });
  document = (await (await fetch(`${gateway.url}/swagger/doc.json`)).json()) as Document;
});
afterAll(() => gateway[Symbol.asyncDispose]());

const get = (path: string) => fetch(gateway.url + path, { redirect: "manual" });

/** Every object in a value, the value included. */
function objectsIn(value: unknown): Json[] {
  if (typeof value !== "object" || value === null) return [];
  return [value as Json, ...Object.values(value).flatMap(objectsIn)];
}

describe("the document", () => {
  test("describes every route by its summary, under its own methods, and nothing else", () => {
    const described = Object.entries(document.paths).flatMap(([path, operations]) =>
      Object.entries(operations).map(([method, { summary }]) => `${method} ${path}: ${summary}`),
    );
    const served = routes.flatMap(({ path, methods, summary }) =>
      methods
        .filter((method) => method !== "HEAD")
        .map((method) => `${method.toLowerCase()} ${path.replace("*", "{id}")}: ${summary}`),
    );
    expect(described.sort()).toEqual(served.sort());
  });

  test("is OpenAPI 3.0 in which every operation has responses and every path parameter is declared", () => {
    expect(document.openapi).toStartWith("3.0.");
    for (const [path, operations] of Object.entries(document.paths)) {
      for (const operation of Object.values(operations) as Json[]) {
        expect(Object.keys(operation["responses"] as Json).length).toBeGreaterThan(0);
        const declared = ((operation["parameters"] ?? []) as Json[]).filter((parameter) => parameter["in"] === "path");
        expect(declared.map((parameter) => `{${parameter["name"]}}`)).toEqual(path.match(/\{\w+\}/g) ?? []);
      }
    }
  });

  test("refers to no schema that it does not hold, and holds none that nothing refers to", () => {
    const referred = objectsIn(document).flatMap(({ $ref }) => (typeof $ref === "string" ? [$ref] : []));
    const held = Object.keys(document.components.schemas).map((name) => `#/components/schemas/${name}`);
    expect([...new Set(referred)].sort()).toEqual(held.sort());
  });

  test("names every type and kind that an error can have", () => {
    const failure = JSON.stringify(document.components.schemas["Failure"]);
    for (const { type, kind } of Object.values(errorTable)) {
      expect(failure).toContain(`"${type}"`);
      expect(failure).toContain(`"${kind}"`);
    }
  });

  test("asks for a key where one is asked for, and only there", async () => {
    for (const [path, operations] of Object.entries(document.paths)) {
      const [method, operation] = Object.entries(operations)[0]!;
      const response = await fetch(gateway.url + path.replace("{id}", "start.js"), { method, redirect: "manual" });
      expect([path, operation.security === undefined]).toEqual([path, response.status === 401]);
    }
  });
});

describe("the pages", () => {
  test("are reached by their short address", async () => {
    const response = await get("/swagger");
    expect([response.status, response.headers.get("location")]).toEqual([302, "/swagger/index.html"]);
  });

  test("name nothing but files that this process serves with their type", async () => {
    const response = await get("/swagger/index.html");
    expect(response.headers.get("content-type")).toBe("text/html; charset=utf-8");
    const named = [...(await response.text()).matchAll(/(?:src|href)="([^"]*)"/g)].map((match) => match[1] as string);
    expect(named).toHaveLength(3);
    for (const path of named) {
      expect(path).toStartWith("/swagger/assets/");
      const asset = await get(path);
      expect(asset.status).toBe(200);
      expect(asset.headers.get("content-type")).toBe(
        path.endsWith(".css") ? "text/css; charset=utf-8" : "text/javascript; charset=utf-8",
      );
    }
  });

  test("forbid the browser to load anything from another host", async () => {
    const policy = (await get("/swagger/index.html")).headers.get("content-security-policy") ?? "";
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain("http");
  });

  test("start with our document and without the validator of a foreign host", async () => {
    const start = await (await get("/swagger/assets/start.js")).text();
    expect(start).toContain('url: "/swagger/doc.json"');
    expect(start).toContain("validatorUrl: null");
  });

  test("hold no file beside these, and take no other method", async () => {
    expect((await get("/swagger/assets/package.json")).status).toBe(404);
    expect((await get("/swagger/assets/..%2fpackage.json")).status).toBe(400);
    const posted = await fetch(`${gateway.url}/swagger/doc.json`, { method: "POST" });
    expect([posted.status, posted.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
  });
});

test("the document adds no hook to the routes beside it", () => {
  const compiled = (withDocument: boolean) => {
    const chat = new Elysia({ name: "chat" }).post("/chat", () => new Response("ok"), { parse: "none" });
    const app = new Elysia({ precompile: true }).use(chat);
    if (withDocument) app.use(documentEndpoints());
    return app
      .compile()
      .routes.find(({ path }) => path === "/chat")
      ?.compile()
      .toString();
  };
  expect(compiled(true)).toBeString();
  expect(compiled(true)).toBe(compiled(false) as string);
});
