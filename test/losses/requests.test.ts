// Every field that the official SDKs declare, alone, through every pair of dialects: none vanishes without a report.
import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { ChatRequest } from "../../src/core/chat.ts";
import type { JsonObject } from "../../src/core/json.ts";
import type { ClientHalf } from "../../src/dialects/dialect.ts";
import { type Client, readClients } from "./clients.ts";
import { judgeAll, plainTargets } from "./matrix.ts";
import { lossTable } from "./table.ts";

const clients = await readClients();

describe("the fields of the SDKs' declarations", () => {
  test("are read whole", () => {
    const counts = Object.fromEntries(clients.map(({ title, cases }) => [title, cases.length]));
    // Lower bounds: a compiler that resolves nothing would make this suite pass with nothing to judge.
    expect(counts["Chat Completions"]).toBeGreaterThan(180);
    expect(counts["Responses"]).toBeGreaterThan(800);
    expect(counts["Messages"]).toBeGreaterThan(1500);
    expect(counts["Gemini"]).toBeGreaterThan(230);
  });
});

describe.each(clients)("$title", (client) => {
  test.each(plainTargets())("to $dialect: each field is carried, emulated, refused or reported", async (target) => {
    const { problems, cells } = await judgeAll(client, target);
    expect(problems).toEqual([]);
    const kinds = new Set([...cells.values()].map(({ kind }) => kind));
    expect(kinds).toContain("carried");
  });
});

/** A dialect whose reader forgets something. */
function forgetful(client: Client, forget: (request: ChatRequest) => void): Client {
  const half = client.dialect.client as ClientHalf;
  const readRequest = (body: JsonObject): ChatRequest => {
    const request = half.readRequest(body);
    forget(request);
    return request;
  };
  return { ...client, dialect: { ...client.dialect, client: { ...half, readRequest } } };
}

describe("this suite sees", () => {
  const away = (client: Client) => plainTargets().filter(({ dialect }) => dialect !== client.dialect.id);

  test.each(clients)("a reader of $title that forgets the temperature", async (client) => {
    const broken = forgetful(client, ({ sampling }) => {
      delete sampling.temperature;
    });
    for (const target of away(client)) {
      const { problems } = await judgeAll(broken, target);
      expect(problems).toHaveLength(1);
      expect(problems[0]).toMatch(/temperature vanished without a report$/);
    }
  });

  test.each(clients)("a reader of $title that forgets what it does not understand", async (client) => {
    const broken = forgetful(client, (request) => {
      request.extra = {};
    });
    for (const target of away(client)) expect((await judgeAll(broken, target)).problems).not.toEqual([]);
  });

  test.each(clients)("a reader of $title that forgets further fields of its messages", async (client) => {
    const broken = forgetful(client, ({ turns }) => {
      for (const turn of turns) {
        delete turn.name;
        delete turn.extra;
        for (const block of turn.blocks) {
          delete block.extra;
          delete block.cache;
        }
      }
    });
    for (const target of away(client)) expect((await judgeAll(broken, target)).problems).not.toEqual([]);
  });
});

test("the table in the documentation is the one that the code gives (npm run losses)", async () => {
  const written = readFileSync(join(import.meta.dir, "..", "golden", "losses.md"), "utf8");
  expect(written === (await lossTable(clients))).toBe(true);
});
