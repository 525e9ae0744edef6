// The calls of endpoints beside chat at hosts that have them in OpenAI's form (platform.openai.com/docs/api-reference, 2026-11).
import type { JsonObject } from "../../src/core/json.ts";
import type { Call } from "./case.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

/** Files as clients send them: what is in them is nobody's business but the host's. */
export const audioFile = new File([bytes("ID3....frames")], "speech.mp3", { type: "audio/mpeg" });
const imageFile = new File([bytes("....PNG....")], "otter.png", { type: "image/png" });

type Parts = readonly (readonly [name: string, value: string | File])[];

export function form(parts: Parts): FormData {
  const made = new FormData();
  for (const [name, value] of parts) {
    if (typeof value === "string") made.append(name, value);
    else made.append(name, value, value.name);
  }
  return made;
}

type Endpoint = { proves: string; target: string; model: string };

function json(endpoint: Endpoint, send: JsonObject, rest: Pick<Call, "reply" | "seen">): Call {
  const { proves, model } = endpoint;
  return { name: proves, ...endpoint, to: `/v1/${proves}`, send, body: { model, ...send }, ...rest };
}

/** The file comes before the model, as the SDKs send it. */
function upload(endpoint: Endpoint, parts: Parts, rest: Pick<Call, "reply" | "seen">): Call {
  const { proves, model } = endpoint;
  const body = form([...parts, ["model", model]]);
  return { name: proves, ...endpoint, to: `/v1/${proves}`, send: form(parts), body, ...rest };
}

export function embeddings(target: string, model: string): Call {
  const send = { input: ["Hello", "World"], encoding_format: "float", dimensions: 256 };
  return json({ proves: "embeddings", target, model }, send, {
    reply: { recorded: "other/openai/openai-embedding" },
    seen: { json: { object: "list", data: [{ index: 0 }, { index: 1 }], usage: { prompt_tokens: 12 } } },
  });
}

export function moderations(target: string, model: string): Call {
  const result = { flagged: true, categories: { violence: true }, category_scores: { violence: 0.98 } };
  return json(
    { proves: "moderations", target, model },
    { input: "…kill them all…" },
    {
      reply: { json: { id: "modr-1", model, results: [result] } },
      seen: { json: { id: "modr-1", results: [result] } },
    },
  );
}

export function imageGeneration(target: string, model: string): Call {
  return json(
    { proves: "images/generations", target, model },
    { prompt: "A sea otter", n: 2, size: "1024x1024" },
    {
      reply: { recorded: "other/openai/openai-image" },
      seen: { json: { created: 1_770_935_200 } },
    },
  );
}

export function images(base: string, model: string): Call[] {
  return [
    imageGeneration(`${base}/images/generations`, model),
    upload(
      { proves: "images/edits", target: `${base}/images/edits`, model },
      [
        ["image", imageFile],
        ["prompt", "With a hat"],
      ],
      { reply: { recorded: "other/openai/openai-image-edit" }, seen: { json: { quality: "high", size: "1024x1024" } } },
    ),
    upload({ proves: "images/variations", target: `${base}/images/variations`, model }, [["image", imageFile]], {
      reply: { json: { created: 1_770_000_000, data: [{ url: "https://images.example.com/1.png" }] } },
      seen: { json: { data: [{ url: "https://images.example.com/1.png" }] } },
    }),
  ];
}

const spoken = bytes("ID3....mp3....");

export function speech(target: string, model: string): Call {
  const send = { input: "Hello", voice: "alloy", response_format: "mp3", speed: 1.1 };
  return json({ proves: "audio/speech", target, model }, send, {
    reply: { bytes: spoken, type: "audio/mpeg" },
    seen: { bytes: spoken, type: "audio/mpeg" },
  });
}

export function transcription(target: string, model: string): Call {
  const parts: Parts = [
    ["file", audioFile],
    ["language", "en"],
  ];
  return upload({ proves: "audio/transcriptions", target, model }, parts, {
    reply: { json: { text: "Hello", usage: { type: "duration", seconds: 1 } } },
    seen: { json: { text: "Hello" } },
  });
}

export function translation(target: string, model: string): Call {
  return upload({ proves: "audio/translations", target, model }, [["file", audioFile]], {
    reply: { json: { text: "Hello" } },
    seen: { json: { text: "Hello" } },
  });
}

export function audio(base: string, model: string): Call[] {
  return [
    speech(`${base}/audio/speech`, model),
    transcription(`${base}/audio/transcriptions`, model),
    translation(`${base}/audio/translations`, model),
  ];
}

/** `results`, as Cohere, Jina, Together and the local servers answer. */
export function rerank(target: string, model: string): Call {
  const send = { query: "What is a panda?", documents: ["A bear.", "A fish."], top_n: 2 };
  return json({ proves: "rerank", target, model }, send, {
    reply: {
      json: {
        id: "rerank-1",
        model,
        results: [
          { index: 0, relevance_score: 0.9 },
          { index: 1, relevance_score: 0.1 },
        ],
        usage: { total_tokens: 20 },
      },
    },
    seen: {
      json: {
        results: [
          { index: 0, relevance_score: 0.9 },
          { index: 1, relevance_score: 0.1 },
        ],
      },
    },
  });
}
