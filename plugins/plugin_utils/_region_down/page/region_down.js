// What can be restored where, to when, in which order, and what stands in the way.

const { headline } = data;
const kinds = new Map(data.obstacles.map((kind) => [kind.code, kind]));
const down = data.services.filter((service) => service.runs_in_region);
const running = data.services.filter((service) => !service.runs_in_region);

const ANSWERS = {
  yes: "can be restored",
  prepare: "after preparation",
  unknown: "not known",
  no: "cannot be restored",
};
const LEVELS = { blocks: "no restore", unknown: "not known", prepare: "before the restore", unchecked: "not checked", note: "good to know" };

const answer = (service) => h("span", { class: `chip ${service.restorable}` }, ANSWERS[service.restorable]);
const level = (kind) => h("span", { class: `level level-${kind.level}` }, LEVELS[kind.level]);
const name = (service) => [h("b", {}, service.service_name), h("small", {}, service.project)];
const age = (service) => (service.rpo_seconds === null ? "–" : (service.rpo_exact ? "" : "≤ ") + duration(service.rpo_seconds));

function drawOverview(onFilter) {
  section("made").textContent = `As of ${moment(data.generated_at)} · ${data.generator}`;
  drawUnreadable(data.scope.unreadable_projects);
  const counts = headline.restorable, after = counts.prepare + counts.unknown;
  const parts = Object.keys(ANSWERS).map((key) => ({ name: key, label: ANSWERS[key], count: counts[key] }));
  const legend = h("ul", { class: "legend" }, Object.keys(ANSWERS).map((key) => h("li", {},
    h("button", { type: "button", disabled: !counts[key], on: { click: () => onFilter({ restorable: key }) } },
      h("span", { class: `chip ${key}` }, ANSWERS[key]), h("b", {}, number(counts[key]))))));
  section("overview").append(h("div", { class: "card hero" },
    h("p", { class: "statement" }, ...statement(counts, after)), bar(parts, "Services by whether they can be restored"), legend),
  h("div", { class: "figures" }, figures(onFilter)));
  if (data.unchecked.length) {
    section("overview").append(h("div", { class: "card" }, h("b", {}, "What could not be found out"),
      h("ul", {}, data.unchecked.map((text) => h("li", {}, text)))));
  }
}

function statement(counts, after) {
  if (!headline.down) return ["No service of this inventory runs in ", h("b", {}, data.region), "."];
  const more = after ? ` ${counted(after, "other needs", "others need")} a look before.` : "";
  return [h("b", {}, number(counts.yes)), " of ", h("b", {}, number(headline.down)), ` ${headline.down === 1 ? "service" : "services"} that ran there can be restored elsewhere at once.`, more];
}

function figures(onFilter) {
  const lost = headline.restorable.no, oldest = headline.oldest_restore_point;
  return [
    figure("Cannot be restored", number(lost), lost ? "bad" : "good", "no service can be made of their backups", lost ? () => onFilter({ restorable: "no" }) : null),
    figure("Oldest restore point", oldest ? (oldest.rpo_exact ? "" : "≤ ") + duration(oldest.rpo_seconds) : "–", "",
      oldest ? `of ${oldest.project}/${oldest.service_name}: what is newer than ${moment(oldest.restore_point)} is lost` : "of those that can be restored",
      oldest ? () => onFilter({ text: oldest.service_name }) : null),
    figure("Still running", number(headline.still_running), "", "elsewhere, their primary backups are gone", headline.still_running ? () => section("running").scrollIntoView() : null),
    figure("Without their copy", number(headline.copies_there), "", "run and keep their primary backups elsewhere, their secondary region is gone"),
  ];
}

const FILTERS = { text: "", project: "", restorable: "", obstacle: "" };

function drawServices() {
  const filters = { ...FILTERS };
  const note = h("p", { class: "note", role: "status" });
  const reset = h("button", { type: "button", on: { click: () => set({}) } }, "Show all");
  const text = h("input", { type: "search", placeholder: "Name, tag, plan, region …", "aria-label": "Search services", on: { input: () => change("text", text.value) } });
  const choice = (key, all, options) => makeChoice(all, options, (value) => change(key, value));
  const selects = {
    project: choice("project", "Every project", [...count(down, (service) => service.project)].sort(([a], [b]) => collator.compare(a, b))),
    restorable: choice("restorable", "Restorable or not", Object.keys(ANSWERS).map((key) => [key, headline.restorable[key], ANSWERS[key]])),
    obstacle: choice("obstacle", "Whatever is in the way", data.obstacles.filter((kind) => kind.services).map((kind) => [kind.code, null, kind.title])),
  };
  const table = makeTable({ rows: down, columns: columns(), sortBy: 0, pageSize: 50, details, empty: "No service." });

  function change(key, value) {
    filters[key] = value;
    apply();
  }

  function set(wanted) {
    Object.assign(filters, FILTERS, wanted);
    text.value = filters.text;
    for (const [key, select] of Object.entries(selects)) select.value = filters[key];
    apply();
  }

  function apply() {
    const words = filters.text.toLowerCase().split(/\s+/).filter(Boolean);
    const shown = table.filter((service) => (!filters.project || service.project === filters.project)
      && (!filters.restorable || service.restorable === filters.restorable)
      && (!filters.obstacle || service.obstacles.some((obstacle) => obstacle.code === filters.obstacle))
      && (!words.length || words.every((word) => haystack(service).includes(word))));
    reset.hidden = !Object.values(filters).some(Boolean);
    note.textContent = `${counted(shown, "service")}${reset.hidden ? "" : ` of ${number(down.length)}`}`;
  }

  section("services").append(heading("Restore in this order", "By priority, small ones first among equals. What cannot be restored is at the end."),
    h("div", { class: "card" }, h("div", { class: "filters" }, text, Object.values(selects), reset, note), table.element));
  apply();
  return (wanted) => {
    set(wanted);
    section("services").scrollIntoView();
  };
}

function haystack(service) {
  const tags = Object.entries(service.tags).map(([key, value]) => `${key}:${value}`);
  return [service.project, service.service_name, service.service_type, service.plan, service.cloud_name, service.primary_region,
    service.secondary_region, ...service.obstacles.map((obstacle) => obstacle.message), ...tags].join("\n").toLowerCase();
}

function columns() {
  return [
    { name: "Order", class: "number", value: (service) => service.order, cell: (service) => h("span", { class: "order" }, service.order === null ? "–" : number(service.order)) },
    { name: "Service", value: (service) => service.service_name, cell: name },
    { name: "Type", value: (service) => `${service.service_type} ${service.plan}`, cell: (service) => [service.service_type, h("small", {}, service.plan)] },
    { name: "Restorable", value: (service) => Object.keys(ANSWERS).indexOf(service.restorable), cell: answer },
    { name: "Where", class: "whole", value: (service) => service.restore_from && service.restore_from.region, cell: where },
    { name: "To which time", class: "whole", value: (service) => service.restore_point, cell: (service) => moment(service.restore_point) },
    { name: "Lost", class: "number", first: "descending", title: "Age of the restore point: what is newer is lost", value: (service) => service.rpo_seconds, cell: age },
    { name: "In the way", value: (service) => service.obstacles.length, first: "descending", cell: ways },
  ];
}

function where(service) {
  const from = service.restore_from;
  return from && service.restorable !== "no" ? [from.region, h("small", {}, from.copies === "primary" ? "primary backups" : "secondary copy")] : h("span", { class: "none" }, "nowhere");
}

function ways(service) {
  if (!service.obstacles.length) return "–";
  return h("ul", { class: "ways" }, service.obstacles.map(({ code, message }) =>
    h("li", { class: `level-${kinds.get(code).level}`, title: LEVELS[kinds.get(code).level] }, h("i", {}), message)));
}

function details(service) {
  const facts = [
    ["Restore range", service.restore_point ? `${moment(service.oldest_restorable)} to ${moment(service.restore_point)}` : "–"],
    ["Newest backup", bytes(service.size_bytes)],
    ["Priority", service.priority === null ? "none given" : number(service.priority)],
    ["Ran in", service.cloud_name], ["Primary region", service.primary_region], ["Secondary region", service.secondary_region || "none"],
    ["State", service.state],
    ["Tags", Object.entries(service.tags).map(([key, value]) => `${key}: ${value}`).join(", ") || "–"],
  ];
  const todo = service.obstacles.map(({ code, message }) => h("li", {}, level(kinds.get(code)), ` ${message}. ${kinds.get(code).remedy}`));
  return h("div", { class: "facts" }, h("p", { class: "explanation" }, service.explanation),
    h("dl", {}, facts.map(([key, value]) => [h("dt", {}, key), h("dd", {}, value)])),
    todo.length ? h("ul", { class: "todo" }, todo) : null);
}

function drawObstacles(onFilter) {
  const rows = data.obstacles.filter((kind) => kind.services);
  const amount = (kind) => (down.some((service) => service.obstacles.some(({ code }) => code === kind.code))
    ? h("button", { type: "button", class: "link", title: "Show these services", on: { click: () => onFilter({ obstacle: kind.code }) } }, number(kind.services)) : number(kind.services));
  const table = makeTable({
    rows, empty: "Nothing.",
    columns: [
      { name: "What", class: "title", value: (kind) => rows.indexOf(kind), cell: (kind) => [h("b", {}, kind.title), h("code", {}, kind.code)] },
      { name: "So", value: (kind) => Object.keys(LEVELS).indexOf(kind.level), cell: level },
      { name: "What to do", class: "prose", value: (kind) => kind.remedy, cell: (kind) => kind.remedy },
      { name: "Services", class: "number", first: "descending", value: (kind) => kind.services, cell: amount },
    ],
  });
  section("obstacles").append(heading("What stands in the way", "A number shows its services above."), h("div", { class: "card" }, table.element));
}

function drawRunning() {
  if (!running.length) return;
  const table = makeTable({
    rows: running, sortBy: 0, pageSize: 25, details,
    columns: [
      { name: "Service", value: (service) => service.service_name, cell: name },
      { name: "Type", value: (service) => `${service.service_type} ${service.plan}`, cell: (service) => [service.service_type, h("small", {}, service.plan)] },
      { name: "Runs in", class: "whole", value: (service) => service.cloud_name, cell: (service) => service.cloud_name },
      { name: "What is left of its backups", class: "whole", value: (service) => service.restore_from && service.restore_from.region, cell: where },
      { name: "Age", class: "number", first: "descending", value: (service) => service.rpo_seconds, cell: age },
      { name: "In the way", value: (service) => service.obstacles.length, cell: ways },
    ],
  });
  section("running").append(heading("Still running", "These run elsewhere and need no restore now. Their primary backups were in the region that is gone."), h("div", { class: "card" }, table.element));
  section("running").hidden = false;
}

function drawWords() {
  section("words").append(heading("What the words mean"), h("div", { class: "card words" }, h("dl", {},
    h("dt", {}, "To which time"), h("dd", {}, "The restore point: the newest state that the backups outside the region hold."),
    h("dt", {}, "Lost"), h("dd", {}, "The age of the restore point now. ≤ marks an upper bound: transaction logs that were copied since are not counted."),
    h("dt", {}, "Where"), h("dd", {}, "The region to make the fork in. Secondary copies can be restored only there.")), h("dl", {},
    h("dt", {}, "Restorable"), h("dd", {}, "Whether a service can be made from the backups that are left, of the same plan, now."),
    h("dt", {}, "After preparation"), h("dd", {}, "It can, once what stands in the way is seen to."),
    h("dt", {}, "Not known"), h("dd", {}, "The listing does not tell of backups. Try it: a restore that cannot be is refused and changes nothing."))));
}

const showServices = (wanted) => filterServices(wanted);
drawOverview(showServices);
const filterServices = drawServices();
drawObstacles(showServices);
drawRunning();
drawWords();
drawNav({ overview: "Overview", services: "Order", obstacles: "In the way", running: "Still running", words: "Words" });
useTheme();
section("print").addEventListener("click", () => print());
document.documentElement.dataset.ready = "true";
