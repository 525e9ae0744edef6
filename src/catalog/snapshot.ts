// The model lists as they are kept between two runs: written as text, read with distrust.
import { asArray, asNumber, asObject, asString, type JsonObject, parseJson } from "../core/json.ts";
import type { Prices } from "../core/known-facts.ts";
import type { Provider } from "../providers/provider.ts";
import type { ListedModel } from "./listing.ts";
import { asTokens, defined } from "./listing-facts.ts";
import { readModalities } from "./modalities.ts";

/** Where the text is kept. Neither of the two throws: without a snapshot everything works, only later. */
export type SnapshotFile = {
  read(): string | undefined;
  /** Resolves when it is written, or when it could not be. */
  write(text: string): Promise<void>;
};

export type KeptList = { address: string; readAtMs: number; models: readonly ListedModel[] };

const formatVersion = 1;
const modelsMax = 5000;
const idLengthMax = 256;

export function writeSnapshot(lists: ReadonlyMap<string, KeptList>): string {
  return JSON.stringify({ version: formatVersion, providers: Object.fromEntries(lists) });
}

/** Lists by provider. What is damaged, of another version, or of an address that is called no more is left out. */
export function readSnapshot(
  text: string | undefined,
  providers: ReadonlyMap<string, Provider>,
): ReadonlyMap<string, KeptList> {
  const kept = new Map<string, KeptList>();
  const root = text === undefined ? undefined : asObject(parseJson(text));
  if (root?.["version"] !== formatVersion) return kept;
  const lists = asObject(root["providers"]) ?? {};
  for (const [name, provider] of providers) {
    const list = Object.hasOwn(lists, name) ? asObject(lists[name]) : undefined;
    const models = asArray(list?.["models"]);
    if (!list || !models || list["address"] !== provider.baseUrl) continue;
    kept.set(name, {
      address: provider.baseUrl,
      readAtMs: asNumber(list["readAtMs"]) ?? 0,
      models: models.slice(0, modelsMax).flatMap((entry) => readModel(asObject(entry)) ?? []),
    });
  }
  return kept;
}

function readModel(entry: JsonObject | undefined): ListedModel | undefined {
  const id = asString(entry?.["id"]);
  if (!entry || !id || id.length > idLengthMax) return undefined;
  const ownedBy = asString(entry["ownedBy"]);
  const createdAtSeconds = asNumber(entry["createdAtSeconds"]);
  const flag = (name: string) => (typeof entry[name] === "boolean" ? entry[name] : undefined);
  const words = (name: string) => {
    const list = asArray(entry[name]);
    return list && readModalities(list);
  };
  return {
    id,
    ...(ownedBy !== undefined && { ownedBy }),
    ...(createdAtSeconds !== undefined && { createdAtSeconds }),
    ...defined({
      contextTokens: asTokens(entry["contextTokens"]),
      maxOutputTokens: asTokens(entry["maxOutputTokens"]),
      inputModalities: words("inputModalities"),
      outputModalities: words("outputModalities"),
      tools: flag("tools"),
      reasoning: flag("reasoning"),
      prices: readPrices(asObject(entry["prices"])),
    }),
  };
}

function readPrices(entry: JsonObject | undefined): Prices | undefined {
  if (!entry) return undefined;
  const { source, version, ...rates } = entry;
  const areRates = Object.values(rates).every((rate) => typeof rate === "number" && rate >= 0);
  const whole = typeof rates["inputPerMTok"] === "number" && typeof rates["outputPerMTok"] === "number";
  if (!areRates || !whole || typeof source !== "string" || typeof version !== "string") return undefined;
  return entry as unknown as Prices;
}
