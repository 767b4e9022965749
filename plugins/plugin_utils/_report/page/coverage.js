// How much is covered, by project, type and owner, and how that went over former audits.

const PARTS = { project: "By project", service_type: "By type", owner: "By owner" };

function drawCoverage(onFilter) {
  const shown = Object.keys(PARTS).filter((by) => data.coverage[by].length);
  if (!shown.length) return;
  const { score, trend } = data;
  const former = trend ? trend.points.length - 1 : 0;
  const past = former ? `, and over ${counted(trend.audits - 1, "former audit")} since ${moment(trend.points[0].generated_at)}` : "";
  build(section("coverage"), {}, [
    heading("Coverage", `How many of the services that can be protected are${past}.`),
    ...(former ? [h("div", { class: "figures courses" },
      courseCard("Score", trend.points.map((point) => point.score), `${number(score.passed)} of ${number(score.counted)} results of controls passed`),
      courseCard("Protected", trend.points.map((point) => share(point.protected, point.protectable)), `${number(data.headline.protected)} of ${counted(data.headline.protectable, "service")}, ${number(trend.points[0].protected)} of ${number(trend.points[0].protectable)} at the first`)), notAlike(trend)] : []),
    h("div", { class: "pair" }, shown.map((by) => h("div", { class: "card" }, h("h3", {}, PARTS[by]), coverageTable(by, former, onFilter).element, former ? left(trend.gone[by]) : null)))]);
  section("coverage").hidden = false;
}

// As the audit has it: rounded down, so that only all is 100.
const share = (part, whole) => (whole ? Math.floor((part * 1000) / whole) / 10 : null);
const inPercent = (value) => (value === null ? "–" : `${value} %`);

// Where audits are not alike, the line between them says less than it seems to.
function notAlike({ points }) {
  const told = points.map((point) => [point, [point.unreadable_projects ? `${counted(point.unreadable_projects, "project")} could not be read` : "", differsWords(point.differs)].filter(Boolean)])
    .filter(([, words]) => words.length).map(([point, words]) => h("li", {}, h("b", {}, moment(point.generated_at)), ` ${words.join("; ")}`));
  return told.length ? h("div", { class: "card names" }, h("b", {}, "Not measured alike"), h("ul", { class: "reasons" }, told.slice(-10))) : null;
}

const left = (names) => (names.length ? h("p", { class: "left" }, `Counted before, none seen now: ${few(names.map((name) => (name === null ? "without an owner" : name)), 10)}`) : null);

function coverageTable(by, former, onFilter) {
  const courses = new Map(former ? data.trend[by].map((course) => [course.name, course.percent]) : []);
  const wanted = { project: (name) => ({ project: name }), service_type: (name) => ({ service_type: name }), owner: (name) => ({ only: { words: name === null ? `without the tag ${data.settings.owner_tag}` : `owner ${name}`, has: (service) => service.owner === name } }) }[by];
  const name = (group) => h("button", { type: "button", class: "link", title: "Show these services", on: { click: () => onFilter(wanted(group.name)) } },
    group.name === null ? h("span", { class: "none" }, "no tag ", h("code", {}, data.settings.owner_tag)) : h("b", {}, group.name));
  return makeTable({
    rows: data.coverage[by].filter((group) => group.protectable), pageSize: 10, empty: "Nothing that could be protected.",
    columns: [
      { name: "Name", value: (group) => group.name, cell: name },
      { name: "Protected", class: "number", value: (group) => share(group.protected, group.protectable), cell: (group) => [inPercent(share(group.protected, group.protectable)), h("small", {}, `${number(group.protected)} of ${number(group.protectable)}`)] },
      ...(former ? [{ name: "Over time", class: "course", first: "descending", title: "Percent protected at each audit, and the change since the first", value: (group) => change(courses.get(group.name)), cell: (group) => [courseLine(courses.get(group.name), 100, 22), changeWords(courses.get(group.name))] }] : []),
    ],
  });
}

function courseCard(name, values, note) {
  const now = values[values.length - 1];
  return h("div", { class: "card figure" },
    h("span", { class: "name" }, name), h("span", { class: "value" }, inPercent(now)), h("span", { class: "note" }, note),
    courseLine(values, 260, 48), changeWords(values, " points since the first"));
}

const change = (values) => {
  const known = values.filter((value) => value !== null);
  return known.length > 1 ? Math.round((known[known.length - 1] - known[0]) * 10) / 10 : null;
};

function changeWords(values, of = "") {
  const by = change(values);
  return h("small", { class: by < 0 ? "late" : null, title: "Points since the first audit" }, by === null ? "–" : `${by < 0 ? "−" : by > 0 ? "+" : "±"}${Math.abs(by)}${of}`);
}

// Across as time went, from 0 to 100 %: else a step looks steep that was slow, or large that was small. Where nothing was
// measured, the line has a gap; a dashed line stands where audits are not alike.
function courseLine(values, width, height) {
  const known = values.filter((value) => value !== null);
  const { points } = data.trend, times = points.map((point) => Date.parse(point.generated_at));
  const span = times[times.length - 1] - times[0];
  const x = (index) => (span ? 2 + ((times[index] - times[0]) / span) * (width - 4) : 2 + (index / Math.max(values.length - 1, 1)) * (width - 4));
  const y = (value) => height - 3 - (value / 100) * (height - 6);
  const breaks = points.map((point, index) => (point.differs.length || point.unreadable_projects ? `M${x(index).toFixed(1)} 3V${height - 3}` : "")).join("");
  const line = values.map((value, index) => (value === null ? "" : `${index && values[index - 1] !== null ? "L" : "M"}${x(index).toFixed(1)} ${y(value).toFixed(1)}h0`)).join("");
  const last = values.length - 1, words = known.length ? `From 0 to 100 %: first ${known[0]} %, last ${known[known.length - 1]} %, lowest ${Math.min(...known)} %` : "Nothing measured";
  return s("svg", { class: "lag", viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": words },
    s("title", {}, words), s("path", { class: "rim", d: `M2 ${y(100)}H${width - 2}M2 ${y(0)}H${width - 2}` }),
    breaks ? s("path", { class: "break", d: breaks }) : null, s("path", { class: "line", d: line }),
    values[last] === null ? null : s("circle", { class: "now", cx: x(last), cy: y(values[last]), r: 2.5 }));
}
