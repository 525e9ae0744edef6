// Headers that a host wants beside its credential, and that can be read out of it.

type Headers = { readonly [name: string]: string };

/**
 * The account of a ChatGPT subscription, which its access token names (a JWT with the claim `https://api.openai.com/auth`;
 * openai/codex, codex-rs/login/src/token_data.rs, read 2026-11). A token that cannot be read says nothing.
 */
function chatgptAccount(token: string): Headers {
  try {
    const claims: unknown = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString("utf8"));
    const own = (claims as { [claim: string]: { [field: string]: unknown } })["https://api.openai.com/auth"];
    const account = own?.["chatgpt_account_id"];
    return typeof account === "string" && /^[\w-]+$/.test(account) ? { "chatgpt-account-id": account } : {};
  } catch {
    return {};
  }
}

/** By the name that a row's auth style gives. */
export const derivedHeaders: { readonly [name: string]: (credential: string) => Headers } = {
  "chatgpt-account": chatgptAccount,
};
