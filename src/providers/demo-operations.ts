// The demo's endpoints beside chat, in OpenAI's form: everything is made of the request alone, so the same request always gets
// the same reply.
import { asArray, asNumber, asString, type JsonObject, type JsonValue } from "../core/json.ts";

/** Numbers of a vector, unless the request names another count. */
const dimensionsDefault = 8;
const dimensionsMax = 4096;

/** A picture of one grey dot: PNG, 1 by 1. */
const dot = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg==";

type Answer = (request: Request, createdSeconds: number) => Promise<Response>;

/** By what the path ends with. */
export const demoOperations: { readonly [path: string]: Answer } = {
  "/embeddings": async (request) => embed(await json(request)),
  "/images/generations": async (request, created) => images(asNumber((await json(request))["n"]) ?? 1, created),
  "/images/edits": (request, created) => formImages(request, created),
  "/images/variations": (request, created) => formImages(request, created),
  "/audio/speech": async (request) => speak(asString((await json(request))["input"]) ?? ""),
  "/audio/transcriptions": (request) => transcribe(request),
  "/audio/translations": (request) => transcribe(request),
  "/moderations": async (request) => moderate((await json(request))["input"]),
  "/rerank": async (request) => rank(await json(request)),
};

async function json(request: Request): Promise<JsonObject> {
  return (await request.json()) as JsonObject;
}

const digest = (text: string): Uint8Array => new Bun.CryptoHasher("sha512").update(text).digest();

/** Of length 1, as vectors of most models are. */
function vectorOf(text: string, dimensions: number): number[] {
  const numbers: number[] = [];
  for (let round = 0; numbers.length < dimensions; round++) {
    for (const byte of digest(`${round} ${text}`)) numbers.push(byte / 127.5 - 1);
  }
  const cut = numbers.slice(0, dimensions);
  const length = Math.hypot(...cut) || 1;
  return cut.map((number) => number / length);
}

const countWords = (text: string): number => text.split(/\s+/).filter((word) => word !== "").length;

function embed(body: JsonObject): Response {
  const { input } = body;
  const list = asArray(input);
  const isTokens = list?.every((entry) => typeof entry === "number");
  const inputs = (list && !isTokens ? list : [input ?? ""]).map((entry) =>
    typeof entry === "string" ? entry : JSON.stringify(entry),
  );
  const dimensions = Math.min(asNumber(body["dimensions"]) ?? dimensionsDefault, dimensionsMax);
  const data = inputs.map((text, index) => {
    const vector = vectorOf(text, dimensions);
    const isBase64 = body["encoding_format"] === "base64";
    const embedding = isBase64 ? Buffer.from(new Float32Array(vector).buffer).toString("base64") : vector;
    return { object: "embedding", index, embedding };
  });
  const tokens = inputs.reduce((sum, text) => sum + countWords(text), 0);
  const usage = { prompt_tokens: tokens, total_tokens: tokens };
  return Response.json({ object: "list", data, model: body["model"] ?? null, usage });
}

function images(count: number, created: number): Response {
  return Response.json({ created, data: Array.from({ length: Math.min(count, 10) }, () => ({ b64_json: dot })) });
}

async function formImages(request: Request, created: number): Promise<Response> {
  await request.bytes();
  return images(1, created);
}

const sampleRateHz = 8000;

/** A tone in a WAV file, longer for longer texts. */
function speak(text: string): Response {
  const samples = sampleRateHz * Math.min(Math.max(1, countWords(text)), 60);
  const bytes = Buffer.alloc(44 + samples);
  bytes.write("RIFF", 0, "latin1");
  bytes.writeUInt32LE(36 + samples, 4);
  bytes.write("WAVEfmt ", 8, "latin1");
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(1, 20);
  bytes.writeUInt16LE(1, 22);
  bytes.writeUInt32LE(sampleRateHz, 24);
  bytes.writeUInt32LE(sampleRateHz, 28);
  bytes.writeUInt16LE(1, 32);
  bytes.writeUInt16LE(8, 34);
  bytes.write("data", 36, "latin1");
  bytes.writeUInt32LE(samples, 40);
  for (let index = 0; index < samples; index++) bytes[44 + index] = 128 + Math.round(40 * Math.sin(index / 3));
  return new Response(bytes, { headers: { "content-type": "audio/wav" } });
}

async function transcribe(request: Request): Promise<Response> {
  const { length } = await request.bytes();
  return Response.json({ text: `This is the demo: it does not listen, but a form of ${length} bytes came.` });
}

/** What asks to be flagged is flagged. */
function moderate(input: JsonValue | undefined): Response {
  const inputs = asArray(input) ?? [input ?? ""];
  const results = inputs.map((entry) => {
    const flagged = JSON.stringify(entry).includes("flag me");
    return { flagged, categories: { violence: flagged }, category_scores: { violence: flagged ? 1 : 0 } };
  });
  return Response.json({ id: "modr-demo", model: "demo", results });
}

/** By the words that document and query share. */
function rank(body: JsonObject): Response {
  const words = new Set((asString(body["query"]) ?? "").toLowerCase().match(/\w+/g) ?? []);
  const scored = (asArray(body["documents"]) ?? []).map((document, index) => {
    const text = (typeof document === "string" ? document : JSON.stringify(document)).toLowerCase();
    const own = text.match(/\w+/g) ?? [];
    return { index, relevance_score: own.filter((word) => words.has(word)).length / Math.max(1, own.length) };
  });
  scored.sort((one, other) => other.relevance_score - one.relevance_score || one.index - other.index);
  const results = scored.slice(0, asNumber(body["top_n"]) ?? scored.length);
  const tokens = countWords(JSON.stringify(body));
  return Response.json({ object: "list", model: body["model"] ?? null, results, usage: { total_tokens: tokens } });
}
