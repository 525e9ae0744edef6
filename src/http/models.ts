// GET of models, all or one: the catalogue in the shape of the caller's dialect.
import { Elysia } from "elysia";
import type { DialectId } from "../core/chat.ts";
import { GatewayError } from "../core/errors.ts";
import type { JsonObject } from "../core/json.ts";
import * as anthropic from "../dialects/anthropic-messages/listing.ts";
import * as gemini from "../dialects/gemini/listing.ts";
import type { WrittenModel } from "../dialects/openai-chat/models.ts";
import * as openai from "../dialects/openai-chat/models.ts";
import { isCodex, writeCodexModels } from "../dialects/openai-responses/codex-models.ts";
import { userPathOf } from "../exchange/plan-request.ts";
import type { Admit } from "../policy/admit.ts";
import type { ListedName } from "../routing/listing.ts";
import { errorResponse, pathOf } from "./errors.ts";
import { dialectOfCaller } from "./routes.ts";

type ListingWriter = {
  writeModel: (model: WrittenModel) => JsonObject;
  writeModels: (models: readonly WrittenModel[], query: URLSearchParams) => JsonObject;
};

/** Dialects without a row are answered in OpenAI's shape. */
const writers: { readonly [dialect in DialectId]?: ListingWriter } = {
  gemini,
  "anthropic-messages": anthropic,
};

/** What somebody with this user path may use. */
type Listing = (userPath: string) => readonly ListedName[];

export function modelEndpoints(listing: Listing, admit: Admit) {
  const answer = (request: Request, write: (writer: ListingWriter) => object) => {
    try {
      admit(request);
      return Response.json(write(writers[dialectOfCaller(pathOf(request.url), request.headers)] ?? openai));
    } catch (cause) {
      if (cause instanceof GatewayError) return errorResponse(request, cause);
      throw cause;
    }
  };
  const all = ({ request }: { request: Request }) =>
    answer(request, ({ writeModels }) => {
      const query = queryOf(request.url);
      const shown = listing(userPathOf(request.headers));
      return isCodex(query) ? writeCodexModels(shown) : writeModels(shown, query);
    });
  const one = ({ request }: { request: Request }) =>
    answer(request, ({ writeModel }) => writeModel(findModel(listing, request)));
  return new Elysia({ name: "models" })
    .get("/v1/models", all, { parse: "none" })
    .get("/v1/models/*", one, { parse: "none" })
    .get("/v1beta/models", all, { parse: "none" })
    .get("/v1beta/models/*", one, { parse: "none" });
}

/** Ids hold slashes, raw (`/v1/models/openai/gpt-4o`) or encoded (the SDKs send `openai%2Fgpt-4o`). */
function findModel(listing: Listing, request: Request) {
  const id = modelPath(request);
  const model = listing(userPathOf(request.headers)).find((entry) => entry.id === id);
  if (!model) throw new GatewayError("model_not_found", `there is no model "${id}"`, { param: "model" });
  return model;
}

/** What stands behind `models/` in the path, decoded. */
export function modelPath(request: Request): string {
  const written = pathOf(request.url)
    .replace(/^\/v1(?:beta)?\/(?:models\/)?/, "")
    .replace(/\/$/, "");
  try {
    return decodeURIComponent(written);
  } catch (cause) {
    throw new GatewayError("invalid_request", "the model id is not properly encoded", { cause, param: "model" });
  }
}

function queryOf(url: string): URLSearchParams {
  const query = url.indexOf("?");
  return new URLSearchParams(query < 0 ? "" : url.slice(query));
}
