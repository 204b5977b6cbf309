"use strict";

// The page is complete without this script. It adds filters to the table and buttons that copy commands.

function filterRequirements() {
  const form = document.getElementById("filters");
  const words = document.getElementById("filter-words");
  const area = document.getElementById("filter-area");
  const outcome = document.getElementById("filter-outcome");
  const level = document.getElementById("filter-level");
  const count = document.getElementById("filter-count");
  const none = document.getElementById("filter-none");
  const groups = [...document.querySelectorAll(".requirements tbody")].map((group) => ({
    group,
    rows: [...group.querySelectorAll("tr[data-level]")].map((row) => ({
      row,
      text: row.querySelector(".statement").textContent.toLowerCase(),
    })),
  }));
  const total = groups.reduce((sum, { rows }) => sum + rows.length, 0);

  const apply = () => {
    const wanted = words.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const { group, rows } of groups) {
      let inGroup = 0;
      for (const { row, text } of rows) {
        const matches =
          (!area.value || group.dataset.area === area.value) &&
          (!level.value || row.dataset.level === level.value) &&
          (!outcome.value || row.dataset.outcomes.split(" ").includes(outcome.value)) &&
          wanted.every((word) => text.includes(word));
        row.hidden = !matches;
        inGroup += matches;
      }
      group.hidden = inGroup === 0;
      shown += inGroup;
    }
    count.textContent = shown === total ? `${total} requirements` : `${shown} of ${total} requirements`;
    none.hidden = shown > 0;
  };

  form.addEventListener("input", apply);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(apply));
  form.hidden = false;
  apply();
  return () => form.reset();
}

function offerToCopy() {
  for (const block of document.querySelectorAll(".copy")) {
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
        button.textContent = "Selected; copy it now";
      }
      setTimeout(() => { button.textContent = "Copy"; }, 3000);
    });
    block.querySelector(".copy-head").append(button);
  }
}

// A link to a row that is filtered away, or into closed details, still leads there.
function followLinks(clearFilters) {
  const follow = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    if (target.closest("[hidden]")) clearFilters();
    for (let each = target; each; each = each.parentElement) {
      if (each.tagName === "DETAILS") each.open = true;
    }
    setTimeout(() => target.scrollIntoView());
  };
  addEventListener("hashchange", follow);
  if (location.hash) follow();
}

// On paper nothing can be opened.
function openForPrinting() {
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("details:not([open]):not(.basis)")];
    for (const details of opened) details.open = true;
  });
  addEventListener("afterprint", () => {
    for (const details of opened) details.open = false;
  });
}

followLinks(filterRequirements());
offerToCopy();
openForPrinting();
