// What to do now: failing services by what mends them, the worst first.

function drawTodo(onShow) {
  for (const remedy of data.remedies) remedy.members = new Set(remedy.services.map((place) => services[place]));
  const failing = data.headline.services_failing;
  const rest = Object.keys(data.scope.unreadable_projects || {}).length ? " of what could be read" : "";
  if (!failing) {
    const words = services.length ? `Nothing: no control fails for ${counted(services.length, "service")}${rest}.` : `Nothing: there is no service${rest}.`;
    section("todo").append(heading("What to do now"), h("div", { class: "card" }, h("p", { class: services.length ? "nothing" : null }, words)));
    return;
  }
  section("todo").append(
    heading("What to do now", `${counted(failing, "service fails", "services fail")} a control${rest}. By what mends them, the worst first.`),
    h("ol", { class: "card todo" }, data.remedies.map((remedy) => h("li", { class: remedy.severity },
      h("div", { class: "todo-head" }, h("h3", {}, remedy.title),
        h("button", { type: "button", class: "link", title: "Show these services", on: { click: () => onShow(remedy) } }, counted(remedy.services.length, "service")),
        h("span", { class: `severity ${remedy.severity}` }, remedy.severity)),
      h("p", {}, remedy.advice),
      remedy.reasons.length ? h("ul", { class: "reasons" }, remedy.reasons.map((reason) => h("li", {}, withRegions(reason)))) : null,
      remedy.variables ? step("In group_vars or host_vars", remedy.variables) : null,
      remedy.command ? step(remedy.variables ? "Then run" : "Run", remedy.command) : null))));
}

function step(label, text) {
  const code = h("code", {}, text);
  const button = h("button", { type: "button", class: "copy", "aria-label": `Copy: ${label}`, on: { click: async () => {
    button.textContent = (await copy(text)) ? "Copied" : "Press Ctrl+C";
    if (button.textContent !== "Copied") getSelection().selectAllChildren(code);
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  } } }, "Copy");
  return h("figure", { class: "step" }, h("figcaption", {}, label), button, h("pre", { tabindex: 0 }, code));
}

// A page opened as a file has no clipboard of its own in some browsers; there the old way still works.
async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = h("textarea", { class: "off", "aria-hidden": "true" });
    area.value = text;
    document.body.append(area);
    area.select();
    const copied = document.execCommand("copy");
    area.remove();
    return copied;
  }
}
