import { apiAddress, defineRestConnector, z } from "sluice/connector";

const options = z.strictObject({
  channel_ids: z
    .array(z.string().regex(/^[CG][A-Z0-9]+$/, "must be a channel's id, such as C0123456789"))
    .min(1)
    .optional()
    .describe("Ids of the channels whose messages are read. All that the app is a member of unless given."),
  start: z.iso.datetime().default("2013-01-01T00:00:00Z").describe("Messages before are not read."),
  api_url: apiAddress("https://slack.com/api"),
});

const secrets = z.strictObject({
  token: z.string().min(1).describe("Bot token (xoxb-…) of an app of your own, from OAuth & Permissions."),
});

/** Slack answers 200 to everything but too many requests; what it means stands in `error`. */
const LOGIN = "^(invalid_auth|not_authed|account_inactive|token_revoked|token_expired|missing_scope|no_permission)$";

export default defineRestConnector({
  name: "slack",
  title: "Slack",
  description: "Channels of Slack with their members and messages, users and user groups.",
  options,
  secrets,
  guide: {
    credentials: `1. At <https://api.slack.com/apps> make an app for your workspace.
2. Under OAuth & Permissions give its bot the scopes \`channels:read\`, \`channels:history\`, \`groups:read\`, \`groups:history\`,
   \`users:read\`, \`users:read.email\` and \`usergroups:read\`, and install it.
3. Invite the bot to each channel whose messages are to be read, and set its token: \`sluice secrets set <connection> token\`.`,
    limits:
      "Slack allows some 50 requests in a minute to each method; that many are sent over all. A 429 is waited out as long as it says. Apps that are given away outside of Slack's marketplace have one request in a minute to `messages`.",
    deletes: "Slack does not tell which messages were deleted or edited: a message stays as it was when it was read.",
    notes:
      "`messages` are those of the channels; answers within threads are not read. The key of a message is its channel and `ts`.",
    example: { start: "2025-01-01T00:00:00Z" },
  },
  auth: ({ secrets: { token } }) => ({ type: "bearer", token, secret: "token" }),
  identity: { path: "/auth.test", says: "logged in as {user} ({team})" },
  api: ({ api_url, channel_ids, start }) => {
    const channels = {
      stream: "channels",
      keys: { channel: "id" },
      include: { channel_id: "id" },
      where: { is_member: true, ...(channel_ids === undefined ? {} : { id: channel_ids }) },
    };
    return {
      base_url: api_url,
      rate_limit: { requests: 50, per_s: 60 },
      defaults: {
        params: { limit: 200 },
        primary_key: ["id"],
        paginate: { type: "cursor", param: "cursor", path: "response_metadata.next_cursor" },
        on_error: [
          { status: 200, body: { path: "error", matches: "^ratelimited$" }, action: "retry" },
          { status: 200, body: { path: "error", matches: LOGIN }, action: "fail", code: "credentials_rejected" },
          { status: 200, body: { path: "error", matches: "^(not_in_channel|channel_not_found)$" }, action: "ignore" },
          {
            status: 200,
            body: { path: "error", matches: "^(internal_error|fatal_error|service_unavailable)$" },
            action: "retry",
          },
          { status: 200, body: { path: "ok", equals: false }, action: "fail" },
        ],
      },
      streams: {
        channels: {
          description: "Public and private channels, archived ones too.",
          path: "/conversations.list",
          params: { types: "public_channel,private_channel" },
          records: "channels",
        },
        users: { description: "Users, deleted ones and bots too.", path: "/users.list", records: "members" },
        usergroups: {
          description: "User groups, disabled ones too.",
          path: "/usergroups.list",
          params: { limit: null, include_disabled: true, include_count: true },
          records: "usergroups",
          paginate: { type: "none" },
        },
        channel_members: {
          description: "Members by channel.",
          path: "/conversations.members",
          params: { channel: "{channel}" },
          records: "members",
          scalars: "value",
          fields: { rename: { value: "user_id" } },
          primary_key: ["channel_id", "user_id"],
          parent: channels,
        },
        messages: {
          description: "Messages of the channels, without the answers within threads.",
          path: "/conversations.history",
          params: { channel: "{channel}", inclusive: true },
          records: "messages",
          primary_key: ["channel_id", "ts"],
          cursor: {
            field: "ts",
            param: "oldest",
            start: `${Math.floor(Date.parse(start) / 1000)}.000000`,
            ordered: "desc",
            compare: "text",
          },
          parent: channels,
        },
      },
    };
  },
});
