// The master key: where it may stand in a request, and what is refused.
import { describe, expect, test } from "bun:test";
import { GatewayError } from "../../src/core/errors.ts";
import { openAdmit } from "../../src/policy/admit.ts";

const key = "sk-master-1";

/** The code of the refusal, or "admitted". */
function outcome(headers: { [name: string]: string }, url = "http://localhost/v1/models"): string {
  try {
    openAdmit(key)(new Request(url, { headers }));
    return "admitted";
  } catch (cause) {
    if (cause instanceof GatewayError) return cause.code;
    throw cause;
  }
}

describe("with a master key", () => {
  const places: { [name: string]: string }[] = [
    { authorization: `Bearer ${key}` },
    { authorization: `bearer   ${key}` },
    { authorization: key },
    { "x-api-key": key },
    { "api-key": key },
    { "x-goog-api-key": key },
    { authorization: `Bearer ${key}`, "x-api-key": key, "api-key": key, "x-goog-api-key": key },
    { authorization: "Bearer ", "x-api-key": key },
    { authorization: "Bearer", "x-api-key": "", "api-key": key },
  ];

  test.each(places)("%j is admitted", (headers) => {
    expect(outcome(headers)).toBe("admitted");
  });

  const wrong: { [name: string]: string }[] = [
    {},
    { authorization: "Bearer " },
    { authorization: "" },
    { authorization: "Bearer sk-master-2" },
    { authorization: `Bearer ${key}x` },
    { authorization: `Basic ${key}` },
    { authorization: `Bearer ${key} ${key}` },
    { "x-api-key": key.toUpperCase() },
    { cookie: `key=${key}` },
  ];

  test.each(wrong)("%j is not", (headers) => {
    expect(outcome(headers)).toBe("not_authenticated");
  });

  test("two different keys are refused, also when one of them is right", () => {
    expect(outcome({ authorization: `Bearer ${key}`, "x-api-key": "other" })).toBe("invalid_request");
    expect(outcome({ "x-api-key": key }, "http://localhost/v1/models?key=other")).toBe("invalid_request");
  });

  test("the key may stand in the query, as Google's clients send it", () => {
    expect(outcome({}, `http://localhost/v1/models?alt=sse&key=${key}`)).toBe("admitted");
    expect(outcome({ "x-goog-api-key": key }, `http://localhost/v1/models?key=${key}`)).toBe("admitted");
    expect(outcome({}, `http://localhost/v1/models?monkey=${key}`)).toBe("not_authenticated");
    expect(outcome({}, `http://localhost/v1/models/key=${key}`)).toBe("not_authenticated");
    expect(outcome({}, "http://localhost/v1/models?key=")).toBe("not_authenticated");
  });

  test("a key in the query is read behind a host that is no URL", () => {
    const { headers } = new Request("http://localhost/");
    const request = { headers, url: `http://[::::]/v1/models?key=${key}` } as Request;
    expect(() => openAdmit(key)(request)).not.toThrow();
  });

  test("a refusal says how to send a key and never repeats the one given", () => {
    expect(() => openAdmit(key)(new Request("http://localhost/"))).toThrow(/Authorization: Bearer/);
    try {
      openAdmit(key)(new Request("http://localhost/", { headers: { "x-api-key": "secret-guess" } }));
    } catch (cause) {
      expect((cause as Error).message).not.toContain("secret-guess");
    }
    expect.assertions(2);
  });
});

test("without a master key everybody is admitted", () => {
  const admit = openAdmit(undefined);
  expect(() => admit(new Request("http://localhost/"))).not.toThrow();
  expect(() =>
    admit(new Request("http://localhost/", { headers: { "x-api-key": "a", "api-key": "b" } })),
  ).not.toThrow();
});
