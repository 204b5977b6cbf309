// A copy of the provider's lists, kept up to date.

import type { ListMemory, Memory } from "./memory.js";
import { Closed, type Json, type Resource, type Service } from "./service.js";

const HOUR = 3600_000;
const OVERLAP = 2 * HOUR;
const WEEK = 7 * 24 * HOUR;
const LARGE_PAGE = 500;

interface ListSource {
  name: string;
  path: string;
  since?: "updated_since" | "created_since";
  cohort?: string;
}

const SCHOOLS: ListSource[] = ["2026", "2025", "2024", "2023"].map((cohort) => ({
  name: `schools-${cohort}`,
  path: "schools",
  since: "updated_since",
  cohort,
}));

const SOURCES: Record<string, ListSource[]> = {
  ecf: [
    { name: "statements", path: "statements", since: "updated_since" },
    ...SCHOOLS,
    { name: "delivery-partners", path: "delivery-partners" },
    { name: "partnerships", path: "partnerships", since: "updated_since" },
    { name: "declarations", path: "participant-declarations", since: "updated_since" },
    { name: "unfunded-mentors", path: "unfunded-mentors", since: "updated_since" },
    { name: "transfers", path: "participants/transfers", since: "updated_since" },
    { name: "participants", path: "participants", since: "updated_since" },
  ],
  npq: [
    { name: "statements", path: "statements", since: "updated_since" },
    { name: "delivery-partners", path: "delivery-partners" },
    { name: "outcomes", path: "participants/npq/outcomes", since: "created_since" },
    { name: "declarations", path: "participant-declarations", since: "updated_since" },
    { name: "participants", path: "participants/npq", since: "updated_since" },
    { name: "applications", path: "npq-applications", since: "updated_since" },
  ],
};

export class Mirror {
  private readonly lists = new Map<string, ListMemory>();
  private readonly sources: ListSource[];

  constructor(
    private readonly service: Service,
    private readonly memory: Memory,
    programme: string,
  ) {
    this.sources = SOURCES[programme] ?? [];
    for (const { name } of this.sources) {
      this.lists.set(name, memory.list(name));
    }
  }

  /** Bring all lists up to date at once; return the names of those that could not be read to their end. */
  async refresh(): Promise<string[]> {
    const results = await Promise.allSettled(this.sources.map((source) => this.refreshOne(source)));
    const failed = results.flatMap((result, index) => (result.status === "rejected" ? [{ result, index }] : []));
    for (const { result } of failed) {
      if (result.status === "rejected" && result.reason instanceof Closed) {
        throw result.reason;
      }
      console.error(String(result.status === "rejected" && result.reason));
    }
    return failed.map(({ index }) => this.sources[index]!.name);
  }

  records(name: string): Record<string, Json> {
    return this.lists.get(name)?.records ?? {};
  }

  /** Take over what a response has shown. */
  learn(name: string, ...resources: Resource[]): void {
    for (const { id, attributes } of resources) {
      this.records(name)[id] = attributes;
    }
    const list = this.lists.get(name);
    if (list) {
      this.memory.saveList(name, list);
    }
  }

  /** Return the id that a person has now. */
  currentId(id: string): string {
    const changes = new Map<string, string>();
    for (const person of Object.values(this.records("participants"))) {
      for (const change of person.participant_id_changes ?? []) {
        changes.set(change.from_participant_id, change.to_participant_id);
      }
    }
    let current = id;
    for (let steps = 0; steps <= changes.size && changes.has(current); steps++) {
      current = changes.get(current)!;
    }
    return current;
  }

  private async refreshOne({ name, path, since, cohort }: ListSource): Promise<void> {
    const list = this.lists.get(name)!;
    const filters: Record<string, string> = cohort ? { "filter[cohort]": cohort } : {};
    const before = Date.now();
    const isComplete = !list.complete || this.service.now().getTime() - Date.parse(list.complete) >= WEEK;
    if (!isComplete && !since) {
      return;
    }
    if (!isComplete && since && list.latest) {
      filters[`filter[${since}]`] = new Date(Date.parse(list.latest) - OVERLAP).toISOString().replace(/\.\d+/, "");
    }
    const found = await this.service.list(path, filters, isComplete ? LARGE_PAGE : undefined);
    const start = new Date(before + this.service.ahead).toISOString();
    const fresh = Object.fromEntries(found.map((each) => [each.id, each.attributes]));
    const times = found.map((each) => each.attributes[since === "created_since" ? "created_at" : "updated_at"]);
    list.records = isComplete ? fresh : { ...list.records, ...fresh };
    list.latest = [...times, list.latest].filter(isDate).filter((each) => each <= start).sort().at(-1) ?? start;
    list.complete = isComplete ? start : list.complete;
    this.memory.saveList(name, list);
  }
}

const isDate = (value: unknown): value is string => typeof value === "string" && !Number.isNaN(Date.parse(value));
