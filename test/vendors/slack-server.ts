import type { SeenRequest, TestAnswer } from "../harness/http-server.ts";
import { descriptionOf } from "./description.ts";
import { moment, pageAfter, startVendor, type Vendor } from "./vendor.ts";

export const SLACK_TOKEN = "xoxb-0123456789-abcdefABCDEF";

export interface SlackMessage {
  type: string;
  ts: string;
  text: string;
}

export interface SlackData {
  channels: { id: string; name: string; is_member: boolean }[];
  /** By channel. */
  messages: Record<string, SlackMessage[]>;
}

export const slackMessage = (n: number): SlackMessage => ({
  type: "message",
  ts: `${moment(n).getTime() / 1000}.${String(n * 10).padStart(6, "0")}`,
  text: `Message ${n}`,
});

export function slackData(count = 7): SlackData {
  const channels = ["C1", "C2", "C3"].map((id, n) => ({ id, name: `channel-${n}`, is_member: n < 2 }));
  const some = Array.from({ length: count }, (_, n) => slackMessage(n));
  return { channels, messages: { C1: some, C2: some.slice(0, 2) } };
}

/**
 * Slack's Web API: always status 200, with `ok` and `error`, but for too many requests; lists in pages by `cursor`; history
 * newest first from `oldest` on, with it if `inclusive`. A request that its description does not know is refused.
 */
export function startSlack(data: SlackData = slackData(), largest_page = 1000): Promise<Vendor> {
  const list = (request: SeenRequest, name: string, items: readonly unknown[], key: (item: never) => string) => {
    const limit = Math.min(Number(request.query.get("limit") ?? 100), largest_page);
    const cursor = request.query.get("cursor");
    const page = pageAfter(items as never[], key, cursor === null ? null : atob(cursor), limit);
    const last = page.at(-1);
    const next_cursor = last === undefined || last === items.at(-1) ? "" : btoa(key(last));
    return { json: { ok: true, [name]: page, response_metadata: { next_cursor } } };
  };
  return startVendor({
    admit: ({ headers }) => (headers.authorization === `Bearer ${SLACK_TOKEN}` ? undefined : failure("invalid_auth")),
    error: (_, message) => failure(message),
    unauthorised: failure("invalid_auth"),
    description: descriptionOf("slack", "/api"),
    given: ["token"],
    undescribed: [".response_metadata"],
    routes: {
      "GET /api/auth.test": () => ({ json: { ok: true, user: "sluice", team: "Ada's", user_id: "U9", team_id: "T1" } }),
      "GET /api/conversations.list": (request) => list(request, "channels", data.channels, ({ id }) => id),
      "GET /api/users.list": (request) => list(request, "members", [{ id: "U1" }, { id: "U2" }], ({ id }) => id),
      "GET /api/usergroups.list": () => ({ json: { ok: true, usergroups: [{ id: "S1", handle: "support" }] } }),
      "GET /api/conversations.members": (request) => list(request, "members", ["U1", "U2"], (id) => id),
      "GET /api/conversations.history": (request) => {
        const { query } = request;
        const channel = data.channels.find(({ id }) => id === query.get("channel"));
        if (channel === undefined) return failure("channel_not_found");
        if (!channel.is_member) return failure("not_in_channel");
        const oldest = query.get("oldest") ?? "0";
        const inclusive = query.get("inclusive") === "true";
        const found = (data.messages[channel.id] ?? []).filter(({ ts }) => ts > oldest || (inclusive && ts === oldest));
        return list(
          request,
          "messages",
          [...found].sort((a, b) => (a.ts < b.ts ? 1 : -1)),
          ({ ts }) => ts,
        );
      },
    },
  });
}

function failure(error: string): TestAnswer {
  return { status: 200, json: { ok: false, error } };
}
