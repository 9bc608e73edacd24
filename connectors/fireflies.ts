import { apiAddress, defineRestConnector, z } from "sluice/connector";

const options = z.strictObject({
  start: z.iso.datetime().default("2020-01-01T00:00:00Z").describe("Meetings before are not read."),
  lookback_days: z
    .number()
    .min(0)
    .default(3)
    .describe("Transcripts come some time after their meeting: those of so many days are read again."),
  budget: z
    .int()
    .min(1)
    .default(500)
    .describe("Sentences are asked for meeting by meeting: of so many in one run, the others follow."),
  requests_per_minute: z
    .int()
    .min(1)
    .default(50)
    .describe("60 are allowed on Business and Enterprise; Free and Pro have 50 in a day."),
  api_url: apiAddress("https://api.fireflies.ai"),
});

const secrets = z.strictObject({
  api_key: z.string().min(1).describe("API key; made under Integrations, Fireflies API."),
});

/** A page of transcripts has no more. */
const PAGE = 50;

const TRANSCRIPTS = `query Transcripts($fromDate: DateTime, $limit: Int, $skip: Int) {
  transcripts(fromDate: $fromDate, limit: $limit, skip: $skip) {
    id title date duration transcript_url audio_url video_url calendar_id meeting_link
    host_email organizer_email participants
    meeting_attendees { displayName email phoneNumber name location }
    summary { keywords action_items overview outline shorthand_bullet bullet_gist gist }
  }
}`;

const SENTENCES = `query Transcript($id: String!) {
  transcript(id: $id) {
    id
    sentences { index speaker_id speaker_name text raw_text start_time end_time }
  }
}`;

export default defineRestConnector({
  name: "fireflies",
  title: "Fireflies",
  description: "Meetings of Fireflies with their summaries and sentences, and users.",
  options,
  secrets,
  guide: {
    credentials: `1. Log in at <https://app.fireflies.ai> and open Integrations, Fireflies API.
2. Copy the API key and set it: \`sluice secrets set <connection> api_key\`. It sees what its owner sees; an admin's sees the
   whole team.`,
    limits:
      "60 requests in a minute on Business and Enterprise, 50 in a day on Free and Pro; set `requests_per_minute` and `budget` to the plan. When too many were sent, Fireflies says so within an answer: that is waited out.",
    deletes: "Fireflies does not tell which meetings were deleted: they stay.",
    notes:
      "GraphQL: meetings are listed by their date, the newest first, and `sentences` are asked for one meeting after the other, the oldest first.",
    example: { start: "2026-01-01T00:00:00Z", budget: 200 },
  },
  auth: ({ secrets: { api_key } }) => ({ type: "bearer", token: api_key, secret: "api_key" }),
  identity: {
    path: "/graphql",
    method: "POST",
    json: { query: "query User { user { user_id email name } }" },
    says: "logged in as {data.user.email}",
  },
  api: ({ api_url, start, lookback_days, budget, requests_per_minute }) => ({
    base_url: api_url,
    rate_limit: { requests: requests_per_minute, per_s: 60 },
    retries: 8,
    defaults: {
      method: "POST",
      primary_key: ["id"],
      paginate: { type: "none" },
      on_error: [
        {
          body: { path: "errors.*.code", matches: "^too_many_requests$" },
          action: "retry",
          message: "too many requests",
        },
        {
          body: { path: "errors.*.code", matches: "^(auth_failed|account_cancelled|forbidden)$" },
          action: "fail",
          code: "credentials_rejected",
        },
        { body: { path: "errors.*.code", matches: "^object_not_found$" }, action: "ignore" },
        { body: { path: "errors.*.message" }, action: "fail" },
      ],
    },
    streams: {
      transcripts: {
        description: "Meetings with their summary and attendees.",
        path: "/graphql",
        body: { query: TRANSCRIPTS, variables: { fromDate: "{cursor}" } },
        records: "data.transcripts",
        paginate: { type: "offset", param: "variables.skip", limit_param: "variables.limit", limit: PAGE, in: "body" },
        cursor: { field: "date", format: "iso", start, ordered: "desc", lookback_s: lookback_days * 86_400 },
      },
      sentences: {
        description: "What was said, sentence by sentence.",
        path: "/graphql",
        body: { query: SENTENCES, variables: { id: "{transcript}" } },
        records: "data.transcript",
        expand: { path: "sentences", include: { transcript_id: "id" } },
        primary_key: ["transcript_id", "index"],
        parent: { stream: "transcripts", keys: { transcript: "id" }, changed: true, budget },
      },
      users: {
        description: "Users of the team.",
        path: "/graphql",
        body: { query: "query Users { users { user_id email name num_transcripts minutes_consumed is_admin } }" },
        records: "data.users",
        primary_key: ["user_id"],
      },
    },
  }),
});
