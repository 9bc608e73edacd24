import { z } from "zod";
import type { Connector } from "../define-connector.ts";
import { takesAnySecret } from "../open-secrets.ts";
import { assert, assertStreamNames, type Check } from "./check.ts";
import type { Prepare } from "./open-fixture.ts";
import { readingChecks } from "./reading-checks.ts";
import { serviceChecks } from "./service-checks.ts";
import { applyWaivers, type Waivers } from "./waivers.ts";

/**
 * What a connector has to keep to. Without a fixture only what it declares is checked; with one it is also read, from
 * the beginning and from each of its cursors.
 */
export function conformanceChecks(
  file: { name: string; connector: Connector },
  prepare?: Prepare,
  waivers: Waivers = {},
): Check[] {
  const { connector } = file;
  const reading =
    prepare === undefined ? [] : [...readingChecks(connector, prepare), ...serviceChecks(connector, prepare)];
  return applyWaivers([...declarationChecks(file), ...reading], waivers);
}

function declarationChecks({ name, connector }: { name: string; connector: Connector }): Check[] {
  return [
    check("is named after its file", () => assert(connector.name === name, `its name is "${connector.name}"`)),
    check("says what it is", () => assert(connector.title.trim() && connector.description.trim(), "a text is empty")),
    check("refuses options and secrets that it does not know", () => {
      assert(isStrict(connector.options), "options is not a z.strictObject");
      const isOpen = takesAnySecret(connector);
      assert(isOpen || isStrict(connector.secrets), "secrets is neither a z.strictObject nor open to any text");
    }),
    check("describes each of its options and secrets", () => assertDescribed(connector)),
    check("gives its options and secrets canonical names", () => assertFieldNames(connector)),
    check("shows an example of its options that is valid", () => assertExample(connector)),
    check("has options and secrets that a form and a JSON Schema can be made of", () => assertSchemas(connector)),
    check("can check a connection", () => assert(typeof connector.check === "function", "check is missing")),
    check("gives its streams legal names, each once", () => {
      if (typeof connector.streams !== "function") assertStreamNames(connector.streams.map((stream) => stream.name));
    }),
  ];
}

function check(title: string, run: () => void): Check {
  return { title, run: async () => run() };
}

function isStrict(schema: z.ZodObject): boolean {
  return schema.def.catchall?._zod.def.type === "never";
}

function assertDescribed({ options, secrets }: Connector): void {
  for (const schema of [options, secrets]) {
    const { properties = {} } = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
    for (const [field, property] of Object.entries(properties)) {
      const description = typeof property === "object" ? property.description : undefined;
      assert(description?.trim(), `"${field}" has no description`);
    }
  }
}

function assertFieldNames({ options, secrets }: Connector): void {
  for (const field of [...Object.keys(options.shape), ...Object.keys(secrets.shape)])
    assert(/^[a-z][a-z0-9_]*$/.test(field), `"${field}" is not lower-case letters, digits and underscores`);
}

function assertExample({ options, guide }: Connector): void {
  if (guide === undefined) return;
  const { error } = options.safeParse(guide.example);
  assert(error === undefined, `the example of its guide is not valid: ${error?.message}`);
}

function assertSchemas({ options, secrets }: Connector): void {
  z.toJSONSchema(options, { io: "input" });
  const { properties = {} } = z.toJSONSchema(secrets, { io: "input" });
  for (const [field, schema] of Object.entries(properties)) {
    assert(typeof schema === "object" && schema.type === "string", `the secret "${field}" is not a text`);
  }
}
