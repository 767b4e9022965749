// Every service: filters, the table, and what opens below a row.

const FILTERS = { text: "", project: "", service_type: "", protection: "", control: "", result: "", failing: false, route: null, remedy: null, only: null };

// A filter that is none of those above: its words, and which services it lets pass.
const onlyService = ({ project, service_name }) => ({ words: `${service_name} in ${project}`, has: (service) => service.project === project && service.service_name === service_name });

function drawServices() {
  const filters = { ...FILTERS };
  const indexOf = new Map(controls.map((control, index) => [control.id, index]));
  const haystacks = new Map();
  const note = h("p", { class: "note", role: "status" });
  const reset = h("button", { type: "button", on: { click: () => set({}) } }, "Show all");
  const text = h("input", { type: "search", placeholder: "Name, tag, region, reason …", "aria-label": "Search services", on: { input: () => change("text", text.value) } });
  const choice = (name, all, options) => makeChoice(all, options, (value) => change(name, value));
  const selects = {
    project: choice("project", "Every project", [...count(services, (service) => service.project)].sort(([a], [b]) => collator.compare(a, b))),
    service_type: choice("service_type", "Every type", [...count(services, (service) => service.service_type)].sort()),
    protection: choice("protection", "Every protection", URGENCY.filter((status) => data.headline.by_protection[status]).map((status) => [status, data.headline.by_protection[status]])),
    control: choice("control", "Every control", controls.map((control) => [control.id, null])),
    result: choice("result", "Any result", Object.entries(RESULTS).map(([result, words]) => [result, null, words])),
  };
  const failing = h("input", { type: "checkbox", on: { change: () => change("failing", failing.checked) } });
  const table = makeTable({ rows: services, columns: serviceColumns(), sortBy: 6, pageSize: 25, details: serviceDetails, empty: "No service matches." });

  function change(name, value) {
    filters[name] = value;
    apply();
  }

  function set(wanted) {
    Object.assign(filters, FILTERS, wanted);
    text.value = filters.text;
    failing.checked = filters.failing;
    for (const [name, select] of Object.entries(selects)) select.value = filters[name];
    apply();
  }

  function apply() {
    const words = filters.text.toLowerCase().split(/\s+/).filter(Boolean);
    const shown = table.filter((service) => matchesFields(service) && matchesControl(service) && matchesText(service, words));
    const active = filters.route || filters.remedy || filters.only || Object.keys(selects).some((name) => filters[name]) || filters.text || filters.failing;
    reset.hidden = !active;
    note.textContent = `${counted(shown, "service")}${active ? ` of ${number(services.length)}` : ""}`
      + (filters.route ? `, ${filters.route.from} → ${filters.route.to || "no secondary region"}` : "")
      + (filters.remedy ? `: ${filters.remedy.title}` : "")
      + (filters.only ? `: ${filters.only.words}` : "");
  }

  function matchesFields(service) {
    return (!filters.project || service.project === filters.project)
      && (!filters.service_type || service.service_type === filters.service_type)
      && (!filters.protection || service.protection === filters.protection)
      && (!filters.failing || service.failed > 0)
      && (!filters.only || filters.only.has(service))
      && (!filters.remedy || filters.remedy.members.has(service))
      && (!filters.route || (service.protection !== "unsupported" && routeOf(service) === filters.route.key));
  }

  function matchesControl(service) {
    if (!filters.control && !filters.result) return true;
    const found = filters.control ? [findingOf(service, indexOf.get(filters.control))] : service.findings.map((_, index) => findingOf(service, index));
    return !filters.result || found.some((finding) => finding.result === filters.result);
  }

  function matchesText(service, words) {
    if (!words.length) return true;
    if (!haystacks.has(service)) haystacks.set(service, haystack(service));
    return words.every((word) => haystacks.get(service).includes(word));
  }

  section("services").append(heading("Services", "Open a row to see its controls and what they found."),
    h("div", { class: "card" }, h("div", { class: "filters" }, text, Object.values(selects), h("label", {}, failing, " failing only"), reset, note), table.element));
  apply();
  return (wanted) => {
    set(wanted);
    section("services").scrollIntoView();
  };
}

function haystack(service) {
  const tags = Object.entries(service.tags).map(([key, value]) => `${key}:${value}`);
  return [service.project, service.service_name, service.service_type, service.plan, service.state, service.cloud_name,
    service.primary_region, service.secondary_region, service.protection, service.pause_reason, service.explanation,
    service.exception && service.exception.reason, ...tags].join("\n").toLowerCase();
}

function serviceColumns() {
  return [
    { name: "Service", value: (service) => service.service_name, cell: (service) => [h("b", {}, service.service_name), h("small", {}, service.project)] },
    { name: "Type", class: "spare", value: (service) => `${service.service_type} ${service.plan}`, cell: (service) => [service.service_type, h("small", {}, service.plan)] },
    { name: "Protection", value: (service) => URGENCY.indexOf(service.protection), cell: (service) => [chip(service.protection), service.exception ? h("small", {}, `${service.exception.expired ? "exception ended" : "excepted until"} ${service.exception.until}`) : null] },
    { name: "Primary → secondary", value: (service) => `${service.primary_region} ${service.secondary_region || ""}`, cell: regions },
    { name: "RPO", class: "number", first: "descending", title: "Age of the restore point", value: (service) => service.rpo_seconds, cell: rpo },
    { name: "Copies", class: "number spare", first: "descending", title: "Backups in the secondary region", value: (service) => service.replicated_bytes, cell: (service) => (service.replicated_backups ? [number(service.replicated_backups), h("small", {}, bytes(service.replicated_bytes))] : "–") },
    { name: "Controls", first: "descending", title: "Failed controls, errors before warnings", value: (service) => service.weight, cell: strip },
  ];
}

function regions(service) {
  if (service.protection === "unsupported") return regionName(service.cloud_name);
  const notes = [];
  if (service.migrated) notes.push(["runs in ", regionName(service.cloud_name)]);
  if (service.planned_region && service.planned_region !== service.secondary_region) notes.push([notes.length ? "; " : "", "planned: ", regionName(service.planned_region)]);
  return [h("span", {}, routeNames(service.primary_region, service.secondary_region, "none")), notes.length ? h("small", {}, notes) : null];
}

function rpo(service) {
  if (service.rpo_seconds === null) return "–";
  const late = service.rpo_seconds > service.rpo_target_seconds;
  return h("span", { class: late ? "late" : null, title: `${moment(service.restore_point)}; target ${duration(service.rpo_target_seconds)}` },
    (service.rpo_exact ? "" : "≤ ") + duration(service.rpo_seconds));
}

// Its controls at a glance, each always at the same place.
function strip(service) {
  const size = 9;
  const svg = s("svg", { class: "strip", viewBox: `0 0 ${controls.length * size} 14`, width: controls.length * size, height: 14, role: "img", "aria-label": `${service.failed} failed` });
  controls.forEach((control, index) => {
    const finding = findingOf(service, index);
    svg.append(s("rect", { class: `${finding.result} ${control.severity}`, x: index * size, y: 1, width: size - 2, height: 12, rx: 2 },
      s("title", {}, `${control.title}: ${RESULTS[finding.result]}`)));
  });
  return svg;
}

function serviceDetails(service) {
  const facts = [
    ["Restore range", service.restore_point ? `${moment(service.oldest_restorable)} to ${moment(service.restore_point)}` : "–"],
    ["RPO", service.rpo_seconds === null ? "–" : `${service.rpo_exact ? "" : "at most "}${duration(service.rpo_seconds)}, target ${duration(service.rpo_target_seconds)}`],
    ["Replicated", service.replicated_backups === null ? "–" : `${counted(service.replicated_backups, "backup")}, ${bytes(service.replicated_bytes)}`],
    ["Runs in", regionName(service.cloud_name)], ["Primary region", regionName(service.primary_region)],
    ["Secondary region", service.secondary_region ? regionName(service.secondary_region) : "none"],
    ["Planned region", service.planned_region ? withRegions(`${service.planned_region}: ${service.planned_reason}`) : withRegions(service.planned_reason || "–")],
    ["State", service.state], ["Plan", service.plan],
    ["Tags", Object.entries(service.tags).map(([key, value]) => `${key}: ${value}`).join(", ") || "–"],
  ];
  if (service.exception) facts.push(["Exception", `until ${service.exception.until}${service.exception.expired ? " (ended)" : ""}: ${service.exception.reason}`]);
  for (const [name, drill] of [["Last drill", service.drill], ["Last verified drill", service.drill && service.drill.verified ? null : service.verified_drill]]) {
    if (drill) facts.push([name, `${moment(drill.finished)}, ${drill.verified ? "verified" : "not verified"}${drill.rto_seconds === null ? "" : `, took ${duration(drill.rto_seconds)}`}`]);
  }
  return h("div", { class: "facts" },
    h("p", { class: "explanation" }, withRegions(service.explanation)),
    h("dl", {}, facts.map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)])),
    h("ul", { class: "findings" }, controls.map((control, index) => finding(control, findingOf(service, index)))),
    service.lag.length ? h("div", { class: "lags" }, service.lag.map(sparkline)) : null);
}

function finding(control, { result, message }) {
  return h("li", { class: `${result} ${control.severity}` }, h("i", {}), h("b", {}, control.title), h("span", {}, `${RESULTS[result]}: `, withRegions(message)));
}

function sparkline(series) {
  const width = 260, height = 44, top = series.max || 1, values = series.points.map(([, value]) => value);
  const x = (index) => (values.length > 1 ? (index / (values.length - 1)) * width : width / 2);
  const y = (value) => height - 2 - (Math.max(value, 0) / top) * (height - 6);
  const line = values.map((value, index) => `${index ? "L" : "M"}${x(index).toFixed(1)} ${y(value).toFixed(1)}`).join("");
  const unit = series.unit ? ` ${series.unit}` : "", short = (value) => numbers.format(Math.round(value * 10) / 10) + unit;
  const [first, last] = [series.points[0][0], series.points[values.length - 1][0]];
  return h("figure", { class: "lag" },
    h("figcaption", {}, h("b", {}, series.title), ` ${series.column}`),
    s("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": `Lag: last ${short(series.last)}, highest ${short(series.max)}` },
      s("path", { class: "area", d: `${line}L${x(values.length - 1)} ${height}L${x(0)} ${height}Z` }), s("path", { class: "line", d: line })),
    h("small", {}, `last ${short(series.last)} · 95 % below ${short(series.p95)} · highest ${short(series.max)}`),
    first && last ? h("small", {}, `${moment(first)} to ${moment(last)}`) : null);
}
