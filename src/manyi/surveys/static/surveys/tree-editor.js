// Edits an indicator tree in place. The tree lives in `nodes`; every change of structure draws it anew, typing only
// updates the sums. On submit the tree goes as JSON into the form's text field; the server checks everything.

const root = document.getElementById("tree-editor");
const form = document.getElementById("tree-form");
const status = document.getElementById("tree-status");
const words = document.getElementById("tree-words").dataset;
const source = JSON.parse(document.getElementById("tree-definition").textContent);
const deepest = Number(root.dataset.deepest);
let counter = 0;
let dirty = false;

const text = (value) => (typeof value === "string" || typeof value === "number" ? String(value) : "");
const names = (value) => (value && typeof value === "object" ? { ...value } : { zh: text(value), en: text(value) });
const read = (raw) => {
  const { children, ...rest } = raw && typeof raw === "object" ? raw : {};
  return { ...rest, id: `t${++counter}`, code: text(rest.code), name: names(rest.name), weight: text(rest.weight ?? 1), column: text(rest.column),
    children: Array.isArray(children) ? children.map(read) : [] };
};
const head = { ...source, name: names(source.name), scale: { ...(source.scale ?? { min: 1, max: 5 }) } };
const nodes = Array.isArray(source.tree) ? source.tree.map(read) : [];

function* walk(list, parent = null, level = 2) {
  for (const node of list) { yield { node, list, parent, level }; yield* walk(node.children, node, level + 1); }
}
const find = (id) => { for (const place of walk(nodes)) if (place.node.id === id) return place; return null; };
const height = (node) => 1 + Math.max(0, ...node.children.map(height));
const number = (value) => { const n = Number(String(value).replace("，", "").replace("％", "").replace("%", "")); return Number.isFinite(n) && n >= 0 ? n : 0; };
const total = (list) => list.reduce((sum, node) => sum + number(node.weight), 0);
const tidy = (value) => String(Math.round(value * 100) / 100);

const make = (tag, attributes = {}, ...inner) => {
  const element = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (value === true) element.setAttribute(key, "");
    else if (value !== false && value != null) element.setAttribute(key, value);
  }
  element.append(...inner);
  return element;
};
const icon = (name) => {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "icon"); svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `${root.dataset.icons}#${name}`);
  svg.append(use);
  return svg;
};
const label = (node) => node.name.zh || node.name.en || node.code;
const button = (node, name, icon_, act, disabled) => make("button", {
  type: "button", class: "btn btn-icon", title: words[name], "aria-label": `${words[name]}: ${label(node)}`,
  "data-act": name, disabled, onclick: act }, icon(icon_));

const relabel = (row, node) => row.querySelectorAll("[data-act]").forEach((part) => part.setAttribute("aria-label", `${words[part.dataset.act]}: ${label(node)}`));
const changed = () => { dirty = true; status.textContent = words.unsaved; };

function freshCode() {
  const taken = new Set([...walk(nodes)].flatMap(({ node }) => [node.code, node.column]));
  let n = 1;
  while (taken.has(`item_${n}`)) n += 1;
  return `item_${n}`;
}
function add(list) {
  const node = read({ code: freshCode(), name: { zh: "", en: "" }, weight: list.length ? 0 : 100 });
  if (list.length) node.weight = tidy(total(list) / list.length || 1);
  list.push(node);
  redraw(node.id, "zh");
}
function remove({ node, list }) {
  if (node.children.length && !window.confirm(words.removeAll)) return;
  const at = list.indexOf(node);
  list.splice(at, 1);
  redraw((list[at] ?? list[at - 1])?.id, "remove");
}
function shift({ node, list }, by) {
  const at = list.indexOf(node);
  list.splice(at, 1); list.splice(at + by, 0, node);
  redraw(node.id, by < 0 ? "up" : "down");
}
function moveIn({ node, list }) {
  const at = list.indexOf(node);
  list.splice(at, 1); list[at - 1].children.push(node);
  redraw(node.id, "out");
}
function moveOut({ node, list, parent }) {
  const outer = find(parent.id).list;
  list.splice(list.indexOf(node), 1);
  outer.splice(outer.indexOf(parent) + 1, 0, node);
  redraw(node.id, "in");
}
function normalise(list) {
  const sum = total(list);
  list.forEach((node) => { node.weight = tidy(sum ? (number(node.weight) / sum) * 100 : 100 / list.length); });
  // What rounding left over goes to the heaviest, so that the sum reads exactly 100.
  const heaviest = list.reduce((best, node) => (number(node.weight) > number(best.weight) ? node : best));
  heaviest.weight = tidy(number(heaviest.weight) + 100 - total(list));
  redraw();
}

function field(node, key, language) {
  const value = language ? node.name[language] ?? "" : node[key];
  return make("input", {
    class: `form-control form-control-sm ${language ? "tree-name" : key === "weight" ? "tree-weight" : ""}`, value, maxlength: language ? 200 : 100,
    placeholder: words[language ?? key], lang: language === "zh" ? "zh-Hans" : language, "data-act": language ?? key,
    inputmode: key === "weight" ? "decimal" : null, "aria-label": `${words[language ?? key]}: ${label(node)}`,
    oninput: (event) => { if (language) { node.name[language] = event.target.value; relabel(event.target.closest(".tree-row"), node); } else node[key] = event.target.value; changed(); sums(); } });
}
function more(node, leaf) {
  const box = make("div", {}, make("label", { class: "small" }, words.code, field(node, "code")));
  if (leaf) {
    box.append(make("label", { class: "small" }, words.column, field(node, "column")));
    box.append(make("label", { class: "form-check mb-0" }, make("input", { type: "checkbox", class: "form-check-input", checked: Boolean(node.reversed),
      onchange: (event) => { node.reversed = event.target.checked; changed(); } }), make("span", { class: "form-check-label" }, words.reversed)));
  }
  return make("details", { class: "tree-more small" }, make("summary", {}, words.more), box);
}
function row(place) {
  const { node, list, parent, level } = place;
  const at = list.indexOf(node);
  return make("div", { class: "tree-row" },
    make("span", { class: "tree-handle", title: words.drag }, icon("grip-vertical")),
    field(node, "name", "zh"), field(node, "name", "en"), field(node, "weight"),
    make("span", { class: "tree-share small", "data-share": node.id }),
    make("span", { class: "btn-list" },
      button(node, "up", "arrow-up", () => shift(place, -1), at === 0),
      button(node, "down", "arrow-down", () => shift(place, 1), at === list.length - 1),
      button(node, "out", "arrow-left", () => moveOut(place), !parent),
      button(node, "in", "arrow-right", () => moveIn(place), at === 0 || level + height(node) > deepest),
      button(node, "add", "plus", () => add(node.children), level >= deepest),
      button(node, "remove", "trash", () => remove(place), false)),
    more(node, !node.children.length));
}
function branch(list, parent, level) {
  const items = list.map((node) => make("li", { class: "tree-node", "data-id": node.id }, row({ node, list, parent, level }), branch(node.children, node, level + 1)));
  const ol = make("ol", { class: "tree-list", "data-parent": parent?.id ?? "", "data-level": level }, ...items);
  const box = make("div", { class: "tree-children" }, ol);
  if (list.length) box.append(make("div", { class: "tree-sum small", "data-sum": parent?.id ?? "" }));
  if (window.Sortable && level <= deepest) {
    window.Sortable.create(ol, { group: "tree", handle: ".tree-handle", draggable: ".tree-node", animation: 120, ghostClass: "tree-ghost", fallbackOnBody: true,
      onMove: ({ to, dragged }) => Number(to.dataset.level) + height(find(dragged.dataset.id).node) - 1 <= deepest,
      onEnd: ({ item, to, newDraggableIndex }) => {
        const { node, list: from } = find(item.dataset.id);
        from.splice(from.indexOf(node), 1);
        const target = to.dataset.parent ? find(to.dataset.parent).node.children : nodes;
        target.splice(newDraggableIndex, 0, node);
        redraw(node.id, "up");
      } });
  }
  return box;
}
function sums() {
  const share = (list, whole) => {
    const sum = total(list);
    for (const node of list) {
      const part = sum ? number(node.weight) / sum : 0;
      const cell = root.querySelector(`[data-share="${node.id}"]`);
      cell.textContent = `${(part * 100).toFixed(1)}% · ${(whole * part * 100).toFixed(1)}%`;
      cell.title = `${words.weight} · ${words.share}`;
      share(node.children, whole * part);
    }
  };
  share(nodes, 1);
  for (const cell of root.querySelectorAll("[data-sum]")) {
    const list = cell.dataset.sum ? find(cell.dataset.sum).node.children : nodes;
    const sum = total(list);
    const right = Math.abs(sum - 100) < 0.005;
    cell.classList.toggle("off", !right);
    const repair = make("button", { type: "button", class: "btn btn-sm", onclick: () => normalise(list) }, words.normalise);
    cell.replaceChildren(right ? `✓ ${words.sum} 100` : `⚠ ${words.sum} ${tidy(sum)} (${words.not100})`, ...(right ? [] : [repair]));
  }
}
function headFields() {
  const name = (language) => make("label", { class: "col-md-4 form-label" }, words[language], make("input", { class: "form-control", value: head.name[language] ?? "", maxlength: 200,
    oninput: (event) => { head.name[language] = event.target.value; changed(); } }));
  const bound = (key) => make("label", { class: "col-6 col-md-2 form-label" }, words[key], make("input", { class: "form-control", type: "number", value: head.scale[key],
    oninput: (event) => { head.scale[key] = event.target.value === "" ? null : Number(event.target.value); changed(); } }));
  return make("fieldset", { class: "row g-2" }, make("legend", { class: "visually-hidden" }, words.tree), name("zh"), name("en"), bound("min"), bound("max"));
}
function draw() {
  root.replaceChildren(headFields(), make("p", { class: "text-secondary small mb-1" }, words.legend), branch(nodes, null, 2),
    make("button", { type: "button", class: "btn mb-3", onclick: () => add(nodes) }, icon("plus"), words.addTop));
  sums();
}
function redraw(id, act) {
  changed();
  draw();
  const node = id && root.querySelector(`[data-id="${id}"] > .tree-row`);
  const target = node && (node.querySelector(`[data-act="${act}"]:not(:disabled)`) ?? node.querySelector("button:not(:disabled)"));
  target?.focus();
}
function write(node) {
  const { id, children, name, weight, column, reversed, ...rest } = node;
  const found = { ...rest, code: node.code.trim(), name: Object.fromEntries(Object.entries(name).filter(([, value]) => text(value).trim())),
    weight: weight.trim() === "" || Number.isNaN(Number(weight)) ? weight : Number(weight) };
  if (children.length) { delete found.scale; return { ...found, children: children.map(write) }; }
  if (column.trim()) found.column = column.trim();
  if (reversed) found.reversed = true;
  return found;
}

document.getElementById("tree-text").hidden = true;
form.addEventListener("submit", (event) => {
  if (event.defaultPrevented) return;
  const name = Object.fromEntries(Object.entries(head.name).filter(([, value]) => text(value).trim()));
  form.elements.definition.value = JSON.stringify({ ...head, name, tree: nodes.map(write) });
  dirty = false;
});
window.addEventListener("beforeunload", (event) => { if (dirty) event.preventDefault(); });
draw();
