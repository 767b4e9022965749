// What the run did, and what became better and worse since a former audit.

function drawRun() {
  if (!data.run) return;
  const { summary, outcomes } = data.run;
  const order = ["failed", "changed", "skipped"];
  const region = (place) => (place && place.region) || "none";
  const table = makeTable({
    rows: outcomes, sortBy: 1, pageSize: 25,
    empty: "Nothing was changed: everything was as wanted.",
    columns: [
      { name: "Service", value: (outcome) => outcome.service_name, cell: (outcome) => [h("b", {}, outcome.service_name), h("small", {}, outcome.project)] },
      { name: "Outcome", value: (outcome) => order.indexOf(outcome.status), cell: (outcome) => h("span", { class: `outcome ${outcome.status}` }, outcome.status) },
      { name: "Change", value: (outcome) => outcome.change, cell: (outcome) => outcome.change || "–" },
      { name: "Before → after", value: (outcome) => `${region(outcome.before)} ${region(outcome.after)}`, cell: (outcome) => routeNames(region(outcome.before), region(outcome.after)) },
      { name: "Reason", class: "prose", value: (outcome) => outcome.reason, cell: (outcome) => (outcome.error ? [h("code", {}, outcome.error.code), withRegions(outcome.error.message)] : withRegions(outcome.reason)) },
    ],
  });
  section("run").append(
    heading("Changes of this run", `${counted(summary.total, "service")}: ${number(summary.changed)} changed, ${number(summary.failed)} failed, ${number(summary.skipped)} skipped, ${number(summary.unchanged)} unchanged.`),
    h("div", { class: "card" }, table.element));
  section("run").hidden = false;
}

function byService(differences) {
  const found = new Map();
  for (const each of differences) {
    const key = `${each.project}\n${each.service_name}`;
    if (!found.has(key)) found.set(key, { project: each.project, service_name: each.service_name, differences: [] });
    found.get(key).differences.push(each);
  }
  return [...found.values()];
}

function drawSince(onFilter) {
  const found = data.comparison;
  if (!found) return;
  const words = (value) => RESULTS[value] || value;
  const differences = (title, kind, rows) => h("div", { class: `card ${kind}` }, h("h3", {}, `${title}: ${counted(rows.length, "service")}`), makeTable({
    rows, pageSize: 5, empty: "Nothing.",
    columns: [
      { name: "Service", value: (row) => row.service_name, cell: (row) => h("button", { type: "button", class: "link", title: "Show it", on: { click: () => onFilter({ only: onlyService(row) }) } }, h("b", {}, row.service_name), h("small", {}, row.project)) },
      { name: "What changed", value: (row) => row.differences.length, first: "descending", cell: (row) => row.differences.map((each) => h("div", {}, h("code", {}, each.what), ` ${words(each.before)} → ${words(each.after)}`)) },
    ],
  }).element);
  const names = (rows) => rows.slice(0, 20).map((row) => `${row.project}/${row.service_name}`).join(", ") + (rows.length > 20 ? ` and ${number(rows.length - 20)} more` : "");
  const told = (title, rows) => (rows.length ? h("p", {}, h("b", {}, `${title} (${number(rows.length)}): `), names(rows)) : null);
  build(section("since"), {}, [
    heading("Since the last audit", `Compared with ${moment(found.former_generated_at)}${found.former_name !== data.name ? `, the audit ${found.former_name || "without a name"}` : ""}.`),
    found.differs.length ? h("p", { class: "late" }, `Not alike: ${differsWords(found.differs)}.`) : null,
    h("div", { class: "pair" }, differences("Worse", "worse", byService(found.worse)), differences("Better", "better", byService(found.better))),
    h("div", { class: "card names" }, told("New services", found.appeared), told("Gone services", found.gone),
      told("Not looked at now, so not known to be gone", found.not_seen_now), told("Not looked at then, so not known to be new", found.not_seen_then),
      [found.appeared, found.gone, found.not_seen_now, found.not_seen_then].some((rows) => rows.length) ? null : h("p", {}, "The same services as then."))]);
  section("since").hidden = false;
}
