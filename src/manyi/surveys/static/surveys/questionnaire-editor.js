// The questionnaire editor: keeps one JSON document, draws it, sends it as one form field. The server judges.
import { Cards, pick } from "./questionnaire-cards.js";
import { copyOf, freshCode, newQuestion, serialise } from "./questionnaire-model.js";

const form = document.getElementById("editor");
const data = JSON.parse(document.getElementById("editor-data").textContent);
const byId = (id) => document.getElementById(id);
const status = byId("editor-status");
const sections = byId("sections");
const frame = byId("preview");
let dirty = false;
let saving = false;
let undo = null;
let lastSection = 0;

const state = {
  ...data,
  doc: data.definition,
  sprite: form.dataset.sprite,
  remember() { undo = structuredClone(state.doc); },
  touched(element) {
    dirty = true;
    say(form.dataset.unsaved);
    const card = element?.closest?.("[data-where]");
    if (!card) return;
    const { s, n } = where(card.dataset.where);
    lastSection = s;
    const question = state.doc.sections[s]?.questions[n];
    if (question) cards.summary(card, question, s, n);
  },
  redraw(focus) { draw(focus); },
};
const cards = new Cards(state);

function say(text, alsoUndo = false) {
  status.textContent = text;
  byId("undo").hidden = !alsoUndo;
}

function where(path) {
  const found = /^sections\[(\d+)\](?:\.questions\[(\d+)\])?/.exec(path);
  return found ? { s: Number(found[1]), n: found[2] === undefined ? null : Number(found[2]) } : { s: null, n: null };
}

function draw(focus) {
  sections.replaceChildren(...state.doc.sections.map((section, s) => {
    const card = cards.section(section, s);
    card.dataset.section = s;
    return card;
  }));
  form.classList.toggle("only-zh", !state.doc.languages.includes("en"));
  form.classList.toggle("only-en", !state.doc.languages.includes("zh"));
  sections.querySelectorAll("[data-questions]").forEach((list) => {
    window.Sortable.create(list, { group: "questions", handle: ".q-grip", animation: 120, onEnd: dragged });
  });
  if (focus) sections.querySelector(focus)?.focus();
}

function dragged(event) {
  const from = Number(event.from.closest("[data-section]").dataset.section);
  const to = Number(event.to.closest("[data-section]").dataset.section);
  move(from, event.oldDraggableIndex, to, event.newDraggableIndex);
}

function move(s, n, toSection, toPlace, action) {
  const [question] = state.doc.sections[s].questions.splice(n, 1);
  state.doc.sections[toSection].questions.splice(toPlace, 0, question);
  state.touched();
  say(form.dataset.moved.replace("#", `${toSection + 1}.${toPlace + 1}`));
  draw(action && `[data-where="sections[${toSection}].questions[${toPlace}]"] [data-act="${action}"]`);
}

const questionActions = {
  toggle(card, question, s, n) { cards.expand(card, question, s, n, card.querySelector(".q-body").hidden); },
  up(card, question, s, n) {
    if (n > 0) move(s, n, s, n - 1, "up");
    else if (s > 0) move(s, n, s - 1, state.doc.sections[s - 1].questions.length, "up");
  },
  down(card, question, s, n) {
    if (n < state.doc.sections[s].questions.length - 1) move(s, n, s, n + 1, "down");
    else if (s < state.doc.sections.length - 1) move(s, n, s + 1, 0, "down");
  },
  copy(card, question, s, n) {
    const twin = copyOf(state.doc, question);
    state.doc.sections[s].questions.splice(n + 1, 0, twin);
    cards.open.add(twin);
    state.touched();
    draw(`[data-where="sections[${s}].questions[${n + 1}]"] textarea`);
  },
  delete(card, question, s, n) {
    state.remember();
    state.doc.sections[s].questions.splice(n, 1);
    state.touched();
    say(form.dataset.deleted, true);
    draw();
    byId("undo").focus();
  },
};

const sectionActions = {
  "section-up": (s) => swap(s, s - 1, "section-up"),
  "section-down": (s) => swap(s, s + 1, "section-down"),
  "section-delete": (s) => {
    state.remember();
    state.doc.sections.splice(s, 1);
    state.touched();
    say(form.dataset.deleted, true);
    draw();
    byId("undo").focus();
  },
};

function swap(s, to, action) {
  if (to < 0 || to >= state.doc.sections.length) return;
  state.doc.sections.splice(to, 0, state.doc.sections.splice(s, 1)[0]);
  state.touched();
  draw(`[data-section="${to}"] [data-act="${action}"]`);
}

function add(type, s) {
  const question = newQuestion(state.doc, type, data.starters[type]);
  state.doc.sections[s].questions.push(question);
  cards.open.add(question);
  lastSection = s;
  state.touched();
  draw(`[data-where="sections[${s}].questions[${state.doc.sections[s].questions.length - 1}]"] textarea`);
}

sections.addEventListener("click", (event) => {
  const adding = event.target.closest("[data-new-type]");
  if (adding) { add(adding.dataset.newType, Number(adding.closest("[data-section]").dataset.section)); return; }
  const button = event.target.closest("[data-act]");
  if (!button) return;
  const action = button.dataset.act;
  if (sectionActions[action]) { sectionActions[action](Number(button.closest("[data-section]").dataset.section)); return; }
  const card = button.closest("[data-where]");
  const { s, n } = where(card.dataset.where);
  questionActions[action](card, state.doc.sections[s].questions[n], s, n);
});

byId("add-section").addEventListener("click", () => {
  state.doc.sections.push({ code: freshCode(state.doc, "s"), title: {}, questions: [] });
  state.touched();
  draw(`[data-section="${state.doc.sections.length - 1}"] textarea`);
});
byId("undo").addEventListener("click", () => { state.doc = undo; state.touched(); draw(); });
byId("show-codes").addEventListener("change", (event) => form.classList.toggle("show-codes", event.target.checked));

// ---- the head: name, greeting, languages
cards.pairs(byId("editor-head"), state.doc);
cards.flags(byId("editor-head"), state.doc);
byId("editor-head").querySelectorAll("[data-language]").forEach((box) => {
  box.checked = state.doc.languages.includes(box.value);
  box.addEventListener("change", () => {
    const chosen = ["zh", "en"].filter((l) => (l === box.value ? box.checked : state.doc.languages.includes(l)));
    if (!chosen.length) { box.checked = true; return; }
    state.doc.languages = chosen;
    state.touched();
    draw();
  });
});

// ---- findings and preview
function showFindings() {
  byId("findings").replaceChildren(...state.findings.map((f) => cards.finding(f)));
  byId("finding-count").textContent = state.findings.length;
  byId("no-findings").hidden = state.findings.length > 0;
}

function jump(path) {
  const { s, n } = where(path);
  if (s === null) { byId("editor-head").open = true; byId("editor-head").scrollIntoView({ block: "center" }); return null; }
  const target = n === null ? sections.children[s] : sections.querySelector(`[data-where="sections[${s}].questions[${n}]"]`);
  if (!target) return null;
  if (n !== null) cards.expand(target, state.doc.sections[s].questions[n], s, n, true);
  target.scrollIntoView({ block: "start" });
  target.querySelector("textarea")?.focus({ preventScroll: true });
  return target;
}
byId("findings").addEventListener("click", (event) => {
  const link = event.target.closest("[data-jump] [data-place]");
  if (link) jump(link.closest("[data-jump]").dataset.jump);
});

function showPreview() {
  const language = document.querySelector("[name=preview-language]:checked").value;
  const section = state.doc.sections[lastSection]?.code || "";
  frame.src = `${form.dataset.preview}?${new URLSearchParams({ language, _section: section })}`;
}
document.querySelectorAll("[name=preview-language]").forEach((radio) => radio.addEventListener("change", showPreview));

// ---- saving
function problem(message, path) {
  byId("problem").hidden = !message;
  byId("problem-text").textContent = message || "";
  sections.querySelectorAll(".has-problem").forEach((card) => card.classList.remove("has-problem"));
  sections.querySelectorAll(".q-problem").forEach((note) => { note.hidden = true; });
  if (!message) return;
  const card = jump(path || "");
  if (!card) return;
  card.classList.add("has-problem");
  const note = card.querySelector(":scope > .q-problem");
  if (note) { note.hidden = false; note.textContent = message; }
  const empty = [...card.querySelectorAll("textarea")].find((input) => !input.value && !input.closest("details, [data-labels]") && input.offsetParent);
  empty?.focus();
}

async function save() {
  if (saving) return false;
  saving = true;
  dirty = false;
  say(form.dataset.saving);
  problem("");
  byId("conflict").hidden = true;
  form.elements.definition.value = JSON.stringify(serialise(state.doc, state.types));
  try {
    const response = await fetch(form.action, { method: "POST", body: new FormData(form) });
    const answer = response.headers.get("content-type")?.includes("json") ? await response.json() : null;
    if (response.ok && answer) {
      form.elements.changed_at.value = answer.changed_at;
      state.findings = answer.findings;
      byId("duration").textContent = answer.duration;
      byId("version-number").textContent = answer.number;
      byId("publish").disabled = false;
      say(dirty ? form.dataset.unsaved : form.dataset.saved);
      sections.querySelectorAll("[data-where]").forEach((card) => {
        const { s, n } = where(card.dataset.where);
        cards.summary(card, state.doc.sections[s].questions[n], s, n);
      });
      document.querySelector(".page-title").textContent = pick(state.doc.name, state.language);
      showFindings();
      showPreview();
      return true;
    }
    dirty = true;
    say(form.dataset.unsaved);
    if (response.status === 409) {
      byId("conflict").hidden = false;
      byId("conflict-text").textContent = answer.message;
      byId("overwrite").onclick = () => { form.elements.changed_at.value = answer.changed_at; save(); };
      byId("overwrite").focus();
    } else problem(answer?.message || form.dataset.failed, answer?.where);
  } catch {
    dirty = true;
    say(form.dataset.unsaved);
    problem(form.dataset.offline);
  } finally {
    saving = false;
  }
  return false;
}

form.addEventListener("submit", (event) => { event.preventDefault(); save(); });
byId("publish-form").addEventListener("submit", async (event) => {
  if (!dirty) return;
  event.preventDefault();
  event.stopPropagation();
  if (await save()) byId("publish-form").requestSubmit();
});
document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key === "s") { event.preventDefault(); save(); }
});
window.addEventListener("beforeunload", (event) => { if (dirty) event.preventDefault(); });

draw();
showFindings();
showPreview();
