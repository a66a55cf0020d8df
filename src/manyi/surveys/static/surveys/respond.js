// Optional: shows a conditional question at once. Without it the server shows it after "next".
const form = document.querySelector("form[data-form]");
const given = (name) => {
  const fields = [...form.elements].filter((e) => e.name === name && !e.matches(":disabled"));
  for (const e of fields) {
    if (e.type === "radio" || e.type === "checkbox") { if (e.checked) return e.value; }
    else if (e.value.trim()) return e.value.trim();
  }
  const box = name.includes("__") && fields[0]?.type === "checkbox";
  return box && fields[0].closest("fieldset").querySelector(":checked") ? "0" : undefined;
};
const same = (a, b) => a === String(b) || (a !== "na" && a !== "" && b !== "" && Number(a) === Number(b));
const holds = (c) => {
  if (!Array.isArray(c)) return c;
  const [name, op, value] = c, answer = given(name);
  if (op === "answered") return answer !== undefined;
  if (op === "not_answered") return answer === undefined;
  if (answer === undefined) return false;
  if (op === "eq") return same(answer, value);
  if (op === "ne") return !same(answer, value);
  if (op === "in") return value.some((v) => same(answer, v));
  const a = Number(answer), b = Number(value);
  return op === "lt" ? a < b : op === "lte" ? a <= b : op === "gt" ? a > b : a >= b;
};
const update = () => {
  for (const part of form.querySelectorAll("[data-if]")) {
    const [any, rules] = JSON.parse(part.dataset.if);
    part.hidden = part.disabled = !(any ? rules.some(holds) : rules.every(holds));
  }
};
if (form) { form.addEventListener("input", update); update(); }
