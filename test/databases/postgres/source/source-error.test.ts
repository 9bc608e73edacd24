import { expect, test } from "vitest";
import { asSourceError } from "../../../../src/databases/postgres/source/source-error.ts";

const place = { connection: "shop", host: "db", port: 5432, database: "shop", username: "ada" };

function serverError(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}

test.each([
  [
    "40001",
    "canceling statement due to conflict with recovery",
    "source_busy",
    "retry",
    /max_standby_streaming_delay.*hot_standby_feedback/,
  ],
  ["57014", "canceling statement due to statement timeout", "source_refused", "stop_stream", /`statement_timeout_s`/],
  ["57014", "canceling statement due to user request", "source_busy", "retry", /Somebody cancelled/],
  [
    "57P01",
    "terminating connection due to administrator command",
    "source_lost",
    "retry",
    /goes on from the last checkpoint/,
  ],
  ["53300", "sorry, too many clients already", "source_busy", "retry", /Lower `parallel`/],
  ["42501", "permission denied for table orders", "source_refused", "stop_stream", /Grant it to ada/],
  ["42P01", 'relation "orders" does not exist', "source_not_found", "stop_stream", /sluice connections discover shop/],
  ["28000", "no pg_hba.conf entry", "credentials_rejected", "stop_run", /pg_hba\.conf lets this role in/],
  ["XX001", "invalid page in block 7", "source_refused", "stop_stream", /damaged data/],
  ["ECONNRESET", "read ECONNRESET", "source_lost", "retry", /db:5432 runs/],
  ["CERT_HAS_EXPIRED", "certificate has expired", "source_tls", "stop_run", /Renew the server's certificate/],
])("%s: %s becomes %s", (code, message, becomes, recovery, says) => {
  const error = asSourceError(serverError(code, message), "reading public.orders", place);
  expect(error).toMatchObject({ code: becomes, recovery });
  expect(error.message).toMatch(/^reading public\.orders: /);
  expect(error.message).toMatch(says);
  expect(error.message).not.toMatch(/destination|secrets file|db bootstrap/);
});
