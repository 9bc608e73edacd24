import fc from "fast-check";
import { expect, test } from "vitest";
import { createRedactor, MASK, misplacedSecrets } from "../../src/core/redaction.ts";

test("a secret is masked however it is spelt", () => {
  const secret = 'p@ss "wörd"/+?';
  const redact = createRedactor([secret]);
  const spellings = [
    secret,
    JSON.stringify({ secret }),
    `https://x.test/?token=${encodeURIComponent(secret)}`,
    `Basic ${Buffer.from(secret).toString("base64")}`,
  ];
  for (const text of spellings) {
    const masked = redact.text(text);
    expect(masked).toContain(MASK);
    expect(masked).not.toContain("wörd");
    expect(masked).not.toContain(encodeURIComponent("wörd"));
  }
});

test("passwords in URLs are masked even if nobody named them", () => {
  expect(createRedactor().text("postgres://ada:s3cr3t@db:5432/x")).toBe(`postgres://ada:${MASK}@db:5432/x`);
});

test("a secret that contains another is masked whole", () => {
  expect(createRedactor(["token", "token-and-more"]).text("a token-and-more b")).toBe(`a ${MASK} b`);
});

test("values and keys deep inside are masked, the original stays", () => {
  const original = { list: [{ "hunter2!": ["is hunter2!", 5, null] }] };
  expect(createRedactor(["hunter2!"]).value(original)).toEqual({ list: [{ [MASK]: [`is ${MASK}`, 5, null] }] });
  expect(original.list[0]).toHaveProperty(["hunter2!"]);
});

test("values learnt later are masked too", () => {
  const redact = createRedactor();
  redact.add(["fresh-token"]);
  expect(redact.text("fresh-token")).toBe(MASK);
});

test("whatever the secret and the text around it, it does not come through", () => {
  fc.assert(
    fc.property(
      fc.string({ minLength: 4, maxLength: 30, unit: "binary" }),
      fc.string(),
      fc.string(),
      (secret, before, after) => {
        const masked = createRedactor([secret]).text(`${before}${secret}${after}`);
        fc.pre(!`${before}${MASK}${after}`.includes(secret));
        expect(masked.includes(secret)).toBe(false);
      },
    ),
  );
});

test("names of secrets, which options do hold, are not taken for secrets", () => {
  const auth = { type: "oauth2", secret: "client_secret", username_secret: "username", password: "password" };
  expect(misplacedSecrets({ auth, primary_key: ["a_long_name"], login: { password: "hunter2-hunter2" } })).toEqual([
    "hunter2-hunter2",
  ]);
});
