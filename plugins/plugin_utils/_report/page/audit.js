// The services of an audit, and the words for what was found of them.

const services = data.services.map(asService);
const controls = data.controls;

const STATUSES = {
  protected: "A recent enough backup is in the secondary region.",
  lagging: "The copy is older than its RPO target.",
  paused: "Aiven has paused copying.",
  pending: "A secondary region is set, nothing is there yet.",
  unknown: "The listing did not tell of backups.",
  disabled: "No secondary region is set.",
  unsupported: "No copy can ever be in another region: not of this type, or of what has no backups of its own.",
};
// From what to look at first.
const URGENCY = ["disabled", "paused", "lagging", "pending", "unknown", "protected", "unsupported"];
const RESULTS = {
  pass: "passed",
  fail: "failed",
  excepted: "excepted",
  unknown: "not known",
  not_applicable: "does not apply",
};

function asService(row) {
  const service = { findings: row[row.length - 1] };
  data.shared.forEach((key, i) => { service[key] = row[i] === null ? null : data.texts[row[i]]; });
  data.own.forEach((key, i) => { service[key] = row[data.shared.length + i]; });
  const failed = data.controls.filter((_, index) => findingOf(service, index).result === "fail");
  service.failed = failed.length;
  service.weight = failed.reduce((weight, control) => weight + (control.severity === "error" ? 100 : 1), 0);
  return service;
}

function findingOf(service, index) {
  const [result, message] = data.findings[service.findings[index]];
  return { result, message };
}
