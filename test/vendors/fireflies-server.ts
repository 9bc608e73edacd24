import type { SeenRequest, TestAnswer } from "../harness/http-server.ts";
import { bearer, moment, startVendor, type Vendor } from "./vendor.ts";

export const FIREFLIES_KEY = "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0";

export interface Meeting {
  id: string;
  title: string;
  /** Milliseconds since 1970. */
  date: number;
}

export interface FirefliesData {
  meetings: Meeting[];
  largest_page: number;
}

export const meeting = (n: number): Meeting => ({
  id: `M${n}`,
  title: `Meeting ${n}`,
  date: moment(n * 60).getTime(),
});

export function firefliesData(count = 7, largest_page = 50): FirefliesData {
  return { meetings: Array.from({ length: count }, (_, n) => meeting(n)), largest_page };
}

interface Query {
  query: string;
  variables?: { fromDate?: string; limit?: number; skip?: number; id?: string };
}

/**
 * Fireflies' GraphQL: one address, answers of status 200 also for errors, which have a code; transcripts by `fromDate`,
 * newest first, at most 50 by `limit` and `skip`; one of them by its id. Only fields that its schema has are taken.
 */
export function startFireflies(data: FirefliesData = firefliesData()): Promise<Vendor> {
  return startVendor({
    admit: bearer(FIREFLIES_KEY, failure("auth_failed", "Invalid or missing API key", 401)),
    error: (status, message) => failure("invalid_request", message, status),
    unauthorised: failure("auth_failed", "Invalid or missing API key"),
    limited: failure("too_many_requests", "Too many requests. Please retry after some time"),
    routes: { "POST /graphql": (request) => answer(request, data) },
  });
}

function answer({ body }: SeenRequest, { meetings, largest_page }: FirefliesData): TestAnswer {
  const { query, variables = {} } = JSON.parse(body) as Query;
  const unknown = fieldsIn(query).filter((field) => !FIELDS.has(field));
  if (unknown.length > 0) return failure("graphql_validation", `Cannot query field "${unknown[0]}"`, 400);
  if (query.includes("users {")) return said({ users: [{ user_id: "u1", email: "ada@example.com", is_admin: true }] });
  if (query.includes("user {")) return said({ user: { user_id: "u1", email: "ada@example.com", name: "Ada" } });
  if (query.includes("transcript(id:")) return one(meetings, variables.id ?? "");
  const { fromDate = "", limit = 0, skip = 0 } = variables;
  if (limit < 1 || limit > 50) return failure("args_required", "limit must be between 1 and 50", 400);
  if (Number.isNaN(Date.parse(fromDate))) return failure("invalid_arguments", "fromDate is not a date", 400);
  const found = meetings.filter(({ date }) => date >= Date.parse(fromDate)).sort((a, b) => b.date - a.date);
  return said({ transcripts: found.slice(skip, skip + Math.min(limit, largest_page)) });
}

function one(meetings: readonly Meeting[], id: string): TestAnswer {
  if (!meetings.some((meeting) => meeting.id === id)) return failure("object_not_found", `Transcript not found ${id}`);
  const sentences = [0, 1].map((index) => ({ index, speaker_name: "Ada", text: `Sentence ${index} of ${id}.` }));
  return said({ transcript: { id, sentences } });
}

/** What its published schema has of what a connector may ask for. */
const FIELDS = new Set(
  `transcripts transcript user users id title date duration transcript_url audio_url video_url calendar_id meeting_link
   host_email organizer_email participants meeting_attendees displayName email phoneNumber name location summary keywords
   action_items overview outline shorthand_bullet bullet_gist gist sentences index speaker_id speaker_name text raw_text
   start_time end_time user_id num_transcripts minutes_consumed is_admin`.split(/\s+/),
);

/** Names within the braces of a query. */
function fieldsIn(query: string): string[] {
  const selection = query.slice(query.indexOf("{")).replaceAll(/\([^)]*\)/g, "");
  return selection.match(/\w+/g) ?? [];
}

function said(data: object): TestAnswer {
  return { json: { data } };
}

function failure(code: string, message: string, status = 200): TestAnswer {
  return { status, json: { errors: [{ message, code, friendly: true, extensions: { code, status } }], data: null } };
}
