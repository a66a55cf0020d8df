// The questionnaire as data: codes, answer columns, moving, and the JSON that is sent. No DOM here.

export const entries = (doc) =>
  doc.sections.flatMap((section, s) => section.questions.map((question, n) => ({ section, question, s, n })));

// Answer column → what it may be compared with. Mirrors `Question.columns` of the server.
export function columnsOf(question, types) {
  const items = question.items || [];
  const options = question.options || [];
  const column = (name, choice, extra = {}) => ({ name, choice, question, ...extra });
  switch (question.type) {
    case "multi": return options.map((o) => column(`${question.code}__${o.code}`, o, { ticked: true }));
    case "ranking": return options.map((o) => column(`${question.code}__${o.code}`, o));
    case "matrix": return items.map((i) => column(i.code, i));
    case "kano": return ["f", "d"].map((side) => column(`${question.code}__${side}`, null, { side }));
    case "servqual": return items.flatMap((i) => ["e", "p"].map((side) => column(`${i.code}__${side}`, i, { side })));
    case "competitor": return items.flatMap((i) => options.map((o) => column(`${i.code}__${o.code}`, i, { other: o })));
    default: return [column(question.code, null, { options: question.type === "single" && types.single ? options : null })];
  }
}

export const numeric = (column) => !["text", "date", "file", "single"].includes(column.question.type);

// Columns that a condition of this question (or of the section itself, when n is null) may look at.
export function earlier(doc, s, n, types) {
  return entries(doc)
    .filter((e) => e.s < s || (n !== null && e.s === s && e.n < n))
    .flatMap((e) => columnsOf(e.question, types).map((c) => ({ ...c, label: `${e.s + 1}.${e.n + 1}` })));
}

export function freshCode(doc, prefix) {
  const taken = new Set(doc.sections.map((s) => s.code));
  entries(doc).forEach(({ question }) => {
    taken.add(question.code);
    (question.items || []).forEach((item) => taken.add(item.code));
  });
  for (let n = 1; ; n += 1) if (!taken.has(`${prefix}${n}`)) return `${prefix}${n}`;
}

export function freshChoice(doc, question, key) {
  if (key === "items") return { code: freshCode(doc, `${question.code}_`), text: {} };
  const taken = new Set((question.options || []).map((o) => o.code));
  let n = 1;
  while (taken.has(`o${n}`)) n += 1;
  return { code: `o${n}`, text: {} };
}

export function newQuestion(doc, type, starter) {
  const question = { ...structuredClone(starter), code: freshCode(doc, "q"), type };
  (question.items || []).forEach((item, i) => { item.code = `${question.code}_${i + 1}`; });
  (question.options || []).forEach((option, i) => { option.code ||= `o${i + 1}`; });
  return question;
}

export function copyOf(doc, question) {
  const copy = { ...structuredClone(question), code: freshCode(doc, "q") };
  (copy.items || []).forEach((item, i) => { item.code = `${copy.code}_${i + 1}`; });
  return copy;
}

// After a code was changed: conditions and placeholders further down follow.
export function renamed(doc, before, after) {
  const now = new Map(before.map((name, i) => [name, after[i]]));
  const follow = (node) => {
    if (Array.isArray(node)) { node.forEach(follow); return; }
    if (!node || typeof node !== "object") return;
    for (const [key, value] of Object.entries(node)) {
      if (key === "question" && now.has(value)) node[key] = now.get(value);
      else if (typeof value === "string") node[key] = value.replace(/\{\{\s*(\w+)\s*\}\}/g, (all, name) => (now.has(name) ? `{{ ${now.get(name)} }}` : all));
      else follow(value);
    }
  };
  follow(doc);
}

const texts = (value) => Object.fromEntries(Object.entries(value || {}).filter(([, text]) => text.trim()));
const choices = (rows) => rows.map((row) => ({ ...row, text: texts(row.text) }));

function scaleOf(scale) {
  const labels = Object.entries(scale.labels || {})
    .filter(([point, label]) => +point >= scale.min && +point <= scale.max && Object.keys(texts(label)).length)
    .map(([point, label]) => [point, texts(label)]);
  return { ...scale, labels: Object.fromEntries(labels) };
}

// What the server reads. Parts that a type does not have stay in the page (so that switching back brings them
// back) but are not sent.
export function serialise(doc, types) {
  const question = (q) => {
    const kind = types[q.type];
    const row = { ...q, text: texts(q.text), help: texts(q.help) };
    if (q.type === "kano") row.text2 = texts(q.text2); else delete row.text2;
    if (kind.rated) row.scale = scaleOf(q.scale); else delete row.scale;
    if (kind.chosen) row.options = choices(q.options || []); else delete row.options;
    if (kind.listed) row.items = choices(q.items || []); else delete row.items;
    if (q.type !== "number") { delete row.min; delete row.max; }
    if (!row.show_if) delete row.show_if;
    return row;
  };
  return {
    ...doc,
    name: texts(doc.name), intro: texts(doc.intro), thanks: texts(doc.thanks),
    sections: doc.sections.map((s) => {
      const row = { ...s, title: texts(s.title), text: texts(s.text), questions: s.questions.map(question) };
      if (!row.show_if) delete row.show_if;
      return row;
    }),
  };
}
