// A process of its own that asks a gateway: all at once, or so many a second whether answers come or not. Prints a line for each answer.

export type LoadPlan = {
  url: string;
  body: string;
  count: number;
  /** Absent: all in the same turn of the event loop. */
  perSecond?: number;
};

/** `answer`, `error STATUS`, or `lost …` where neither came. The last line has the seconds that the sending took. */
export type LoadLine = { outcome: string } | { sentInSeconds: number };

type Reply = { error?: { type?: unknown }; choices?: { message?: { content?: unknown }; finish_reason?: unknown }[] };

async function ask({ url, body }: LoadPlan): Promise<string> {
  try {
    const response = await fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body });
    const reply = (await response.json()) as Reply;
    const choice = reply.choices?.[0];
    if (response.status === 200 && choice?.finish_reason === "stop" && choice.message?.content) return "answer";
    return typeof reply.error?.type === "string" ? `error ${response.status}` : `lost in a ${response.status}`;
  } catch (cause) {
    return `lost: ${cause}`;
  }
}

function print(line: LoadLine): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

async function run(plan: LoadPlan): Promise<void> {
  const { count, perSecond = Number.POSITIVE_INFINITY } = plan;
  const asked: Promise<void>[] = [];
  const startedMs = performance.now();
  while (asked.length < count) {
    const dueCount = Math.min(count, Math.ceil(((performance.now() - startedMs) / 1000) * perSecond + 1));
    while (asked.length < dueCount) asked.push(ask(plan).then((outcome) => print({ outcome })));
    if (asked.length < count) await Bun.sleep(1);
  }
  const sentInSeconds = (performance.now() - startedMs) / 1000;
  await Promise.all(asked);
  print({ sentInSeconds });
}

if (import.meta.main) await run(JSON.parse(process.argv[2] ?? "{}") as LoadPlan);
