// Oracle Cloud's generative AI, through the endpoint that speaks OpenAI's dialects.
import type { Given, ProviderRow } from "./provider.ts";
import { bearer, chat, responses } from "./row-parts.ts";

function resolve({ base_url: written, region }: Given): Partial<ProviderRow> {
  if (written !== undefined || region === undefined) return {};
  return { baseUrl: `https://inference.generativeai.${region}.oci.oraclecloud.com/openai/v1` };
}

export const oracleRows: readonly ProviderRow[] = [
  {
    type: "oracle",
    title: "Oracle Cloud generative AI",
    versionSuffix: "/openai/v1",
    envPrefix: "ORACLE",
    keyEnv: ["OCI_GENAI_API_KEY"],
    settings: [{ name: "region", variables: ["OCI_REGION"] }],
    resolve,
    auth: bearer,
    // A key is bound to its region and project; models are named in the console and in `models`.
    speaks: { ...chat(), ...responses },
    origin: "oracle",
    source: "docs.oracle.com/en-us/iaas/Content/generative-ai/openai-compatible-api.htm (2026-11); translation.md D1",
  },
];
