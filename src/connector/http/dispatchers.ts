import { readFile } from "node:fs/promises";
import { getCACertificates } from "node:tls";
import type { Dispatcher } from "undici";
import { ConnectorError } from "../connector-error.ts";
import type { HttpSessionOptions } from "./http-client.ts";

/** What sockets differ by. */
export interface Route {
  /** "" for none; undefined leaves it to the environment. */
  proxy: string | undefined;
  ca: string | undefined;
  connect_timeout_ms: number;
  /** Connections to one origin. */
  concurrency: number;
}

/**
 * The sockets of a session: a pool for each way to make connections. Nothing is read from the process's environment,
 * and no pool of another session or of `fetch` is used. The library is loaded with the first request: it takes a while.
 */
export class Dispatchers {
  readonly #session: HttpSessionOptions;
  readonly #open = new Map<string, Promise<Dispatcher>>();
  #closed = false;

  constructor(session: HttpSessionOptions) {
    this.#session = session;
  }

  get(route: Route): Promise<Dispatcher> {
    if (this.#closed) return Promise.reject(new Error("the HTTP session is closed"));
    const { proxy = this.#session.proxy, ca = this.#session.ca } = route;
    const key = JSON.stringify({ ...route, proxy, ca });
    const known = this.#open.get(key);
    if (known !== undefined) return known;
    const made = this.#create({ ...route, proxy, ca });
    made.catch(() => this.#open.delete(key));
    this.#open.set(key, made);
    return made;
  }

  async close(): Promise<void> {
    this.#closed = true;
    const open = await Promise.allSettled(this.#open.values());
    this.#open.clear();
    await Promise.all(open.map((it) => (it.status === "fulfilled" ? it.value.destroy() : undefined)));
  }

  async #create({ proxy, ca, connect_timeout_ms, concurrency }: Route): Promise<Dispatcher> {
    const trust = ca === undefined ? {} : { ca: [...getCACertificates("default"), await readAuthorities(ca)] };
    const connect = { timeout: connect_timeout_ms, ...trust };
    const { EnvHttpProxyAgent } = await import("undici");
    return new EnvHttpProxyAgent({
      ...this.#proxies(proxy),
      connect,
      connections: concurrency,
      requestTls: connect,
      proxyTls: connect,
      proxyTunnel: false,
    });
  }

  /** Empty texts, not undefined: that would make the agent look into the process's environment. */
  #proxies(proxy: string | undefined): { httpProxy: string; httpsProxy: string; noProxy: string } {
    if (proxy !== undefined) return { httpProxy: asProxy(proxy), httpsProxy: asProxy(proxy), noProxy: "" };
    const env = this.#session.env ?? {};
    const named = (name: string) => env[name] ?? env[name.toUpperCase()] ?? "";
    return {
      httpProxy: asProxy(named("http_proxy")),
      httpsProxy: asProxy(named("https_proxy") || named("http_proxy")),
      noProxy: named("no_proxy"),
    };
  }
}

function asProxy(text: string): string {
  if (text === "") return "";
  const address = text.includes("://") ? text : `http://${text}`;
  if (URL.canParse(address)) return address;
  throw new ConnectorError(
    "connection_invalid",
    "preparing a request: the proxy is not an address. Write it as http://host:port.",
  );
}

async function readAuthorities(ca: string): Promise<string> {
  if (ca.includes("-----BEGIN")) return ca;
  try {
    return await readFile(ca, "utf8");
  } catch (cause) {
    const what = (cause as NodeJS.ErrnoException).code ?? "an unknown error";
    throw new ConnectorError(
      "source_tls",
      `reading the certificate authorities in ${ca}: ${what}. Correct the option that names the file, or leave it out to trust the system's.`,
      { cause },
    );
  }
}
