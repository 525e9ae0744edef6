// What a request asks of a model beside an answer, and the session it belongs to: all that routing needs to know of a body.

export type Demand = {
  tools: boolean;
  image: boolean;
  audio: boolean;
  video: boolean;
  file: boolean;
  /** The client has asked for reasoning in so many words. */
  reasoning: boolean;
  /** The most output that the client asks for. */
  outputTokens: number | undefined;
};

export const plainDemand: Demand = Object.freeze({
  tools: false,
  image: false,
  audio: false,
  video: false,
  file: false,
  reasoning: false,
  outputTokens: undefined,
});

/** How a body tells its session. */
export type BodySession = {
  /** Written into one of the fields that clients use for it. */
  id?: string;
  /** What is the same in every turn of a conversation, hashed. Absent in its first turn: nothing is in a cache yet. */
  opening?: string;
};

/** A session, as headers and body told it. */
export type SessionHint = {
  id: string;
  /** False: known by its opening. */
  explicit: boolean;
};
