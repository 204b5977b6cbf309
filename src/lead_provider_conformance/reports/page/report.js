"use strict";

// Progressive enhancement: table filters, copy buttons, links into closed details, and printing.

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

function addCopyButtons() {
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
        button.textContent = "Selected. Press Ctrl+C";
      }
      setTimeout(() => { button.textContent = "Copy"; }, 3000);
    });
    block.querySelector(".copy-head").append(button);
  }
}

// Show the target of a link even if it is filtered out or inside closed details.
function openLinkTargets(clearFilters) {
  const open = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    if (target.closest("[hidden]")) clearFilters();
    for (let element = target; element; element = element.parentElement) {
      if (element.tagName === "DETAILS") element.open = true;
    }
    setTimeout(() => target.scrollIntoView());
  };
  addEventListener("hashchange", open);
  if (location.hash) open();
}

// Open closed details for printing, and close them afterwards.
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

openLinkTargets(filterRequirements());
addCopyButtons();
openForPrinting();
