// Takes the operator's secrets out of what a provider says: some repeat the credential they were given in their errors.
import { GatewayError } from "../core/errors.ts";
import type { Provider } from "../providers/provider.ts";

/** Shorter values are placeholders such as "none", or words that any sentence may hold. */
const secretLengthMin = 8;

/** Every credential and the headers that the operator wrote: whatever does not stand in the row. */
function secretsOf({ headers, credentials, row }: Provider): string[] {
  const secrets: string[] = [];
  for (const held of [headers, ...credentials.map((credential) => credential.headers)]) {
    for (const [name, value] of Object.entries(held)) {
      if (row.headers?.[name] === value) continue;
      secrets.push(value.replace(/^Bearer /, ""));
    }
  }
  for (const credential of credentials) secrets.push(...(credential.secrets ?? []));
  return secrets.filter((secret) => secret.length >= secretLengthMin);
}

/** The same failure in words that may be shown and logged. */
export function withoutSecrets(failure: GatewayError, provider: Provider): GatewayError {
  const secrets = secretsOf(provider);
  const { message, param, publicCode, upstream } = failure;
  const words = [message, param, publicCode, upstream?.type, upstream?.code];
  if (!words.some((word) => secrets.some((secret) => word?.includes(secret)))) return failure;
  const clean = (word: string) => secrets.reduce((text, secret) => text.replaceAll(secret, "***"), word);
  return new GatewayError(failure.code, clean(message), {
    status: failure.status,
    ...(param !== null && { param: clean(param) }),
    ...(publicCode !== null && { publicCode: clean(publicCode) }),
    ...(failure.retryAfterMs !== undefined && { retryAfterMs: failure.retryAfterMs }),
    ...(upstream && {
      upstream: {
        status: upstream.status,
        ...(upstream.type !== undefined && { type: clean(upstream.type) }),
        ...(upstream.code !== undefined && { code: clean(upstream.code) }),
      },
    }),
  });
}
