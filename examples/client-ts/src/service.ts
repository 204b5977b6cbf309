// Requests to the service: at most some at once, with a time limit and retries.

export type Json = Record<string, any>;
export interface Resource {
  id: string;
  attributes: Json;
}

/** The service has not said what became of the request: no response, half of one, or a server error. */
export class Unanswered extends Error {}

/** The service has understood the request and refuses it. */
export class Refused extends Error {
  constructor(readonly status: number, readonly body: string) {
    super(`${status} ${body.slice(0, 1000)}`);
  }
}

/** The service takes no requests from this client now. */
export class Closed extends Error {}

const BACKOFF = [1, 2, 4];
const LONGEST_PATIENCE = 290;

export const pause = (seconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, seconds * 1000));

export class Service {
  /** Milliseconds by which the service's clock is ahead of this machine's. */
  ahead = 0;
  private free: number;
  private waiting: (() => void)[] = [];
  private throttledUntil = 0;
  private closed: Closed | undefined;

  constructor(
    private readonly base: string,
    private readonly token: string,
    parallel: number,
    private readonly timeout: number,
  ) {
    this.free = parallel;
  }

  now(): Date {
    return new Date(Date.now() + this.ahead);
  }

  today(): string {
    return this.now().toISOString().slice(0, 10);
  }

  /** Return the data of a response, or throw. */
  async call(method: string, path: string, query: Record<string, string> = {}, body?: Json): Promise<any> {
    const search = new URLSearchParams(query).toString();
    const url = `${this.base}/api/v3/${path}${search && `?${search}`}`;
    for (let patience = 1, waited = 0; ; ) {
      const response = await this.inTurn(() => this.exchange(method, url, body));
      if (response.status !== 429) {
        return this.dataOf(response);
      }
      const seconds = retryAfter(response.retryAfter, this.now()) ?? patience;
      waited += seconds;
      if (waited > LONGEST_PATIENCE) {
        throw new Unanswered("still throttled");
      }
      console.error(`${method} ${path}: throttled, next request in ${seconds} s`);
      this.throttledUntil = Math.max(this.throttledUntil, Date.now() + seconds * 1000);
      patience = Math.min(patience * 2, 60);
    }
  }

  /** Read one resource, and try again while the service does not answer. */
  async read(path: string): Promise<Resource> {
    return this.persist(() => this.call("GET", path));
  }

  /**
   * Read a list to its end. A walk that breaks is begun again from its first page, because pages may have moved.
   */
  async list(path: string, filters: Record<string, string>, perPage?: number): Promise<Resource[]> {
    return this.persist(async () => {
      const found = new Map<string, Resource>();
      for (let page = 1; ; page++) {
        const query: Record<string, string> = { ...filters, "page[page]": String(page) };
        if (perPage) {
          query["page[per_page]"] = String(perPage);
        }
        const records: Resource[] = await this.call("GET", path, query);
        for (const each of records) {
          found.set(each.id, each);
        }
        if (records.length < (perPage ?? 100)) {
          return [...found.values()];
        }
      }
    });
  }

  /** Send a change. If its result is not known, look at the record before sending the same again. */
  async change(method: string, path: string, body: Json | undefined, look: () => Promise<Resource | undefined>) {
    let doubtful = false;
    return this.persist(async () => {
      if (doubtful) {
        const done = await look();
        if (done) {
          return done;
        }
      }
      try {
        return (await this.call(method, path, {}, body)) as Resource;
      } catch (error) {
        if (error instanceof Refused && doubtful) {
          const done = await look();
          if (done) {
            return done;
          }
        }
        doubtful = true;
        throw error;
      }
    });
  }

  private async persist<Result>(attempt: () => Promise<Result>): Promise<Result> {
    for (const seconds of BACKOFF) {
      try {
        return await attempt();
      } catch (error) {
        if (!(error instanceof Unanswered)) {
          throw error;
        }
        console.error(`no answer (${error.message}), next attempt in ${seconds} s`);
        await pause(seconds);
      }
    }
    return attempt();
  }

  private async inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    while (this.free === 0) {
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
    this.free--;
    try {
      while (Date.now() < this.throttledUntil) {
        await pause((this.throttledUntil - Date.now()) / 1000);
      }
      if (this.closed) {
        throw this.closed;
      }
      return await work();
    } finally {
      this.free++;
      this.waiting.shift()?.();
    }
  }

  private async exchange(method: string, url: string, body: Json | undefined) {
    const headers: Record<string, string> = { authorization: `Bearer ${this.token}`, accept: "application/json" };
    if (body) {
      headers["content-type"] = "application/json";
    }
    try {
      const response = await fetch(url, {
        method,
        headers,
        body: body ? JSON.stringify(body) : null,
        signal: AbortSignal.timeout(this.timeout * 1000),
        redirect: "manual",
      });
      const text = await response.text();
      const date = Date.parse(response.headers.get("date") ?? "");
      if (!Number.isNaN(date)) {
        this.ahead = date - Date.now();
      }
      const { pathname, search } = new URL(url);
      console.error(`${method} ${pathname}${decodeURIComponent(search)}: ${response.status}`);
      if (response.status === 401 || response.status === 503) {
        this.closed = new Closed(response.status === 401 ? "the token is not accepted" : "the service is down");
      }
      return { status: response.status, text, retryAfter: response.headers.get("retry-after") };
    } catch (error) {
      throw new Unanswered(String(error));
    }
  }

  private dataOf(response: { status: number; text: string }): any {
    const { status, text } = response;
    if (this.closed && (status === 401 || status === 503)) {
      throw this.closed;
    }
    if (status >= 400 && status < 500) {
      throw new Refused(status, text);
    }
    try {
      const data = JSON.parse(text).data;
      if (status < 300 && data) {
        return data;
      }
    } catch {
      // An error page of a gateway is no JSON.
    }
    throw new Unanswered(`status ${status}`);
  }
}

function retryAfter(text: string | null, now: Date): number | undefined {
  if (text === null) {
    return undefined;
  }
  const seconds = /^\d+$/.test(text) ? Number(text) : (Date.parse(text) - now.getTime()) / 1000;
  return Number.isNaN(seconds) ? undefined : Math.max(1, seconds);
}
