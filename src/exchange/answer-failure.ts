// Tells the client of a failure in its own dialect, and ends the exchange with it.
import { GatewayError } from "../core/errors.ts";
import type { JsonObject } from "../core/json.ts";
import type { ClientHalf, Dialect } from "../dialects/dialect.ts";
import type { Exchange } from "./exchange.ts";
import { errorHeaders, replyHeaders } from "./reply-headers.ts";

export function clientHalf(dialect: Dialect): ClientHalf {
  if (!dialect.client) throw new GatewayError("internal", `${dialect.id} is not served`);
  return dialect.client;
}

export function asGatewayError(cause: unknown): GatewayError {
  return cause instanceof GatewayError ? cause : new GatewayError("internal", "internal error", { cause });
}

/** The error as the client's dialect says it, with further members where a path has its own; ends the exchange. */
export function fail(exchange: Exchange, cause: unknown, membersOf?: (error: GatewayError) => JsonObject): Response {
  const error = asGatewayError(cause);
  const { record } = exchange;
  record.status = error.status;
  record.error = error;
  const headers = { ...replyHeaders(exchange, undefined), ...errorHeaders(error, record) };
  const body = clientHalf(exchange.dialect).writeError(error, exchange.id);
  if (membersOf) Object.assign(body, membersOf(error));
  exchange.settle(error.code === "client_gone" ? "client_gone" : "error");
  return new Response(JSON.stringify(body), { status: error.status, headers });
}
