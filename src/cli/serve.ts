// `sluice serve`: loads the settings, opens the app, tells how to try it, and ends in order on SIGTERM and SIGINT.
import { startPatientFetchThread } from "../app/threads.ts";
import { type App, openApp } from "../app.ts";
import type { Environment } from "../config/environment.ts";
import { type Config, loadConfig } from "../config/load.ts";
import { version } from "../core/version.ts";
import { exitCodes, type Streams } from "./command.ts";
import { reportProblems } from "./problems.ts";
import { startProblems } from "./start-problems.ts";

/** The banner waits this long for the model lists, so that it can count them. The listener is up meanwhile. */
const bannerWaitMs = 1500;

export async function run(arguments_: string[], streams: Streams, environment: Environment): Promise<number> {
  const loaded = loadConfig({ arguments: arguments_, environment, workingDirectory: process.cwd() });
  const code = reportProblems(await startProblems(loaded), streams);
  if (code !== exitCodes.ok) return code;
  startPatientFetchThread();
  let app: App;
  try {
    app = openApp({ config: loaded.config, environment: loaded.environment, logSink: streams.stderr });
  } catch (cause) {
    const { host, port } = loaded.config.server;
    streams.stderr(`sluice: cannot listen on ${host}:${port}: ${cause instanceof Error ? cause.message : cause}\n`);
    return exitCodes.failed;
  }
  const stopping = signalled();
  await Promise.race([app.catalog.ready(), Bun.sleep(bannerWaitMs), stopping]);
  streams.stderr(banner(app, loaded.config));
  const signal = await stopping;
  app.log.write("info", "stopping", { signal });
  // A second signal is impatience: the process is not held any longer.
  void signalled().then(() => process.exit(exitCodes.failed));
  await app.close();
  // Keep-alive sockets to providers would hold the process for minutes.
  process.exit(exitCodes.ok);
}

/** Resolves at the next SIGTERM or SIGINT. Process 1 of a container ignores signals that nobody handles. */
function signalled(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => resolve(signal));
  });
}

function banner(app: App, config: Config): string {
  const address = app.url.href.replace(/\/$/, "").replace("0.0.0.0", "127.0.0.1");
  const names = app.providers.map((provider) => provider.name).join(", ");
  const models = app.catalog.listing();
  const isReading = app.catalog.all().some((known) => known.stale && known.failure === undefined);
  const count = app.catalog.all().reduce((sum, known) => sum + known.models.length, 0);
  const demo = app.providers.length === 1 && app.providers[0]?.name === "demo";
  const model = demo ? "demo/story" : (models.find((entry) => entry.id.includes("/"))?.id ?? "provider/model");
  const key = config.server.master_key === undefined ? "" : " -H 'Authorization: Bearer YOUR_MASTER_KEY'";
  return [
    `sluice ${version} listens on ${address}`,
    `providers: ${names}${demo ? " (no credential found; set OPENAI_API_KEY, ANTHROPIC_API_KEY, … to call real ones)" : ""}`,
    `models: ${count}${isReading ? " so far, still reading" : ""}`,
    `try: curl -N ${address}/v1/chat/completions${key} -d '{"model":"${model}","stream":true,"messages":[{"role":"user","content":"hello"}]}'`,
    "",
  ].join("\n");
}
