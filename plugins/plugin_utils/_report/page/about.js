// What an auditor asks first: what was looked at, when, by whom, by which version and against what; and what was not seen.

const days = (value) => counted(value, "day");
// What can be asked of services, by its key in the settings: its name, and the words for a value.
const ASKED = {
  max_interval_seconds: ["Time between backups, at most", duration],
  min_retention_seconds: ["Backups kept, at least", duration],
  drill_max_age_days: ["Age of the last verified drill, at most", days],
  drill_rto_target_seconds: ["Time that a drill takes, at most", duration],
  deletion_protection: ["Termination protection", () => "on"],
  key_tag: ["Tag of who holds a key", String],
  owner_tag: ["Tag of whose a service is", String],
};
const few = (names, most = 30) => names.slice(0, most).join(", ") + (names.length > most ? ` and ${number(names.length - most)} more` : "");
const differsWords = (keys) => keys.map((key) => (key === "generator" ? "made by another version" : `asked otherwise: ${(ASKED[key] || [key])[0]}`)).join("; ");

function drawAbout() {
  section("about").append(
    heading("What this audit is", "What was looked at, against what, and what was not seen."),
    h("div", { class: "card pair about" },
      facts([["Audit", data.name], ["Made", madeWords()], ...scopeFacts()]),
      facts([["RPO, at most", rpoTargets()], ...Object.keys(ASKED).map((key) => [ASKED[key][0], asked(key)])]),
      h("div", {}, h("h3", {}, "Not seen"), notSeen())));
}

const facts = (pairs) => h("dl", {}, pairs.map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]));
const madeWords = () => `${data.generated_at.slice(0, 10)} ${data.generated_at.slice(11, 19)} UTC by the API's clock`
  + (data.by ? `, by ${data.by.user} on ${data.by.host}` : "") + `, with ${data.generator}`;

function scopeFacts() {
  const { scope } = data, found = [["Projects", scope.projects && scope.projects.length ? few(scope.projects) : "none"]];
  const size = scope.hosts_in_inventory;
  found.push(["Services", `${number(services.length)} looked at` + (size === null || size === undefined ? "" : `, of ${number(size)} in the inventory`)]);
  if (scope.limit) found.push(["Limit", scope.limit]);
  if (scope.limits) found.push(["Merged of audits with the limits", few(scope.limits)]);
  if (scope.services) found.push(["Only names like", few(scope.services)]);
  if (scope.service_types) found.push(["Only types", few(scope.service_types)]);
  if (scope.tags) found.push(["Only tags", few(Object.entries(scope.tags).map((pair) => pair.join(": ")))]);
  found.push(["Restore points", scope.exact ? "asked for exactly" : "from listings: for types with point-in-time recovery an upper bound of the RPO"]);
  return found;
}

function asked(key) {
  const { settings } = data;
  if (settings.differing.includes(key)) return "differs between services";
  return settings[key] === null || settings[key] === false ? h("span", { class: "zero" }, "not asked for") : ASKED[key][1](settings[key]);
}

function rpoTargets() {
  let least = Infinity, most = 0;
  for (const { rpo_target_seconds } of services) { least = Math.min(least, rpo_target_seconds); most = Math.max(most, rpo_target_seconds); }
  if (!services.length) return "–";
  return least === most ? duration(least) : `from ${duration(least)} to ${duration(most)}, by service`;
}

function notSeen() {
  const { scope } = data, found = [];
  const unread = Object.keys(scope.unreadable_projects || {}), missing = (scope.hosts_in_inventory || 0) - scope.hosts;
  if (unread.length) found.push(`${counted(unread.length, "project")} that could not be read: ${few(unread)}`);
  if (missing > 0) found.push(`${counted(missing, "service")} of the inventory` + (scope.limit ? `, by the limit ${scope.limit}` : ""));
  const types = Object.entries(scope.left_out || {});
  if (types.length) found.push(`${counted(types.reduce((sum, [, count]) => sum + count, 0), "service")} that the filters left out: ${few(types.map(([type, count]) => `${number(count)} ${type}`))}`);
  if (scope.gone && scope.gone.length) found.push(`${counted(scope.gone.length, "service")} of the inventory, not there any more: ${few(scope.gone)}`);
  for (const mistake of scope.mistakes || []) found.push(mistake);
  if (scope.limits) found.push("what none of the merged audits looked at");
  found.push("projects that the token of the audit does not see");
  return h("ul", { class: "reasons" }, found.map((text) => h("li", {}, text)));
}
