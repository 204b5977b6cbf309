// One run: refresh the mirror, then do the tasks that the provider has given.

import { readFileSync } from "node:fs";
import { Memory } from "./memory.js";
import { Mirror } from "./mirror.js";
import { Closed, type Json, Refused, Service, Unanswered } from "./service.js";
import { ForAPerson, NotYet, ORDER, Tasks } from "./tasks.js";

const PARALLEL = 4;
const TIMEOUT_SECONDS = 20;
const NEEDED = ["participants", "declarations", "applications"];

function setting(name: string, fallback?: string): string {
  const value = process.env[`LEAD_PROVIDER_${name}`] ?? fallback;
  if (value === undefined) {
    throw new Error(`Set LEAD_PROVIDER_${name}.`);
  }
  return value;
}

function givenTasks(): { tasks: Json[]; now?: string; act?: string } {
  const path = process.env.LEAD_PROVIDER_TASKS;
  return path ? JSON.parse(readFileSync(path, "utf8")) : { tasks: [] };
}

async function run(): Promise<boolean> {
  const programme = setting("PROGRAMME", "ecf");
  const timeout = Number(setting("TIMEOUT", String(TIMEOUT_SECONDS)));
  const service = new Service(setting("BASE_URL"), setting("TOKEN"), PARALLEL, timeout);
  const given = givenTasks();
  if (given.now) {
    service.ahead = Date.parse(given.now) - Date.now();
  }
  const memory = new Memory(setting("STATE"));
  const work = memory.work();
  for (const task of given.tasks) {
    const id = `${given.act} ${task.id}`;
    if (!work.given.includes(id)) {
      work.given.push(id);
      work.open.push({ ...task, id });
    }
  }
  memory.saveWork(work);
  const mirror = new Mirror(service, memory, programme);
  const unread = await mirror.refresh();
  if (unread.some((name) => NEEDED.includes(name))) {
    console.error(`not up to date: ${unread.join(", ")}; the tasks wait`);
    return false;
  }
  const tasks = new Tasks(service, mirror, work, programme);
  let clean = unread.length === 0;
  const rank = (task: Json) => `${String(ORDER.indexOf(task.do)).padStart(3, "0")} ${task.on ?? ""}`;
  for (const task of [...work.open].sort((one, other) => rank(one).localeCompare(rank(other)))) {
    let isOpen = false;
    try {
      await tasks.perform(task);
    } catch (error) {
      if (error instanceof Closed) {
        throw error;
      }
      clean = false;
      isOpen = error instanceof NotYet || error instanceof Unanswered;
      const known = isOpen || error instanceof ForAPerson || error instanceof Refused;
      console.error(`${task.id} ${task.do}: ${isOpen ? "later" : "for a person"}: ${known ? String(error) : (error as Error).stack}`);
    }
    if (!isOpen) {
      work.open = work.open.filter((each) => each.id !== task.id);
    }
    memory.saveWork(work);
  }
  return clean;
}

try {
  process.exitCode = (await run()) ? 0 : 1;
} catch (error) {
  console.error(String(error));
  process.exitCode = 1;
}
