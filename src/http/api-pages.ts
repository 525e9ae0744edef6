// Serves the API document and Swagger UI. Every byte comes from this process: it works in a closed network.
import { Elysia } from "elysia";
// @ts-expect-error The same.
import style from "swagger-ui-dist/swagger-ui.css" with { type: "file" };
// @ts-expect-error The package has no types; with this attribute a module is the path of its file.
import script from "swagger-ui-dist/swagger-ui-bundle.js" with { type: "file" };
import { GatewayError } from "../core/errors.ts";
import { errorResponse, pathOf } from "./errors.ts";

const documentPath = "/swagger/doc.json";
const pagePath = "/swagger/index.html";
const assetPrefix = "/swagger/assets/";

const page = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sluice API</title>
<link rel="stylesheet" href="${assetPrefix}swagger-ui.css">
<div id="pages"></div>
<script src="${assetPrefix}swagger-ui-bundle.js"></script>
<script src="${assetPrefix}start.js"></script>
</html>
`;

// No validator badge: it is an image of a foreign host, which would be told our address.
const start = `SwaggerUIBundle({ url: "${documentPath}", dom_id: "#pages", validatorUrl: null });\n`;

const headers = {
  // Swagger UI writes style attributes and draws its icons from data URLs.
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
};

type Body = string | Bun.BunFile;
type Asset = { type: string; body: () => Body };

const scriptType = "text/javascript; charset=utf-8";
const assets: ReadonlyMap<string, Asset> = new Map<string, Asset>([
  ["swagger-ui-bundle.js", { type: scriptType, body: () => Bun.file(script as string) }],
  ["swagger-ui.css", { type: "text/css; charset=utf-8", body: () => Bun.file(style as string) }],
  ["start.js", { type: scriptType, body: () => start }],
]);

function reply(body: Body, type: string): Response {
  return new Response(body, { headers: { ...headers, "content-type": type } });
}

function answerAsset(request: Request): Response {
  const asset = assets.get(pathOf(request.url).slice(assetPrefix.length));
  if (asset) return reply(asset.body(), asset.type);
  return errorResponse(request, new GatewayError("not_found", "there is no such file"));
}

/** The document needs no key: it tells nothing about this installation. */
export function documentEndpoints() {
  let generator: Promise<() => Response | Promise<Response>> | undefined;
  const write = async () => {
    generator ??= import("./api-generator.ts").then(({ openGenerator }) => openGenerator());
    return (await generator)();
  };
  return new Elysia({ name: "document" })
    .get(documentPath, write)
    .get("/swagger", () => new Response(null, { status: 302, headers: { ...headers, location: pagePath } }))
    .get(pagePath, () => reply(page, "text/html; charset=utf-8"))
    .get(`${assetPrefix}*`, ({ request }) => answerAsset(request));
}
