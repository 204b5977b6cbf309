// What is remembered between two runs: a file for each list, and one for the work.

import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Json } from "./service.js";

export interface ListMemory {
  records: Record<string, Json>;
  /** The latest `updated_at` that a complete walk showed, or the service's time at its start if it showed none. */
  latest: string | null;
  /** The service's time at the start of the last walk without a filter. */
  complete: string | null;
}

export interface WorkMemory {
  /** Tasks that could not be done yet. */
  open: Json[];
  /** Ids of the tasks that were given before. */
  given: string[];
  /** Requests that were refused. */
  refused: string[];
  /** The name of this provider, as its declarations show it. */
  ownName: string | null;
}

export class Memory {
  constructor(private readonly folder: string) {
    mkdirSync(folder, { recursive: true });
  }

  list(name: string): ListMemory {
    return this.load(name, { records: {}, latest: null, complete: null });
  }

  saveList(name: string, list: ListMemory): void {
    this.store(name, list);
  }

  work(): WorkMemory {
    return this.load("work", { open: [], given: [], refused: [], ownName: null });
  }

  saveWork(work: WorkMemory): void {
    this.store("work", work);
  }

  private load<Content>(name: string, empty: Content): Content {
    const path = join(this.folder, `${name}.json`);
    return existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as Content) : empty;
  }

  private store(name: string, content: unknown): void {
    const path = join(this.folder, `${name}.json`);
    writeFileSync(`${path}.tmp`, JSON.stringify(content));
    renameSync(`${path}.tmp`, path);
  }
}
