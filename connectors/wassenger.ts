import { apiAddress, defineRestConnector, z } from "sluice/connector";

const DAY_S = 86_400;

const options = z.strictObject({
  device_ids: z
    .array(z.string().regex(/^[0-9a-f]{24}$/, "must be the 24 hexadecimal digits of a device"))
    .min(1)
    .optional()
    .describe("Ids of the numbers (devices) to read. All that the key sees unless given."),
  start: z.iso
    .datetime()
    .default("2015-01-01T00:00:00Z")
    .describe("Messages from then on are read, for example 2026-01-01T00:00:00Z."),
  recheck_days: z
    .number()
    .int()
    .min(0)
    .max(90)
    .default(3)
    .describe(
      "Messages of so many days before the last one are read again: they are delivered, read and edited later.",
    ),
  api_url: apiAddress("https://api.wassenger.com/v1"),
});

const secrets = z.strictObject({
  api_key: z.string().min(1).describe("API key; made at app.wassenger.com/developers/apikeys."),
});

/** Pages count from 0. */
const pages = (size: number) => ({ type: "page" as const, first: 0, size_param: "size", size });

export default defineRestConnector({
  name: "wassenger",
  title: "Wassenger",
  description: "Numbers, chats, messages, contacts and teams of WhatsApp as Wassenger keeps them.",
  options,
  secrets,
  guide: {
    credentials: `1. At <https://app.wassenger.com/developers/apikeys> make an API key. Where the plan lets you limit it, reading is enough: nothing
   is ever sent or changed.
2. \`sluice secrets set <connection> api_key\`. It travels in the header \`Token\`, never in an address.`,
    limits:
      "What Wassenger allows depends on the plan and is not published. At most 5 requests a second are sent; a 429 is waited out as long as it says, and what the answers' headers say is left is kept to.",
    deletes: "Wassenger does not tell of deleted chats, contacts and messages: their rows stay.",
    notes: `Written after what Wassenger's own published programs ask for and how its API is known to answer; there is no
published description to hold it against. Fields are kept as they come, so that an unknown one is a column and not an error.

Messages are asked for by \`after\`, those of the last \`recheck_days\` again. Chats and contacts have no filter for changes: their
lists are read whole and merged, so that only rows that differ are written. Chats, contacts and messages need a plan with the
platform (\`/chat\`); a device without it is passed over.`,
    example: { device_ids: ["64a1b2c3d4e5f60718293a4b"], start: "2026-01-01T00:00:00Z" },
  },
  auth: ({ secrets: { api_key } }) => ({ type: "header", name: "token", value: api_key, secret: "api_key" }),
  identity: { path: "/devices", says: "logged in", remark: ({ body }) => numbersIn(body) },
  api: ({ api_url, device_ids, start, recheck_days }) => {
    const devices = {
      stream: "devices",
      keys: { device: "id" },
      include: { device_id: "id" },
      ...(device_ids === undefined ? {} : { where: { id: device_ids } }),
    };
    const ofDevice = {
      parent: devices,
      primary_key: ["device_id", "id"],
      on_error: [{ status: 404, action: "ignore" as const }],
    };
    const byCreation = {
      ...{ field: "createdAt", param: "after", start, format: "iso" as const },
      ...(recheck_days === 0 ? { margin_s: 1 } : { lookback_s: recheck_days * DAY_S }),
    };
    return {
      base_url: api_url,
      rate_limit: { requests: 5, per_s: 1 },
      defaults: { records: "", paginate: { type: "none" }, primary_key: ["id"] },
      streams: {
        devices: { description: "Numbers that are connected to the account.", path: "/devices" },
        team: { ...ofDevice, description: "Members of the team, by number.", path: "/devices/{device}/team" },
        departments: { ...ofDevice, description: "Departments, by number.", path: "/devices/{device}/departments" },
        labels: {
          ...ofDevice,
          description: "Labels for chats, by number.",
          path: "/devices/{device}/labels",
          primary_key: ["device_id", "name"],
        },
        groups: {
          ...ofDevice,
          description: "Groups that the number is in.",
          path: "/devices/{device}/groups",
          paginate: pages(100),
        },
        chats: {
          ...ofDevice,
          description: "Chats with their state, owner and labels.",
          path: "/chat/{device}/chats",
          paginate: pages(100),
        },
        contacts: {
          ...ofDevice,
          description: "Contacts of the number.",
          path: "/chat/{device}/contacts",
          paginate: pages(100),
        },
        messages: {
          ...ofDevice,
          description: "Messages in and out, with how far they were delivered.",
          path: "/chat/{device}/messages",
          paginate: pages(50),
          cursor: byCreation,
        },
        outbound_messages: {
          description: "Messages that were handed to Wassenger for sending, with what became of each.",
          path: "/messages",
          paginate: pages(100),
          cursor: byCreation,
        },
        webhooks: { description: "Webhooks of the account.", path: "/webhooks" },
      },
    };
  },
});

/** `2 numbers: Support (+34600111222), Sales (+34600111333)` */
function numbersIn(body: unknown): string {
  const devices = (Array.isArray(body) ? body : []) as { alias?: string; phone?: string }[];
  const named = devices.slice(0, 5).map(({ alias = "?", phone = "?" }) => `${alias} (${phone})`);
  const more = devices.length > named.length ? ", …" : "";
  return `${devices.length === 1 ? "1 number" : `${devices.length} numbers`}${named.length === 0 ? "" : `: ${named.join(", ")}${more}`}`;
}
