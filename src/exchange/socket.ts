// The client's end of a WebSocket: what the listener hands out, and what it calls. Types only.

/** The client's end, as the listener hands it out. */
export type ClientSocket = {
  /** Bytes sent; -1: queued, `drain` follows; 0: dropped. */
  send(data: string | Uint8Array): number;
  ping(data: Uint8Array): number;
  close(code?: number, reason?: string): void;
  terminate(): void;
  pause(): void;
  resume(): void;
};

/** What the listener calls for one client's socket. */
export type SocketEnd = {
  open(socket: ClientSocket): void;
  message(data: string | Uint8Array): void;
  drain(): void;
  ping(data: Uint8Array): void;
  close(code: number, reason: string): void;
};

/** Answers 101 and hands the connection over; false when the client has gone meanwhile. */
export type Upgrade = (request: Request, end: SocketEnd, headers: { [name: string]: string }) => boolean;
