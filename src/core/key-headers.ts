// Where callers of the gateway prove who they are: headers that never leave for a provider, and never name anything else.

/** Headers in which clients of the dialects send their key; every one is read on every route. */
export const keyHeaders: readonly string[] = ["x-api-key", "api-key", "x-goog-api-key"];

/** Where the gateway's key stands when the others carry the caller's token for a provider (`auth: client`). */
export const gatewayKeyHeader = "x-sluice-key";

/** Whatever a client may prove itself with. */
export const credentialHeaders: readonly string[] = ["authorization", gatewayKeyHeader, ...keyHeaders];
