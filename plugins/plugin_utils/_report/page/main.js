// Puts the parts together, once, when the file has been read.

function drawTop() {
  section("made").textContent = `Audit of ${moment(data.generated_at)} · ${data.generator}`;
  const unreadable = Object.entries(data.scope.unreadable_projects || {});
  if (unreadable.length) {
    section("overview").append(h("div", { class: "card alarm", role: "alert" },
      h("b", {}, `Not all was seen: ${counted(unreadable.length, "project")} could not be read, and nothing below tells of them.`),
      h("ul", {}, unreadable.map(([project, reason]) => h("li", {}, h("b", {}, project), ` ${reason}`)))));
  }
  const scope = Object.entries(data.scope).filter(([name, value]) => name !== "unreadable_projects" && value !== null && value !== false).map(scopeWords);
  if (scope.length) section("overview").append(h("p", { class: "scope" }, `Scope: ${scope.join("; ")}`));
}

function scopeWords([name, value]) {
  const words = Array.isArray(value) ? value.join(", ") : typeof value === "object" ? Object.entries(value).map((pair) => pair.join(" ")).join(", ") : value;
  return value === true ? name : `${name.replaceAll("_", " ")}: ${words}`;
}

function drawNav() {
  const titles = { overview: "Overview", map: "Map", since: "Since last time", controls: "Controls", services: "Services", run: "Changes", words: "Words" };
  for (const [id, title] of Object.entries(titles)) {
    if (!section(id).hidden) section("nav").append(h("a", { href: `#${id}` }, title));
  }
}

drawTop();
const showServices = (wanted) => filterServices(wanted);
drawOverview(showServices);
drawSince(showServices);
drawMap((route) => showServices({ route }));
drawControls(showServices);
const filterServices = drawServices();
drawRun();
drawWords();
drawNav();
useTheme();
section("print").addEventListener("click", () => print());
document.documentElement.dataset.ready = "true";
