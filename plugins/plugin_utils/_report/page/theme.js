// Light or dark: as the system is, until the button says otherwise.

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
