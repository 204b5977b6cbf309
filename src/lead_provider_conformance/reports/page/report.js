"use strict";

// Progressive enhancement: content on demand, table filters, copy buttons, and links into closed details.

// Closed details have their content in a noscript element, which a browser with scripts does not parse. A page of some
// thousand requirements and exchanges opens at once.
function build(lazy) {
  const template = document.createElement("template");
  template.innerHTML = lazy.textContent;
  addCopyButtons(template.content);
  lazy.replaceWith(template.content);
}

function buildWithin(element) {
  for (const child of [...element.children]) {
    if (child.tagName === "NOSCRIPT") build(child);
  }
}

// A long response of a pair has a frame of its own: scroll it to the first difference.
function showMarks(element) {
  for (const frame of element.querySelectorAll(".pair pre")) {
    const mark = frame.querySelector("mark");
    if (mark) frame.scrollTop += mark.getBoundingClientRect().top - frame.getBoundingClientRect().top - frame.clientHeight / 2;
  }
}

function buildWhenOpened() {
  addEventListener("toggle", ({ target }) => {
    if (!target.open) return;
    buildWithin(target);
    showMarks(target);
  }, true);
}

// Return the element with this id; build the content that has it.
function find(id) {
  const found = document.getElementById(id);
  if (found || !id) return found;
  for (const lazy of document.querySelectorAll("noscript")) {
    if (lazy.textContent.includes(`id="${id}"`)) build(lazy);
  }
  return document.getElementById(id);
}

// The filters are in the address, after the name of the section: #requirements?outcome=failed&level=MUST
const SECTION = "requirements";

function filterRequirements() {
  const form = document.getElementById("filters");
  const count = document.getElementById("filter-count");
  const address = document.getElementById("filter-address");
  const none = document.getElementById("filter-none");
  const areas = [...document.querySelectorAll("details.area")];
  const fields = [...form.elements].filter((field) => field.name);
  let rows;

  const buildAll = () => {
    if (rows) return;
    areas.forEach(buildWithin);
    rows = areas.flatMap((area) => [...area.querySelectorAll("tr[data-level]")].map((row) => ({
      area, row, text: row.querySelector(".statement").textContent.toLowerCase(),
    })));
  };

  const apply = () => {
    const used = fields.filter((field) => field.value);
    const value = Object.fromEntries(fields.map((field) => [field.name, field.value]));
    address.hidden = !used.length;
    if (!used.length && !rows) return;
    buildAll();
    const wanted = value.words.toLowerCase().split(/\s+/).filter(Boolean);
    const open = new Set();
    let shown = 0;
    for (const { area, row, text } of rows) {
      const matches =
        (!value.area || area.dataset.area === value.area) &&
        (!value.level || row.dataset.level === value.level) &&
        (!value.outcome || row.dataset.outcomes.split(" ").includes(value.outcome)) &&
        wanted.every((word) => text.includes(word));
      row.hidden = !matches;
      if (matches) open.add(area);
      shown += matches;
    }
    for (const area of areas) {
      area.hidden = !open.has(area);
      area.open = used.length > 0 && open.has(area);
    }
    count.textContent = used.length ? `${shown} of ${rows.length} requirements.` : "";
    none.hidden = shown > 0;
  };

  const remember = () => {
    const query = new URLSearchParams(fields.filter((field) => field.value).map((field) => [field.name, field.value]));
    history.replaceState(null, "", `#${SECTION}${query.size ? `?${query}` : ""}`);
  };

  // Set the filters that an address names, and clear the others.
  const restore = (query) => {
    for (const field of fields) field.value = query.get(field.name) ?? "";
    apply();
  };

  form.addEventListener("input", () => { apply(); remember(); });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(() => { apply(); remember(); }));
  form.hidden = false;
  return restore;
}

function addCopyButtons(root) {
  for (const block of root.querySelectorAll(".copy")) {
    const command = block.querySelector("code");
    const button = document.createElement("button");
    button.type = "button";
    button.className = "secondary small";
    button.textContent = "Copy";
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(command.textContent);
        button.textContent = "Copied";
      } catch {
        getSelection().selectAllChildren(command);
        button.textContent = "Selected. Press Ctrl+C";
      }
      setTimeout(() => { button.textContent = "Copy"; }, 3000);
    });
    block.querySelector(".copy-head").append(button);
  }
}

// Show the target of a link even if it is filtered out or inside closed details.
function openLinkTargets(restoreFilters) {
  const open = () => {
    const [name, query] = location.hash.slice(1).split("?", 2);
    if (name === SECTION) restoreFilters(new URLSearchParams(query));
    const target = find(decodeURIComponent(name));
    if (!target) return;
    if (target.closest("[hidden]")) restoreFilters(new URLSearchParams());
    for (let element = target; element; element = element.parentElement) {
      if (element.tagName !== "DETAILS") continue;
      buildWithin(element);
      element.open = true;
    }
    setTimeout(() => target.scrollIntoView());
  };
  addEventListener("hashchange", open);
  if (location.hash) open();
}

buildWhenOpened();
showMarks(document);
addCopyButtons(document);
openLinkTargets(filterRequirements());
