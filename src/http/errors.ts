// Errors of requests that reached no exchange, in the shape of the caller's dialect.
import { GatewayError } from "../core/errors.ts";
import { errorWriterOf } from "../dialects/index.ts";
import { errorHeaders, ownRequestId } from "../exchange/reply-headers.ts";
import { dialectOfCaller } from "./routes.ts";

export function errorResponse(
  request: Request,
  error: GatewayError,
  headers: { [name: string]: string } = {},
): Response {
  const id = crypto.randomUUID();
  const dialect = dialectOfCaller(pathOf(request.url), request.headers);
  const write = errorWriterOf(dialect);
  return new Response(JSON.stringify(write(error, id)), {
    status: error.status,
    headers: { ...errorHeaders(error), "x-request-id": id, ...ownRequestId(dialect, id), ...headers },
  });
}

/** The path of an absolute or bare URL, without its query. */
export function pathOf(url: string): string {
  const scheme = url.indexOf("://");
  const start = scheme < 0 ? 0 : url.indexOf("/", scheme + 3);
  if (start < 0) return "/";
  const query = url.indexOf("?", start);
  return query < 0 ? url.slice(start) : url.slice(start, query);
}

export function noEndpoint(request: Request): GatewayError {
  return new GatewayError("not_found", `unknown API endpoint: ${request.method} ${pathOf(request.url)}`);
}
