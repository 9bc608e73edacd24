import { startHttpServer } from "../test/harness/http-server.ts";
import { type Person, personsById } from "./people.ts";
import type { PersonSource } from "./person-source.ts";

const PAGE = 500;

/** `GET /people?since=…&page=…`, sorted by `seq`: `{"people": […], "next_page": 2}`. */
export async function httpSource(): Promise<PersonSource & { url: string }> {
  let all: readonly Person[] = [];
  const server = await startHttpServer(({ query }) => {
    const since = Number(query.get("since") ?? 0) || 0;
    const page = Number(query.get("page") ?? 1) || 1;
    const found = all.filter(({ seq }) => seq >= since).sort((a, b) => a.seq - b.seq);
    const people = found.slice((page - 1) * PAGE, page * PAGE).map((one) => ({ ...one, amount: Number(one.amount) }));
    return { json: { people, next_page: page * PAGE < found.length ? page + 1 : null } };
  });
  return {
    url: server.url,
    async write(people) {
      all = personsById([...all, ...people]);
    },
    read: async () => [...all],
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}
