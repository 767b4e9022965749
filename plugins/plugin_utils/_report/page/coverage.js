// How much is covered, by project, type and owner, and how that went over former audits.

const PARTS = { project: "By project", service_type: "By type", owner: "By owner" };

function drawCoverage(onFilter) {
  const shown = Object.keys(PARTS).filter((by) => data.coverage[by].length);
  if (!shown.length) return;
  const { score, trend } = data;
  const former = trend ? trend.points.length - 1 : 0;
  const past = former ? `, and over ${counted(former, "former audit")} since ${moment(trend.points[0].generated_at)}` : "";
  section("coverage").append(
    heading("Coverage", `How many of the services that can be protected are${past}.`),
    ...(former ? [h("div", { class: "figures courses" },
      courseCard("Score", trend.points.map((point) => point.score), `${number(score.passed)} of ${number(score.counted)} results of controls passed`),
      courseCard("Protected", trend.points.map((point) => share(point.protected, point.protectable)), `${number(data.headline.protected)} of ${counted(data.headline.protectable, "service")}`))] : []),
    h("div", { class: "pair" }, shown.map((by) => h("div", { class: "card" }, h("h3", {}, PARTS[by]), coverageTable(by, former, onFilter).element))));
  section("coverage").hidden = false;
}

// As the audit has it: rounded down, so that only all is 100.
const share = (part, whole) => (whole ? Math.floor((part * 1000) / whole) / 10 : null);
const inPercent = (value) => (value === null ? "–" : `${value} %`);

function coverageTable(by, former, onFilter) {
  const courses = new Map(former ? data.trend[by].map((course) => [course.name, course.percent]) : []);
  const wanted = { project: (name) => ({ project: name }), service_type: (name) => ({ service_type: name }), owner: (name) => ({ text: `${data.settings.owner_tag}:${name}` }) }[by];
  const name = (group) => (group.name === null
    ? h("span", { class: "none" }, "no tag ", h("code", {}, data.settings.owner_tag))
    : h("button", { type: "button", class: "link", title: "Show these services", on: { click: () => onFilter(wanted(group.name)) } }, h("b", {}, group.name)));
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

// Where nothing was measured, the line has a gap.
function courseLine(values, width, height) {
  const known = values.filter((value) => value !== null);
  const low = Math.max(0, Math.floor(Math.min(...known, 100) / 10) * 10 - 10);
  const x = (index) => (values.length > 1 ? 2 + (index / (values.length - 1)) * (width - 4) : width / 2);
  const y = (value) => height - 3 - ((value - low) / (100 - low)) * (height - 6);
  const line = values.map((value, index) => (value === null ? "" : `${index && values[index - 1] !== null ? "L" : "M"}${x(index).toFixed(1)} ${y(value).toFixed(1)}h0`)).join("");
  const last = values.length - 1, words = known.length ? `From ${known[0]} % to ${known[known.length - 1]} %, lowest ${Math.min(...known)} %` : "Nothing measured";
  return s("svg", { class: "lag", viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": words },
    s("title", {}, words), s("path", { class: "line", d: line }),
    values[last] === null ? null : s("circle", { class: "now", cx: x(last), cy: y(values[last]), r: 2.5 }));
}
