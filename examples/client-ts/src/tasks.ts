// The provider's tasks: each is checked with a fresh look at the record, then sent.

import type { WorkMemory } from "./memory.js";
import type { Mirror } from "./mirror.js";
import { type Json, Refused, type Resource, type Service } from "./service.js";

/** A person has to look at the task. */
export class ForAPerson extends Error {}

/** The task has to wait. */
export class NotYet extends Error {}

interface Training {
  id: string;
  course: string;
  enrolment: Json;
}

interface Change {
  method: "PUT" | "POST";
  path: string;
  body?: Json | undefined;
  /** The list that the changed record belongs to. */
  list: string;
  look: () => Promise<Resource | undefined>;
  /** Whether the record has changed since the request was refused. */
  afresh?: boolean;
}

const UNCAPPED = ["2021a", "2022a", "2023a"];
const UNFUNDED = ["2026a"];
const WITHOUT_OUTCOME = ["npq-early-headship-coaching-offer", "npq-additional-support-offer"];
const COUNTING = (state: string) =>
  !["voided", "ineligible", "awaiting-clawback", "clawed-back", "awaiting_clawback", "clawed_back"].includes(state);

/** The kinds of tasks in their order: what makes declarations possible, declarations, and what ends training. */
export const ORDER = [
  "reject",
  "accept",
  "change-funded-place",
  "partner",
  "change-delivery-partner",
  "resume",
  "change-schedule",
  "correct-declaration",
  "declare",
  "report-outcome",
  "defer",
  "withdraw",
];

export class Tasks {
  private readonly people: string;

  constructor(
    private readonly service: Service,
    private readonly mirror: Mirror,
    private readonly work: WorkMemory,
    private readonly programme: string,
  ) {
    this.people = programme === "npq" ? "participants/npq" : "participants";
  }

  async perform(task: Json): Promise<void> {
    switch (task.do) {
      case "declare":
        return this.declare(task);
      case "correct-declaration":
        return this.correct(task);
      case "defer":
      case "withdraw":
      case "resume":
        return this.train(task);
      case "change-schedule":
        return this.reschedule(task);
      case "accept":
      case "reject":
      case "change-funded-place":
        return this.decide(task);
      case "report-outcome":
        return this.reportOutcome(task);
      case "partner":
      case "change-delivery-partner":
        return this.partner(task);
      default:
        throw new ForAPerson(`no such task: ${task.do}`);
    }
  }

  // People

  private async training(task: Json): Promise<Training> {
    const person = await this.person(this.mirror.currentId(task.participant_id));
    const course: string = task.course_identifier;
    const enrolment = this.enrolment(person.attributes, course);
    if (!enrolment) {
      throw new ForAPerson(`${person.id} does not take ${course}`);
    }
    return { id: person.id, course, enrolment };
  }

  /** Read a person, by the new id if the old one is retired. */
  private async person(id: string): Promise<Resource> {
    try {
      const person = await this.service.read(`${this.people}/${id}`);
      this.mirror.learn("participants", person);
      return person;
    } catch (error) {
      if (!(error instanceof Refused) || ![404, 410].includes(error.status)) {
        throw error;
      }
      const successors = await this.service.list(this.people, { "filter[from_participant_id]": id });
      const [successor] = successors;
      if (!successor || successor.id === id) {
        throw new ForAPerson(`there is no participant ${id}`);
      }
      this.mirror.learn("participants", successor);
      return successor;
    }
  }

  private enrolment(person: Json, course: string): Json | undefined {
    const courses: Record<string, string> = { ect: "ecf-induction", mentor: "ecf-mentor" };
    const enrolments: Json[] = person[`${this.programme}_enrolments`] ?? [];
    return enrolments
      .filter((each) => (each.course_identifier ?? courses[each.participant_type]) === course)
      .sort((one, other) => String(one.created_at).localeCompare(String(other.created_at)))
      .at(-1);
  }

  /** Read the declarations about a person in a course that count, by type. */
  private async declared({ id, course }: Training): Promise<Map<string, Resource>> {
    const fresh = await this.service.list("participant-declarations", { "filter[participant_id]": id });
    this.mirror.learn("declarations", ...fresh);
    const all = Object.entries(this.mirror.records("declarations")).map(([key, attributes]) => ({ id: key, attributes }));
    const own = all.filter(
      ({ attributes }) =>
        this.mirror.currentId(attributes.participant_id) === id &&
        attributes.course_identifier === course &&
        COUNTING(attributes.state),
    );
    return new Map(own.map((each) => [each.attributes.declaration_type, each]));
  }

  // Declarations

  private async declare(task: Json): Promise<void> {
    const training = await this.training(task);
    const declared = await this.declared(training);
    const existing = declared.get(task.declaration_type);
    if (existing) {
      if (sameDay(existing.attributes.declaration_date, task.on)) {
        return;
      }
      throw new ForAPerson(`there is a declaration already: ${existing.id}`);
    }
    await this.sendDeclaration(task, training, declared);
  }

  private async correct(task: Json): Promise<void> {
    const training = await this.training(task);
    const declared = await this.declared(training);
    const wrong = declared.get(task.declaration_type);
    if (!wrong || !sameDay(wrong.attributes.declaration_date, task.wrong)) {
      throw new ForAPerson(`there is no ${task.declaration_type} of ${task.wrong}`);
    }
    if (this.work.ownName !== null && wrong.attributes.lead_provider_name !== this.work.ownName) {
      throw new ForAPerson("the declaration is another provider's");
    }
    if (["2021", "2022"].includes(training.enrolment.cohort) && this.programme === "ecf") {
      throw new ForAPerson("the cohort is closed");
    }
    this.checkStatus(task, training, declared);
    await this.void(wrong);
    declared.delete(task.declaration_type);
    await this.sendDeclaration(task, training, declared);
  }

  /** Check what the service would not refuse: who is in training, and in which order milestones come. */
  private checkStatus(task: Json, { enrolment, course }: Training, declared: Map<string, Resource>): void {
    if (enrolment.training_status === "deferred") {
      throw new ForAPerson("the participant takes a break");
    }
    const left: string | undefined = enrolment.withdrawal?.date;
    if (enrolment.training_status === "withdrawn" && (!left || day(task.on) > day(left))) {
      throw new ForAPerson(`the participant left on ${left}`);
    }
    if (task.declaration_type !== "started" && !declared.has("started")) {
      throw new ForAPerson("the participant has not started");
    }
    const needsEvidence = task.declaration_type !== "started" || enrolment.cohort >= "2025";
    if (this.programme === "ecf" && needsEvidence && !task.evidence) {
      throw new ForAPerson("there is no evidence");
    }
    const hasOutcome = this.programme === "npq" && task.declaration_type === "completed" && !WITHOUT_OUTCOME.includes(course);
    if (hasOutcome && typeof task.has_passed !== "boolean") {
      throw new ForAPerson("it is not known whether the participant passed");
    }
  }

  private async sendDeclaration(task: Json, training: Training, declared: Map<string, Resource>): Promise<void> {
    this.checkStatus(task, training, declared);
    const attributes: Json = {
      participant_id: training.id,
      declaration_type: task.declaration_type,
      declaration_date: task.on.includes("T") ? task.on : `${task.on}T00:00:00Z`,
      course_identifier: training.course,
      ...(this.programme === "ecf" && task.evidence && { evidence_held: task.evidence }),
      ...(this.programme === "npq" && task.delivery_partner_id && { delivery_partner_id: task.delivery_partner_id }),
      ...(task.declaration_type === "completed" &&
        typeof task.has_passed === "boolean" &&
        !WITHOUT_OUTCOME.includes(training.course) && { has_passed: task.has_passed }),
    };
    const declaration = await this.send({
      method: "POST",
      path: "participant-declarations",
      body: { data: { type: "participant-declaration", attributes } },
      list: "declarations",
      look: async () => (await this.declared(training)).get(task.declaration_type),
    });
    this.work.ownName = declaration.attributes.lead_provider_name ?? this.work.ownName;
  }

  // Training

  private async train(task: Json): Promise<void> {
    const training = await this.training(task);
    const { id, course, enrolment } = training;
    const status = { defer: "deferred", withdraw: "withdrawn", resume: "active" }[task.do as string]!;
    if (enrolment.training_status === status) {
      return;
    }
    if (day(task.on) > this.service.today()) {
      throw new ForAPerson(`${task.on} is a day to come`);
    }
    if (task.do !== "resume") {
      await this.checkDeparture(task, training);
    }
    const reason = task.do === "resume" ? {} : { reason: task.reason };
    await this.send({
      method: "PUT",
      path: `${this.people}/${id}/${task.do}`,
      body: { data: { type: `participant-${task.do}`, attributes: { course_identifier: course, ...reason } } },
      list: "participants",
      look: () =>
        this.lookAt(`${this.people}/${id}`, (each) => this.enrolment(each, course)?.training_status === status),
    });
  }

  private async checkDeparture(task: Json, training: Training): Promise<void> {
    const { enrolment } = training;
    const declared = await this.declared(training);
    if (enrolment.participant_status === "joining" || (task.do === "defer" && enrolment.training_status !== "active")) {
      throw new ForAPerson("the participant is not in training");
    }
    if ((task.do === "withdraw" || this.programme === "npq") && !declared.has("started")) {
      throw new ForAPerson("the participant has not started");
    }
    if (task.do === "withdraw" && (declared.has("completed") || enrolment.induction_end_date)) {
      throw new ForAPerson("the participant has completed");
    }
    if (task.do === "withdraw" && enrolment.participant_status === "leaving") {
      throw new NotYet("the school expects the participant to leave, which has not happened yet");
    }
  }

  private async reschedule(task: Json): Promise<void> {
    const training = await this.training(task);
    const { id, course, enrolment } = training;
    const wanted = { schedule_identifier: task.schedule_identifier, cohort: String(task.cohort ?? enrolment.cohort) };
    const isDone = (each: Json | undefined) =>
      each?.schedule_identifier === wanted.schedule_identifier && each?.cohort === wanted.cohort;
    if (isDone(enrolment)) {
      return;
    }
    if (enrolment.training_status !== "active") {
      throw new ForAPerson("the participant has to resume first");
    }
    if (wanted.schedule_identifier.includes("replacement") && this.teachersOf(id) > 1) {
      throw new ForAPerson("the mentor had an early career teacher before");
    }
    const change: Change = {
      method: "PUT",
      path: `${this.people}/${id}/change-schedule`,
      body: { data: { type: "participant-change-schedule", attributes: { ...wanted, course_identifier: course } } },
      list: "participants",
      look: () => this.lookAt(`${this.people}/${id}`, (each) => isDone(this.enrolment(each, course))),
    };
    try {
      await this.send(change);
    } catch (error) {
      if (!(error instanceof Refused) || !(await this.voidWhatIsDeclaredAgain(task, training))) {
        throw error;
      }
      await this.send({ ...change, afresh: true });
    }
  }

  /** Void the declarations of a person if a task declares each of them again; return whether that was done. */
  private async voidWhatIsDeclaredAgain(task: Json, training: Training): Promise<boolean> {
    const declared = [...(await this.declared(training)).values()];
    const isDeclaredAgain = ({ attributes }: Resource) =>
      attributes.lead_provider_name === this.work.ownName &&
      this.work.open.some(
        (each) =>
          each.do === "declare" &&
          each.participant_id === task.participant_id &&
          each.declaration_type === attributes.declaration_type &&
          !sameDay(attributes.declaration_date, each.on),
      );
    if (declared.length === 0 || !declared.every(isDeclaredAgain)) {
      return false;
    }
    for (const each of declared) {
      await this.void(each);
    }
    return true;
  }

  private async void(declaration: Resource): Promise<void> {
    const path = `participant-declarations/${declaration.id}`;
    const look = () => this.lookAt(path, (each) => !COUNTING(each.state));
    await this.send({ method: "PUT", path: `${path}/void`, list: "declarations", look });
  }

  private teachersOf(mentorId: string): number {
    const people = Object.entries(this.mirror.records("participants"));
    return people.filter(
      ([id, person]) =>
        this.mirror.currentId(id) === id &&
        (person.ecf_enrolments ?? []).some((each: Json) => each.mentor_id && this.mirror.currentId(each.mentor_id) === mentorId),
    ).length;
  }

  // Applications and outcomes

  private async decide(task: Json): Promise<void> {
    const path = `npq-applications/${task.application_id}`;
    const { id, attributes } = await this.service.read(path);
    this.mirror.learn("applications", { id, attributes });
    const cohort = `${attributes.cohort}${attributes.cohort_suffix ?? ""}`;
    const isFundable = attributes.eligible_for_funding === true && !UNFUNDED.includes(cohort);
    const place = { funded_place: task.funded_place === true && isFundable };
    const verb: string = task.do;
    let body: Json | undefined;
    let isDone: (each: Json) => boolean;
    if (verb === "change-funded-place") {
      const training = { id: attributes.participant_id, course: attributes.course_identifier, enrolment: {} };
      if (attributes.status !== "accepted" || (task.funded_place === true && !isFundable)) {
        throw new ForAPerson("the application cannot have that place");
      }
      isDone = (each) => each.funded_place === task.funded_place;
      if (!isDone(attributes) && (await this.declared(training)).size > 0) {
        throw new ForAPerson("there are declarations");
      }
      body = { data: { type: "npq-application-change-funded-place", attributes: { funded_place: task.funded_place } } };
    } else {
      const status = verb === "accept" ? "accepted" : "rejected";
      isDone = (each) => each.status === status;
      if (!isDone(attributes) && attributes.status !== "pending") {
        throw new ForAPerson(`the application is ${attributes.status}`);
      }
      if (verb === "accept" && !UNCAPPED.includes(cohort)) {
        body = { data: { type: "npq-application-accept", attributes: place } };
      }
    }
    if (!isDone(attributes)) {
      await this.send({
        method: verb === "change-funded-place" ? "PUT" : "POST",
        path: `${path}/${verb}`,
        body,
        list: "applications",
        look: () => this.lookAt(path, isDone),
      });
    }
    const given = this.mirror.records("applications")[id]?.schedule_identifier;
    if (verb === "accept" && task.schedule_identifier && task.schedule_identifier !== given) {
      const { participant_id, course_identifier } = attributes;
      await this.reschedule({ ...task, participant_id, course_identifier, cohort: attributes.cohort });
    }
  }

  private async reportOutcome(task: Json): Promise<void> {
    const training = await this.training(task);
    if (!(await this.declared(training)).has("completed")) {
      throw new ForAPerson("the course is not declared as completed");
    }
    const path = `${this.people}/${training.id}/outcomes`;
    const look = async () => {
      const outcomes = await this.service.list(path, {});
      const latest = outcomes
        .filter((each) => each.attributes.course_identifier === training.course)
        .sort((one, other) => one.attributes.created_at.localeCompare(other.attributes.created_at))
        .at(-1);
      const { state, completion_date } = latest?.attributes ?? {};
      return state === task.state && sameDay(completion_date, task.on) ? latest : undefined;
    };
    if (await look()) {
      return;
    }
    const attributes = { state: task.state, completion_date: day(task.on), course_identifier: training.course };
    await this.send({
      method: "POST",
      path,
      body: { data: { type: "npq-outcome-confirmation", attributes } },
      list: "outcomes",
      look,
    });
  }

  // Partnerships

  private async partner(task: Json): Promise<void> {
    const cohort = String(task.cohort);
    const filters = { "filter[cohort]": cohort };
    const [schools, partners, partnerships] = await Promise.all([
      this.service.list("schools", { ...filters, "filter[urn]": String(task.school_urn) }),
      this.service.list("delivery-partners", filters),
      this.service.list("partnerships", filters),
    ]);
    this.mirror.learn("partnerships", ...partnerships);
    const named = partners.filter((each) => each.attributes.name === task.delivery_partner_name);
    const [school] = schools;
    const [partner] = named;
    if (!school || !partner || schools.length > 1 || named.length > 1) {
      throw new ForAPerson("the school or the delivery partner is not known for certain");
    }
    const existing = partnerships.find((each) => each.attributes.school_id === school.id);
    const isDone = (each: Json) => each.delivery_partner_id === partner.id;
    if (existing && (isDone(existing.attributes) || task.do === "partner")) {
      if (isDone(existing.attributes)) {
        return;
      }
      throw new ForAPerson("there is a partnership with another delivery partner");
    }
    if (!existing && task.do !== "partner") {
      throw new ForAPerson("there is no such partnership");
    }
    if (existing) {
      await this.send({
        method: "PUT",
        path: `partnerships/${existing.id}`,
        body: { data: { type: "partnership", attributes: { delivery_partner_id: partner.id } } },
        list: "partnerships",
        look: () => this.lookAt(`partnerships/${existing.id}`, isDone),
      });
    } else {
      const attributes = { cohort, school_id: school.id, delivery_partner_id: partner.id };
      await this.send({
        method: "POST",
        path: "partnerships",
        body: { data: { type: "partnership", attributes } },
        list: "partnerships",
        look: async () =>
          (await this.service.list("partnerships", filters)).find((each) => each.attributes.school_id === school.id),
      });
    }
  }

  // Changes

  private async send({ method, path, body, list, look, afresh }: Change): Promise<Resource> {
    const request = `${method} ${path} ${JSON.stringify(body ?? null)}`;
    if (!afresh && this.work.refused.includes(request)) {
      throw new ForAPerson("the service has refused this before");
    }
    try {
      const record = await this.service.change(method, path, body, look);
      this.mirror.learn(list, record);
      return record;
    } catch (error) {
      if (error instanceof Refused) {
        this.work.refused.push(request);
      }
      throw error;
    }
  }

  private async lookAt(path: string, isDone: (attributes: Json) => boolean): Promise<Resource | undefined> {
    const record = await this.service.read(path);
    return isDone(record.attributes) ? record : undefined;
  }
}

const day = (text: string): string => text.slice(0, 10);
const sameDay = (one: string | undefined, other: string): boolean => one !== undefined && day(one) === day(other);
