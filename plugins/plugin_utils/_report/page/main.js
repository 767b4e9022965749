// Puts the parts together, once, when the file has been read.

function drawTop() {
  section("made").textContent = `Audit of ${moment(data.generated_at)} · ${data.generator}`;
  drawUnreadable(data.scope.unreadable_projects);
  const scope = Object.entries(data.scope).filter(([name, value]) => name !== "unreadable_projects" && value !== null && value !== false).map(scopeWords);
  section("figures").append(h("p", { class: "scope" }, `Audit ${data.name}` + (scope.length ? `. Scope: ${scope.join("; ")}` : "")));
}

function scopeWords([name, value]) {
  const words = Array.isArray(value) ? value.join(", ") : typeof value === "object" ? Object.entries(value).map((pair) => pair.join(" ")).join(", ") : value;
  return value === true ? name : `${name.replaceAll("_", " ")}: ${words}`;
}

drawTop();
const showServices = (wanted) => filterServices(wanted);
drawOverview(showServices);
drawTodo((remedy) => showServices({ remedy }));
drawSince(showServices);
drawMap((route) => showServices({ route }));
drawCoverage(showServices);
drawControls(showServices);
drawClauses(showServices);
const filterServices = drawServices();
drawRun();
drawWords();
drawNav({ overview: "Overview", todo: "What to do", map: "Map", since: "Since last time", coverage: "Coverage", controls: "Controls", clauses: "Clauses", services: "Services", run: "Changes", words: "Words" });
useTheme();
section("print").addEventListener("click", () => print());
document.documentElement.dataset.ready = "true";
