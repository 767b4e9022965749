// Puts the parts together, once, when the file has been read.

function drawTop() {
  section("made").textContent = `Audit of ${moment(data.generated_at)} · ${data.generator}`;
  drawUnreadable(data.scope.unreadable_projects);
}

drawTop();
const showServices = (wanted) => filterServices(wanted);
drawOverview(showServices);
drawAbout();
drawTodo((remedy) => showServices({ remedy }));
drawSince(showServices);
drawMap((route) => showServices({ route }));
drawCoverage(showServices);
drawControls(showServices);
drawClauses(showServices);
drawDrills(showServices);
const filterServices = drawServices();
drawRun();
drawWords();
drawNav({ overview: "Overview", todo: "What to do", about: "Scope", map: "Map", since: "Since last time", coverage: "Coverage", controls: "Controls", clauses: "Clauses", drills: "Drills", services: "Services", run: "Changes", words: "Words" });
useTheme();
section("print").addEventListener("click", () => print());
document.documentElement.dataset.ready = "true";
