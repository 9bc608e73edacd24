import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/**
 * A service whose pages cost it next to nothing, so that it is not the limit: `/records?page=1`, each page with as many
 * small records as asked for, and a link to the next one. Run as `node bench/limits/page-server.ts <pages> <records>`;
 * prints its port, and ends when its stdin does.
 */
const [pages = 0, perPage = 0] = process.argv.slice(2).map(Number);

/** All of a record but its id, which comes between the two. */
const BEFORE = '{"id":';
const AFTER =
  ',"name":"Ada Lovelace","email":"ada@example.com","amount":1234.5,"quantity":7,"active":true,"created_at":"2026-01-02T03:04:05Z","note":null}';

const server = createServer((request, response) => {
  const page = Number(/[?&]page=(\d+)/.exec(request.url ?? "")?.[1] ?? 1);
  const first = (page - 1) * perPage;
  let records = "";
  for (let i = 1; i <= perPage; i++) records += `${i === 1 ? "" : ","}${BEFORE}${first + i}${AFTER}`;
  const next = page < pages ? `"/records?page=${page + 1}"` : "null";
  response.setHeader("content-type", "application/json");
  response.end(`{"records":[${records}],"next":${next}}`);
});
server.keepAliveTimeout = 60_000;
server.listen(0, "127.0.0.1", () => process.stdout.write(`${(server.address() as AddressInfo).port}\n`));
process.stdin.on("end", () => process.exit(0)).resume();
