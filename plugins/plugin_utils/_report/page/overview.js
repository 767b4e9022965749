// The headline: what an auditor wants to know before anything else.

function drawOverview(onFilter) {
  const { headline } = data;
  const counts = headline.by_protection;
  const parts = URGENCY.slice().reverse().filter((status) => status !== "unsupported")
    .map((status) => ({ name: status, count: counts[status] }));
  const legend = h("ul", { class: "legend" }, Object.keys(STATUSES).map((status) => h("li", {},
    h("button", { type: "button", title: STATUSES[status], disabled: !counts[status], on: { click: () => onFilter({ protection: status }) } },
      chip(status), h("b", {}, number(counts[status]))))));
  section("overview").append(h("div", { class: "card hero" },
    h("p", { class: "statement" }, h("b", {}, number(headline.protected)), " of ", h("b", {}, number(headline.protectable)),
      ` ${headline.protectable === 1 ? "service is" : "services are"} protected in another region.`),
    bar(parts, "Services by protection"), legend, partial()));
  section("figures").prepend(h("div", { class: "figures" }, figures(headline, onFilter)));
}

// A part of the inventory must not pass for the whole.
function partial() {
  const { limit, hosts, hosts_in_inventory: size } = data.scope;
  return hosts < size ? h("p", { class: "partial" }, `A part: ${number(hosts)} of ${counted(size, "service")} of the inventory${limit ? `, by the limit ${limit}` : ""}.`) : null;
}

function figures(headline, onFilter) {
  const worst = headline.worst_rpo, { error, warning } = headline.failed_controls;
  const unsupported = headline.by_protection.unsupported;
  const found = [
    figure("Protected", percent(headline.protected, headline.protectable), headline.protectable ? (headline.protected === headline.protectable ? "good" : "bad") : "",
      `of ${counted(headline.protectable, "service")}` + (unsupported ? `; ${counted(unsupported, "other")} can never be` : "")),
    figure("Failing controls", number(error), error ? "bad" : services.length ? "good" : "",
      `${error === 1 ? "error" : "errors"}, and ${counted(warning, "warning")}, at ${counted(headline.services_failing, "service")}`,
      headline.services_failing ? () => onFilter({ failing: true }) : null),
    figure("Worst RPO", worst ? (worst.rpo_exact ? "" : "≤ ") + duration(worst.rpo_seconds) : "–", "",
      worst ? `${worst.service_name} in ${worst.project}` : "no copy has been measured",
      worst ? () => onFilter({ only: onlyService(worst) }) : null),
    figure("Under an exception", number(headline.services_excepted), "", headline.services_excepted === 1 ? "service, with reason and end" : "services, with reason and end",
      headline.services_excepted ? () => onFilter({ control: "", result: "excepted" }) : null),
  ];
  if (data.run) found.push(figure("Changed in this run", number(data.run.summary.changed), data.run.summary.failed ? "bad" : "",
    `${number(data.run.summary.failed)} failed, ${number(data.run.summary.unchanged)} were as wanted`, () => section("run").scrollIntoView()));
  return found;
}

function drawControls(onFilter) {
  const parts = (control) => ["fail", "unknown", "excepted", "pass"].map((result) => ({ name: `${result} ${control.severity}`, label: RESULTS[result], count: control.results[result] }));
  const tally = (control, result) => (control.results[result]
    ? h("button", { type: "button", class: `link tally ${result} ${control.severity}`, title: "Show these services", on: { click: () => onFilter({ control: control.id, result }) } }, number(control.results[result]))
    : h("span", { class: "zero" }, "0"));
  const column = (result, name) => ({ name, class: "number", first: "descending", value: (control) => control.results[result], cell: (control) => tally(control, result) });
  const table = makeTable({
    rows: controls,
    columns: [
      { name: "Control", value: (control) => controls.indexOf(control), class: "title", cell: (control) => [h("b", {}, control.title), h("code", {}, control.id)] },
      { name: "Severity", value: (control) => control.severity, cell: (control) => h("span", { class: `severity ${control.severity}` }, control.severity) },
      { name: "What it checks", class: "prose", value: (control) => control.checks, cell: (control) => control.checks },
      { name: "Results", class: "results", value: (control) => control.results.pass, cell: (control) => bar(parts(control), `Results of ${control.id}`) },
      column("fail", "Failed"), column("unknown", "Not known"), column("excepted", "Excepted"), column("pass", "Passed"),
    ],
    details: (control) => h("p", { class: "remedy" }, h("b", {}, "What to do: "), control.remediation),
  });
  section("controls").append(
    heading("Controls", `${controls.length} controls, held against every service. A number shows its services below.`),
    h("div", { class: "card" }, table.element));
}

function drawWords() {
  const words = Object.entries(STATUSES).map(([status, text]) => [h("dt", {}, chip(status)), h("dd", {}, text)]);
  section("words").append(heading("What the words mean"), h("div", { class: "card words" },
    h("dl", {}, words),
    h("dl", {},
      h("dt", {}, "Restore point"), h("dd", {}, "The newest time that the secondary region can restore to."),
      h("dt", {}, "RPO"), h("dd", {}, "The age of the restore point at the time of the audit. ≤ marks an upper bound: the transaction logs that were copied since are not counted."),
      h("dt", {}, "Primary region"), h("dd", {}, "Where the newest primary backup is; where the service runs until there is one."),
      h("dt", {}, "Drill"), h("dd", {}, "A fork made from the secondary region, verified, timed and deleted again."))));
}
