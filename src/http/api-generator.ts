// Makes the OpenAPI document's reply with @elysiajs/swagger, in an app of its own. Loaded when somebody first asks for the
// document: the plugin and what it brings along would cost every start some 10 ms and 3 MB.
import { swagger } from "@elysiajs/swagger";
import { Elysia } from "elysia";
import { apiDocument } from "./api-document.ts";

const specPath = "/doc.json";

/** The plugin also has a page, which loads its scripts from another host: nobody can reach it in here. */
export function openGenerator(): () => Response | Promise<Response> {
  const app = new Elysia().use(swagger({ specPath, documentation: apiDocument() }));
  return () => app.fetch(new Request(`http://document.invalid${specPath}`));
}
