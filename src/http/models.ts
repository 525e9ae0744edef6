// GET /v1/models and /v1/models/{id}: the catalogue in OpenAI's shape.
import { Elysia } from "elysia";
import type { Catalog } from "../catalog/catalog.ts";
import { GatewayError } from "../core/errors.ts";
import { writeModel, writeModels } from "../dialects/openai-chat/models.ts";
import type { Admit } from "../policy/admit.ts";
import { errorResponse, pathOf } from "./errors.ts";

const prefix = "/v1/models/";

export function modelEndpoints(catalog: Catalog, admit: Admit) {
  const answer = (request: Request, write: () => object) => {
    try {
      admit(request);
      return Response.json(write());
    } catch (cause) {
      if (cause instanceof GatewayError) return errorResponse(request, cause);
      throw cause;
    }
  };
  return new Elysia({ name: "models" })
    .get("/v1/models", ({ request }) => answer(request, () => writeModels(catalog.listing())), { parse: "none" })
    .get("/v1/models/*", ({ request }) => answer(request, () => writeModel(findModel(catalog, request))), {
      parse: "none",
    });
}

/** Ids hold slashes, raw (`/v1/models/openai/gpt-4o`) or encoded (the SDKs send `openai%2Fgpt-4o`). */
function findModel(catalog: Catalog, request: Request) {
  const written = pathOf(request.url).slice(prefix.length).replace(/\/$/, "");
  let id: string;
  try {
    id = decodeURIComponent(written);
  } catch (cause) {
    throw new GatewayError("invalid_request", "the model id is not properly encoded", { cause, param: "model" });
  }
  const model = catalog.listing().find((entry) => entry.id === id);
  if (!model) throw new GatewayError("model_not_found", `there is no model "${id}"`, { param: "model" });
  return model;
}
