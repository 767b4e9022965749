// The drills that controls rest on: where each restored to, what it checked, and the file that proves it.

function drawDrills(onFilter) {
  const same = (one, other) => other && one.fork_name === other.fork_name && one.finished === other.finished;
  const rows = services.flatMap((service) => [service.drill, same(service.drill || {}, service.verified_drill) ? null : service.verified_drill]
    .filter(Boolean).map((drill) => ({ service, drill })));
  const table = makeTable({
    rows, sortBy: 2, pageSize: 10, empty: "No drill in a current secondary region is on record.",
    columns: [
      { name: "Service", value: ({ service }) => service.service_name, cell: ({ service }) => [h("button", { type: "button", class: "link", title: "Show it", on: { click: () => onFilter({ only: onlyService(service) }) } }, h("b", {}, service.service_name)), h("small", {}, service.project)] },
      { name: "Restored to", value: ({ drill }) => drill.secondary_region, cell: ({ drill }) => [regionName(drill.secondary_region), h("small", {}, drill.fork_project === null ? "project not told" : `project ${drill.fork_project}`)] },
      { name: "Ended", class: "region", first: "descending", value: ({ drill }) => drill.finished, cell: ({ drill }) => [moment(drill.finished), h("small", {}, drill.recovered_to ? `data of ${moment(drill.recovered_to)}` : "")] },
      { name: "Result", value: ({ drill }) => drillResult(drill), cell: ({ drill }) => h("span", { class: drill.verified ? null : "late" }, drillResult(drill)) },
      { name: "Took", class: "number", value: ({ drill }) => drill.rto_seconds, cell: ({ drill }) => duration(drill.rto_seconds) },
      { name: "Checks", class: "number", value: ({ drill }) => (drill.checks ? drill.checks.total : null), cell: ({ drill }) => drillChecks(drill) },
      { name: "By", value: ({ drill }) => drill.by, cell: ({ drill }) => drill.by || "–" },
      { name: "Evidence", class: "evidence", value: ({ drill }) => drill.file, cell: ({ drill }) => (drill.file ? [drill.file, h("code", { title: "SHA-256 at the audit" }, drill.sha256)] : "–") },
    ],
  });
  section("drills").append(
    heading("Drills", "The newest drill of each service in its current secondary region, and the newest that was verified where that is another. A hash is the SHA-256 of the file, as it was at the audit."),
    h("div", { class: "card" }, table.element));
}

const drillResult = (drill) => (drill.result || (drill.verified ? "passed" : "failed")).replace("_", " ");

function drillChecks({ checks }) {
  if (checks === null) return "not told";
  return checks.total ? `${number(checks.passed)} of ${number(checks.total)}` : h("span", { class: "late", title: "Nothing of the data was checked" }, "none");
}
