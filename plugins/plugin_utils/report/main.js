// Puts the parts together, once, when the file has been read.

function drawTop() {
  section("made").textContent = `Audit of ${moment(data.generated_at)} · ${data.generator}`;
  const scope = Object.entries(data.scope).map(([name, value]) => `${name}: ${Array.isArray(value) ? value.join(", ") : typeof value === "object" ? JSON.stringify(value) : value}`);
  if (scope.length) section("overview").append(h("p", { class: "scope" }, `Scope: ${scope.join("; ")}`));
}

function drawNav() {
  const titles = { overview: "Overview", map: "Map", since: "Since last time", controls: "Controls", services: "Services", run: "Changes", words: "Words" };
  for (const [id, title] of Object.entries(titles)) {
    if (!section(id).hidden) section("nav").append(h("a", { href: `#${id}` }, title));
  }
}

function useTheme() {
  const button = section("theme"), dark = matchMedia("(prefers-color-scheme: dark)");
  let chosen = null;
  const isDark = () => (chosen === null ? dark.matches : chosen === "dark");
  const show = () => {
    if (chosen) document.documentElement.dataset.theme = chosen;
    button.textContent = isDark() ? "Light" : "Dark";
  };
  button.addEventListener("click", () => { chosen = isDark() ? "light" : "dark"; show(); });
  dark.addEventListener("change", show);
  show();
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
