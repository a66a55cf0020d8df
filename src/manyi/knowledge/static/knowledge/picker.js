// Puts a standard answer into a textarea: type, move with the arrows, take with Enter or a click, leave with Escape.

const pickerOf = (node) => node.closest("[data-answer-picker]");
const fieldOf = (picker) => picker.querySelector("[role=combobox]");
const hitsOf = (picker) => [...picker.querySelectorAll("[data-answer-hit]")];

const select = (picker, hit) => {
  for (const other of hitsOf(picker)) other.setAttribute("aria-selected", String(other === hit));
  if (hit) {
    fieldOf(picker).setAttribute("aria-activedescendant", hit.id);
    hit.scrollIntoView({ block: "nearest" });
  } else fieldOf(picker).removeAttribute("aria-activedescendant");
};

const close = (picker) => {
  const field = fieldOf(picker);
  document.getElementById(field.getAttribute("aria-controls")).replaceChildren();
  field.setAttribute("aria-expanded", "false");
  field.removeAttribute("aria-activedescendant");
};

const insert = (picker, hit) => {
  const target = document.getElementById(picker.dataset.target);
  const { selectionStart: start, selectionEnd: end, value } = target;
  const before = value.slice(0, start), after = value.slice(end);
  const text = (before && !before.endsWith("\n") ? "\n" : "") + hit.dataset.text + (after && !after.startsWith("\n") ? "\n" : "");
  target.setRangeText(text, start, end, "end");
  target.dispatchEvent(new Event("input", { bubbles: true }));
  fieldOf(picker).value = "";
  close(picker);
  target.focus();
  const status = picker.querySelector("[data-answer-status]");
  status.textContent = status.dataset.done;
  if (!picker.dataset.subject) return;
  const token = JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"];
  const body = new URLSearchParams({ version: hit.dataset.version, subject: picker.dataset.subject, language: hit.dataset.language });
  fetch(picker.dataset.useUrl, { method: "POST", body, headers: { "X-CSRFToken": token } });
};

document.addEventListener("htmx:afterSwap", (event) => {
  const picker = event.target.closest && pickerOf(event.target);
  if (!picker) return;
  const hits = hitsOf(picker);
  fieldOf(picker).setAttribute("aria-expanded", String(hits.length > 0));
  select(picker, hits[0]);
});

document.addEventListener("keydown", (event) => {
  const picker = event.target.matches("[data-answer-picker] [role=combobox]") && pickerOf(event.target);
  if (!picker || event.isComposing) return;
  const hits = hitsOf(picker);
  const at = hits.findIndex((hit) => hit.getAttribute("aria-selected") === "true");
  if (event.key === "Enter") {
    event.preventDefault();
    if (at >= 0) insert(picker, hits[at]);
  } else if (event.key === "Escape") {
    close(picker);
  } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && hits.length) {
    event.preventDefault();
    const step = event.key === "ArrowDown" ? 1 : -1;
    select(picker, hits[(at + step + hits.length) % hits.length]);
  }
});

document.addEventListener("click", (event) => {
  const hit = event.target.closest("[data-answer-hit]");
  if (hit) insert(pickerOf(hit), hit);
});
