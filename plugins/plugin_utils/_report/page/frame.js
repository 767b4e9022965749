// What is around a report: navigation, what could not be read, light or dark, print.

function drawNav(titles) {
  for (const [id, title] of Object.entries(titles)) {
    if (!section(id).hidden) section("nav").append(h("a", { href: `#${id}` }, title));
  }
}

function drawUnreadable(projects) {
  const unreadable = Object.entries(projects || {});
  if (!unreadable.length) return;
  section("overview").append(h("div", { class: "card alarm", role: "alert" },
    h("b", {}, `Not all was seen: ${counted(unreadable.length, "project")} could not be read, and nothing below tells of them.`),
    h("ul", {}, unreadable.map(([project, reason]) => h("li", {}, h("b", {}, project), ` ${reason}`)))));
}

// Light or dark as the system is, until the button says otherwise.
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
