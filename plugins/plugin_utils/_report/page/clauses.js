// What regulations ask evidence for, and what the controls that support it found.

function drawClauses(onFilter) {
  const { notes, clauses } = data.compliance;
  section("clauses").append(
    heading("Evidence for clauses", "What clauses ask evidence for, the controls that support it, and what they do not show. A number shows its services below."),
    h("div", { class: "card" }, h("ul", { class: "reasons" }, notes.map((note) => h("li", {}, note))),
      h("ol", { class: "clauses" }, clauses.map((clause) => h("li", {},
        h("div", { class: "todo-head" }, h("h3", {}, clause.clause), h("span", {}, clause.source)),
        h("p", {}, h("span", {}, "Asks for "), clause.asks_for, h("span", {}, ". Evidence here: "), clause.evidence, "."),
        h("ul", { class: "supports" }, clause.controls.map((control) => support(control, onFilter))),
        clause.caveats.length ? h("ul", { class: "reasons caveats" }, clause.caveats.map((caveat) => h("li", {}, caveat))) : null)))));
}

function support({ id, results }, onFilter) {
  const { title, severity } = controls.find((control) => control.id === id);
  const told = ["fail", "unknown", "excepted", "pass"].filter((result) => results[result]);
  return h("li", { class: `${told[0] || "not_applicable"} ${severity}`, title }, h("i", {}), h("code", {}, id),
    told.length ? told.map((result) => h("button", { type: "button", class: "link", title: "Show these services", on: { click: () => onFilter({ control: id, result }) } }, `${number(results[result])} ${RESULTS[result]}`)) : h("span", {}, RESULTS.not_applicable));
}
