// Draws sections and questions from the <template>s of the page, and writes what is typed into the document.
import { columnsOf, earlier, freshChoice, numeric, renamed } from "./questionnaire-model.js";

const LANGUAGES = ["zh", "en"];
const clone = (id) => document.getElementById(id).content.firstElementChild.cloneNode(true);
export const pick = (texts, language) => (texts && (texts[language] || texts.zh || texts.en)) || "";
const option = (value, label, chosen) => new Option(label, value, chosen, chosen);

export class Cards {
  constructor(state) { this.state = state; this.open = new Set(); }

  get doc() { return this.state.doc; }

  // One text in both languages, side by side.
  pair(holder, texts, { label = "", aria = label, required = false } = {}) {
    const pair = clone("t-pair");
    for (const language of LANGUAGES) {
      const field = pair.querySelector(`.lang-${language}`);
      const input = field.querySelector("textarea");
      const name = field.querySelector(".pair-label");
      if (label) name.prepend(`${label} `); else { name.classList.add("visually-hidden"); name.prepend(`${aria} `); }
      input.value = texts[language] || "";
      if (required) input.dataset.needed = "";
      input.addEventListener("input", () => { texts[language] = input.value; this.state.touched(holder); });
      input.addEventListener("keydown", (event) => { if (event.key === "Enter" && holder.hasAttribute("data-line")) event.preventDefault(); });
    }
    holder.replaceChildren(pair);
  }

  pairs(root, object) {
    root.querySelectorAll(":scope [data-pair]").forEach((holder) => {
      const key = holder.dataset.pair;
      object[key] ||= {};
      this.pair(holder, object[key], { label: holder.dataset.label });
    });
  }

  flags(root, object) {
    root.querySelectorAll("[data-flag]").forEach((box) => {
      box.checked = Boolean(object[box.dataset.flag]);
      box.addEventListener("change", () => { object[box.dataset.flag] = box.checked; this.state.touched(box); });
    });
    root.querySelectorAll("[data-number]").forEach((input) => {
      input.value = object[input.dataset.number] ?? "";
      input.addEventListener("input", () => {
        if (input.value === "") delete object[input.dataset.number]; else object[input.dataset.number] = Number(input.value);
        this.state.touched(input);
      });
    });
  }

  section(section, s) {
    const card = clone("t-section");
    const place = card.querySelector("[data-place]");
    place.textContent = place.textContent.replace("#", s + 1);
    this.pairs(card, section);
    this.flags(card, section);
    this.code(card.querySelector("[data-code]"), section, () => []);
    this.condition(card.querySelector("[data-condition]"), section, s, null);
    if (section.show_if || pick(section.text, this.state.language) || section.shuffle) card.querySelector("details").open = true;
    const list = card.querySelector("[data-questions]");
    list.replaceChildren(...section.questions.map((q, n) => this.question(q, s, n)));
    card.querySelector("[data-none]").hidden = section.questions.length > 0;
    return card;
  }

  question(question, s, n) {
    const card = clone("t-question");
    card.dataset.where = `sections[${s}].questions[${n}]`;
    this.summary(card, question, s, n);
    this.expand(card, question, s, n, this.open.has(question));
    return card;
  }

  summary(card, question, s, n) {
    const { types, sprite, language } = this.state;
    const place = `${s + 1}.${n + 1}`;
    const title = pick(question.text, language);
    card.querySelector(".q-number").textContent = place;
    card.querySelector(".q-toggle use").setAttribute("href", `${sprite}#${types[question.type].icon}`);
    card.querySelector(".q-title").textContent = title || types[question.type].name;
    card.querySelector(".q-title").classList.toggle("text-secondary", !title);
    card.querySelector(".q-type").textContent = types[question.type].name;
    card.querySelector('[data-badge="required"]').hidden = !question.required;
    card.querySelector('[data-badge="condition"]').hidden = !question.show_if;
    card.querySelectorAll(".q-actions button").forEach((b) => b.setAttribute("aria-label", `${b.title}: ${place} ${title}`));
    const found = this.state.findings.filter((f) => f.where.startsWith(`${card.dataset.where}.`) || f.where === card.dataset.where);
    const badge = card.querySelector('[data-badge="findings"]');
    badge.hidden = !found.length;
    badge.querySelector("span").textContent = found.length;
    badge.classList.toggle("sev-high", found.some((f) => f.severity === "high"));
    card.querySelector(".q-findings").replaceChildren(...found.map((f) => this.finding(f)));
  }

  finding(finding) {
    const row = clone("t-finding");
    row.classList.add(`sev-${finding.severity}`);
    row.querySelector("[data-place]").textContent = finding.place;
    row.querySelector("[data-severity]").textContent = finding.severity_label;
    for (const part of ["what", "why", "mend"]) row.querySelector(`[data-${part}]`).textContent = finding[part];
    row.dataset.jump = finding.where;
    return row;
  }

  expand(card, question, s, n, open) {
    const toggle = card.querySelector(".q-toggle");
    const body = card.querySelector(".q-body");
    toggle.setAttribute("aria-expanded", String(open));
    card.classList.toggle("open", open);
    body.hidden = !open;
    if (open) { this.open.add(question); this.body(body, question, s, n); } else { this.open.delete(question); body.replaceChildren(); }
  }

  body(body, question, s, n) {
    const { types, starters } = this.state;
    const kind = types[question.type];
    body.replaceChildren(clone("t-body"));
    if (kind.rated) question.scale ||= structuredClone(starters[question.type].scale || starters.likert.scale);
    for (const key of ["items", "options"]) {
      if (kind[key === "items" ? "listed" : "chosen"]) question[key] ||= [freshChoice(this.doc, question, key)];
    }
    const traits = [question.type, ...["rated", "chosen", "listed"].filter((t) => kind[t])];
    body.querySelectorAll("[data-for]").forEach((part) => { part.hidden = !part.dataset.for.split(" ").some((t) => traits.includes(t)); });
    this.pairs(body, question);
    this.flags(body, question);
    const select = body.querySelector("[data-type]");
    select.value = question.type;
    select.addEventListener("change", () => { question.type = select.value; this.state.touched(select); this.state.redraw(`[data-where="sections[${s}].questions[${n}]"] [data-type]`); });
    if (kind.listed) this.list(body, question, "items");
    if (kind.chosen) this.list(body, question, "options");
    if (kind.rated) this.scale(body, question);
    this.condition(body.querySelector("[data-condition]"), question, s, n);
    this.code(body.querySelector("[data-own] [data-code]"), question, () => columnsOf(question, types));
    this.indicator(body.querySelector("[data-own] [data-indicator]"), question, ["likert", "csat", "ces", "nps", "number"].includes(question.type));
    if (question.show_if || pick(question.help, "zh")) body.querySelector("details").open = true;
  }

  code(input, object, columns) {
    input.value = object.code;
    input.addEventListener("change", () => {
      const before = columns().map((c) => c.name);
      object.code = input.value.trim();
      renamed(this.doc, before, columns().map((c) => c.name));
      this.state.touched(input);
    });
  }

  // Which indicator of the tree the answer measures: the two meet by their code.
  indicator(holder, object, possible = true) {
    const names = Object.entries(this.state.indicators);
    holder.hidden = !possible || !names.length;
    if (holder.hidden) return;
    const select = holder.querySelector("select");
    select.append(...names.map(([column, name]) => option(column, name, column === object.code)));
    select.addEventListener("change", () => {
      if (!select.value) return;
      renamed(this.doc, [object.code], [select.value]);
      object.code = select.value;
      this.state.touched(select);
      this.state.redraw();
    });
  }

  list(body, question, key) {
    const holder = body.querySelector(`[data-list="${key}"]`);
    const rows = question[key];
    const list = holder.querySelector("ol");
    const again = (focus) => { this.state.touched(holder); this.list(body, question, key); if (focus >= 0) list.children[focus]?.querySelector("textarea").focus(); };
    list.replaceChildren(...rows.map((choice, i) => {
      const row = clone("t-choice");
      choice.text ||= {};
      this.pair(row.querySelector("[data-texts]"), choice.text, { aria: `${holder.dataset.name} ${i + 1}` });
      const code = row.querySelector("[data-code]");
      code.setAttribute("aria-label", `${code.getAttribute("aria-label")} ${i + 1}`);
      this.code(code, choice, () => columnsOf(question, this.state.types));
      this.indicator(row.querySelector("[data-indicator]"), choice, question.type === "matrix");
      row.querySelectorAll("[data-exclusive]").forEach((part) => { part.hidden = question.type !== "multi"; });
      this.flags(row, choice);
      const act = { up: i - 1, down: i + 1 };
      row.querySelectorAll("button").forEach((button) => {
        button.setAttribute("aria-label", `${button.title}: ${holder.dataset.name} ${i + 1}`);
        button.addEventListener("click", () => {
          if (button.dataset.row === "delete") { this.state.remember(); rows.splice(i, 1); again(Math.min(i, rows.length - 1)); return; }
          const to = act[button.dataset.row];
          if (to < 0 || to >= rows.length) return;
          rows.splice(to, 0, rows.splice(i, 1)[0]);
          again(to);
        });
      });
      return row;
    }));
    holder.querySelector("[data-add]").onclick = () => { rows.push(freshChoice(this.doc, question, key)); again(rows.length - 1); };
  }

  scale(body, question) {
    const scale = question.scale;
    scale.labels ||= {};
    const holder = body.querySelector("[data-scale]");
    const points = holder.querySelector("[data-points]");
    const span = `${scale.min}-${scale.max}`;
    if (![...points.options].some((o) => o.value === span)) points.append(option(span, `${scale.min}–${scale.max}`, true));
    points.value = span;
    points.disabled = question.type === "nps";
    points.onchange = () => { [scale.min, scale.max] = points.value.split("-").map(Number); this.state.touched(points); this.scale(body, question); };
    const na = holder.querySelector("[data-not-applicable]");
    na.checked = Boolean(scale.not_applicable);
    na.onchange = () => { scale.not_applicable = na.checked; this.state.touched(na); };
    const preset = holder.querySelector("[data-preset]");
    preset.value = "";
    preset.onchange = () => {
      const set = this.state.labels[preset.value];
      const full = set && set[String(scale.max - scale.min + 1)];
      scale.labels = {};
      if (full) full.forEach((texts, i) => { scale.labels[scale.min + i] = { ...texts }; });
      else if (set) { scale.labels[scale.min] = { ...set.ends[0] }; scale.labels[scale.max] = { ...set.ends[1] }; }
      this.state.touched(preset);
      this.scale(body, question);
    };
    const all = Array.from({ length: scale.max - scale.min + 1 }, (_, i) => scale.min + i);
    const shown = all.length <= 7 ? all : all.filter((p) => p === scale.min || p === scale.max || scale.labels[p]);
    holder.querySelector("[data-labels]").replaceChildren(...shown.map((point) => {
      const row = clone("t-label");
      row.querySelector("[data-point]").textContent = point;
      scale.labels[point] ||= {};
      this.pair(row.querySelector("[data-texts]"), scale.labels[point], { aria: `${holder.dataset.name} ${point}` });
      return row;
    }));
  }

  condition(holder, object, s, n) {
    const { types, language } = this.state;
    const columns = earlier(this.doc, s, n, types);
    const rows = () => object.show_if?.all || object.show_if?.any || [];
    const again = () => { if (!rows().length) delete object.show_if; this.state.touched(holder); this.condition(holder, object, s, n); };
    const box = clone("t-condition");
    holder.replaceChildren(box);
    box.querySelector("[data-no-columns]").hidden = columns.length > 0;
    const add = box.querySelector("[data-add]");
    add.hidden = !columns.length;
    add.onclick = () => {
      const key = object.show_if?.any ? "any" : "all";
      const column = columns[columns.length - 1];
      object.show_if = { [key]: [...rows(), column.options ? { question: column.name, op: "eq", value: column.options[0]?.code ?? "" } : numeric(column) ? { question: column.name, op: "lte", value: column.ticked ? 1 : 3 } : { question: column.name, op: "answered" }] };
      if (column.ticked) rows().at(-1).op = "eq";
      again();
    };
    const mode = box.querySelector("[data-mode]");
    mode.parentElement.hidden = rows().length < 2;
    mode.value = object.show_if?.any ? "any" : "all";
    mode.onchange = () => { object.show_if = { [mode.value]: rows() }; this.state.touched(mode); };
    const name = (c) => {
      const parts = [c.label, pick(c.question.text, language).slice(0, 40)];
      if (c.choice) parts.push(`› ${pick(c.choice.text, language)}`);
      if (c.other) parts.push(`› ${pick(c.other.text, language)}`);
      if (c.side) parts.push(`› ${box.dataset[`side${c.side.toUpperCase()}`]}`);
      return parts.join(" ");
    };
    box.querySelector("ul").replaceChildren(...rows().map((condition, i) => {
      const row = clone("t-condition-row");
      const answer = row.querySelector("[data-answer]");
      if (!columns.some((c) => c.name === condition.question)) answer.append(option(condition.question, `⚠ ${condition.question}`, true));
      answer.append(...columns.map((c) => option(c.name, name(c), c.name === condition.question)));
      answer.onchange = () => { condition.question = answer.value; delete condition.value; again(); };
      const op = row.querySelector("[data-op]");
      op.value = condition.op;
      op.onchange = () => { condition.op = op.value; if (op.value === "in") condition.value = [condition.value ?? ""].flat(); else if (Array.isArray(condition.value)) [condition.value] = condition.value; again(); };
      this.value(row.querySelector("[data-value]"), condition, columns.find((c) => c.name === condition.question));
      row.querySelector("button").onclick = () => { rows().splice(i, 1); again(); };
      return row;
    }));
  }

  value(holder, condition, column) {
    const aria = holder.dataset.aria;
    const set = (value) => { condition.value = value; this.state.touched(holder); };
    holder.hidden = condition.op.endsWith("answered");
    if (holder.hidden) { delete condition.value; return; }
    const many = condition.op === "in";
    let field;
    if (column && (column.options || column.ticked)) {
      field = document.createElement("select");
      field.className = "form-select";
      field.multiple = many && !column.ticked;
      const choices = column.ticked ? [["1", holder.dataset.ticked], ["0", holder.dataset.unticked]] : column.options.map((o) => [o.code, pick(o.text, this.state.language) || o.code]);
      const chosen = [condition.value ?? choices[0]?.[0]].flat().map(String);
      field.append(...choices.map(([value, label]) => option(value, label, chosen.includes(value))));
      const read = () => { const values = [...field.selectedOptions].map((o) => (column.ticked ? Number(o.value) : o.value)); return many ? values : values[0]; };
      field.onchange = () => set(read());
      if (condition.value === undefined) condition.value = read();
    } else {
      const number = !column || numeric(column);
      const convert = (text) => (number && text.trim() !== "" && !Number.isNaN(Number(text)) ? Number(text) : text.trim());
      field = document.createElement("input");
      field.className = "form-control";
      if (number && !many) { field.type = "number"; field.step = "any"; }
      field.value = [condition.value ?? ""].flat().join(", ");
      field.oninput = () => set(many ? field.value.split(/[,，]/).filter((t) => t.trim()).map(convert) : convert(field.value));
      if (condition.value === undefined) condition.value = many ? [] : convert(field.value);
    }
    field.setAttribute("aria-label", aria);
    holder.replaceChildren(field);
  }
}
