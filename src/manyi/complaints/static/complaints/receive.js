// The phone screen by keyboard: look up, choose, type, save. Without this file every step is a link or a button.
const lookup = document.getElementById("lookup");
const hits = document.getElementById("hits");
const form = document.getElementById("receive");
const field = (name) => form.elements[name];
let active = -1;
let asked = lookup.value;   // the text the shown results belong to
let enterWaits = false;     // Enter was pressed before its results were there

for (const name of ["title", "customer", "phone", "serial", "order_number"]) field(name).dataset.similar = "";

const options = () => [...hits.querySelectorAll("[role=option]")];

function show(index) {
  const all = options();
  active = all.length ? (index + all.length) % all.length : -1;
  all.forEach((option, i) => option.setAttribute("aria-selected", String(i === active)));
  if (active >= 0) {
    lookup.setAttribute("aria-activedescendant", all[active].id);
    all[active].scrollIntoView({ block: "nearest" });
  } else lookup.removeAttribute("aria-activedescendant");
}

function close() {
  hits.replaceChildren();
  lookup.setAttribute("aria-expanded", "false");
  show(-1);
}

// What an earlier choice filled in is replaced; what a person typed is kept.
function fill(values, whole) {
  for (const input of form.elements) {
    const name = input.name;
    if (!name || !(name in values || (whole && "filled" in input.dataset))) continue;
    const mine = "filled" in input.dataset || !input.value || input.type === "hidden" || input.tagName === "SELECT";
    if (!mine) continue;
    const value = String(values[name] ?? "");
    if (input.tagName === "SELECT" && ![...input.options].some((option) => option.value === value)) continue;
    input.value = value;
    input.dataset.filled = "";
  }
  form.dispatchEvent(new Event("picked", { bubbles: true }));
}

function choose(option) {
  fill(JSON.parse(option.dataset.fill), true);
  document.getElementById("picked").textContent = `✓ ${option.dataset.name}`;
  close();
  field("title").focus();
}

// Nobody found: what was typed is the complainant's phone or name.
function takeAsTyped() {
  const text = lookup.value.trim();
  const target = field(/\p{L}/u.test(text) ? "complainant" : "phone");
  if (text && !target.value) target.value = text.slice(0, target.maxLength > 0 ? target.maxLength : 40);
  close();
  form.dispatchEvent(new Event("picked", { bubbles: true }));
  field("title").focus();
}

function enter() {
  const all = options();
  if (active >= 0) choose(all[active]);
  else if (all.length === 1) choose(all[0]);
  else if (all.length) show(0);
  else takeAsTyped();
}

lookup.addEventListener("keydown", (event) => {
  if (event.isComposing) return;
  if (event.key === "ArrowDown") { event.preventDefault(); show(active + 1); }
  else if (event.key === "ArrowUp") { event.preventDefault(); show(active < 0 ? -1 : active - 1); }
  else if (event.key === "Escape") close();
  else if (event.key === "Enter" && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    if (lookup.value.trim() === "") field("title").focus();
    else if (asked === lookup.value) enter();
    else { enterWaits = true; window.htmx.trigger(lookup, "lookup"); }
  }
});

hits.addEventListener("htmx:afterSwap", () => {
  asked = lookup.value;
  options().forEach((option) => { option.tabIndex = -1; });
  lookup.setAttribute("aria-expanded", String(options().length > 0));
  show(-1);
  if (enterWaits) { enterWaits = false; enter(); }
});
options().forEach((option) => { option.tabIndex = -1; });

document.addEventListener("click", (event) => {
  const source = event.target.closest("[data-fill]");
  if (!source || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  if (source.getAttribute("role") === "option") choose(source);
  else { fill(JSON.parse(source.dataset.fill), false); field("title").focus(); }
});

form.addEventListener("input", (event) => { delete event.target.dataset.filled; });

document.getElementById("similar").addEventListener("htmx:afterSwap", (event) => {
  const found = event.currentTarget.querySelector("[data-count]");
  const hint = document.getElementById("similar-hint");
  hint.replaceChildren();
  if (!found) return;
  const link = document.createElement("a");
  link.href = "#similar";
  link.textContent = `${found.querySelector("h2").textContent.trim()} (${found.dataset.count}) – Alt + S`;
  hint.append(link);
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); form.requestSubmit(); return; }
  if (event.altKey && event.code === "KeyS") {
    const button = document.querySelector("#similar button");
    if (button) { event.preventDefault(); button.focus(); }
    return;
  }
  const digit = /^(?:Digit|Numpad)([123])$/.exec(event.code);
  const radios = [...form.querySelectorAll("[name=severity]")];
  if (digit && (event.altKey || radios.includes(document.activeElement))) {
    event.preventDefault();
    radios[Number(digit[1]) - 1].checked = true;
    radios[Number(digit[1]) - 1].focus();
  }
});
