// Forms of every size and order, in pieces that end anywhere: what is a form arrives byte for byte, what is none is refused.
import { expect, test } from "bun:test";
import { jsonReply } from "../support/fake-upstream.ts";
import { openGateway, openModelHost } from "../support/gateway.ts";

/** The same numbers at every run (Park and Miller's generator). */
function openDice(seed: number): (sides: number) => number {
  let state = seed;
  return (sides) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % sides;
  };
}

const sizes = [0, 5, 70, 1000, 300_000, 700_000];

type Dice = ReturnType<typeof openDice>;

/** A file that nearly holds a boundary. */
function fileOf(dice: Dice, boundary: string): Buffer {
  const file = Buffer.alloc(sizes[dice(sizes.length)] ?? 0);
  for (let at = 0; at < file.length; at++) file[at] = dice(256);
  if (file.length > 70) file.write(`\r\n--${boundary.slice(0, -1)}`, dice(file.length - 40), "latin1");
  return file;
}

function formOf(dice: Dice, boundary: string): Buffer {
  const model = ['name="model"', Buffer.from("openai/w")] as const;
  const file = ['name="file"; filename="x"', fileOf(dice, boundary)] as const;
  const language = ['name="language"', Buffer.from("en")] as const;
  const parts = dice(2) === 0 ? [model, file, language] : [language, file, model];
  const written = parts.flatMap(([name, content]) => [
    Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; ${name}\r\n\r\n`),
    content,
    Buffer.from("\r\n"),
  ]);
  return Buffer.concat([...written, Buffer.from(`--${boundary}--\r\n`)]);
}

function inPieces(dice: Dice, body: Buffer): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      for (let at = 0; at < body.length; ) {
        const length = 1 + dice(200_000);
        controller.enqueue(body.subarray(at, at + length));
        at += length;
      }
      controller.close();
    },
  });
}

test("a hundred and fifty forms", async () => {
  const dice = openDice(20_261_128);
  await using host = await openModelHost(jsonReply({ text: "ok" }));
  await using alone = await openGateway({ hosts: { OPENAI: host } });
  await using beside = await openGateway({ hosts: { OPENAI: host, GROQ: host } });
  for (let round = 0; round < 150; round++) {
    const boundary = `b${"-".repeat(dice(5))}${dice(1000)}`;
    const body = formOf(dice, boundary);
    const isCut = dice(4) === 0;
    const sent = isCut ? body.subarray(0, dice(body.length - 4)) : body;
    const gateway = dice(2) === 0 ? alone : beside;
    const response = await fetch(`${gateway.url}/v1/audio/transcriptions`, {
      method: "POST",
      headers: { "content-type": `multipart/form-data; boundary=${boundary}` },
      body: dice(2) === 0 ? inPieces(dice, sent) : sent,
    });
    await response.text();
    expect([round, response.status]).toEqual([round, isCut ? 400 : 200]);
    if (isCut) continue;
    const wanted = Buffer.from(body.toString("latin1").replace("\r\nopenai/w\r\n", "\r\nw\r\n"), "latin1");
    expect(Buffer.compare(host.calls.at(-1)?.body ?? new Uint8Array(), wanted)).toBe(0);
  }
}, 60_000);
