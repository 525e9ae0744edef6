// The port that remembers assistants' turns with their reasoning, for clients that send only a part of a turn back.
import type { Block } from "../core/chat.ts";
import type { Port } from "./port.ts";

/** A turn as a provider gave it: every block in its order, opaque state included. */
export type RememberedTurn = {
  /** Family of the provider that answered. */
  origin: string;
  blocks: readonly Block[];
};

/** Keys are digests that no client can choose. What does not fit or is too old is forgotten, at any time. */
export interface ReasoningMemory extends Port {
  find(key: string): RememberedTurn | undefined | Promise<RememberedTurn | undefined>;
  keep(key: string, turn: RememberedTurn): void | Promise<void>;
}
