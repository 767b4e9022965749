// The data, and the small things that every part of the report uses.

const data = JSON.parse(document.getElementById("data").textContent);

// Elements are built from texts, never from markup: whatever a service is called, it stays a text.
function build(element, properties, children) {
  for (const [key, value] of Object.entries(properties || {})) {
    if (key === "on") for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener);
    else if (value === true) element.setAttribute(key, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(key, value);
  }
  for (const child of children.flat(9)) {
    if (child !== null && child !== undefined && child !== false) element.append(child);
  }
  return element;
}

const h = (tag, properties, ...children) => build(document.createElement(tag), properties, children);
const s = (tag, properties, ...children) =>
  build(document.createElementNS("http://www.w3.org/2000/svg", tag), properties, children);
const section = (id) => document.getElementById(id);

const counted = (count, one, many) => `${number(count)} ${count === 1 ? one : many || one + "s"}`;
const numbers = new Intl.NumberFormat("en");
const number = (value) => numbers.format(value);
const collator = new Intl.Collator("en", { numeric: true });

function duration(seconds) {
  if (seconds === null || seconds === undefined) return "–";
  const days = Math.floor(seconds / 86400), hours = Math.floor(seconds / 3600) % 24, minutes = Math.floor(seconds / 60) % 60;
  if (days) return hours ? `${days} d ${hours} h` : `${days} d`;
  if (hours) return minutes ? `${hours} h ${minutes} min` : `${hours} h`;
  return minutes ? `${minutes} min` : `${Math.floor(seconds)} s`;
}

function bytes(value) {
  if (value === null || value === undefined) return "–";
  const units = ["B", "kB", "MB", "GB", "TB", "PB"];
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) { value /= 1000; unit += 1; }
  return `${value < 10 && unit ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

// All times of an audit are in UTC, and stay so: an auditor's clock is not the fleet's.
const moment = (time) => (time ? `${time.slice(0, 10)} ${time.slice(11, 16)} UTC` : "–");

function percent(part, whole) {
  if (!whole) return "–";
  // Rounded down: 99.96 % is not all.
  const value = Math.floor((part / whole) * 1000) / 10;
  return `${value} %`;
}

// In one piece, however narrow the place: half a region is another region.
const regionName = (name) => h("span", { class: "region" }, name);
const withRegions = (text) => text.split(/([a-z][a-z0-9]*(?:-[a-z0-9]+)+)/).map((part) => (Object.hasOwn(data.clouds, part) ? regionName(part) : part));
const routeNames = (from, to, without) => [regionName(from), " ", h("span", { class: "region" }, "→ ", to || h("span", { class: "none" }, without))];

const chip = (status) => h("span", { class: `chip ${status}` }, status);

function bar(parts, label) {
  const total = parts.reduce((sum, part) => sum + part.count, 0) || 1;
  const svg = s("svg", { class: "bar", viewBox: "0 0 1000 10", preserveAspectRatio: "none", role: "img", "aria-label": label });
  let at = 0;
  for (const part of parts.filter((each) => each.count)) {
    const width = (part.count / total) * 1000;
    svg.append(s("rect", { class: part.name, x: at, y: 0, width: Math.max(width - 1.5, 1), height: 10 },
      s("title", {}, `${part.label || part.name}: ${number(part.count)}`)));
    at += width;
  }
  return svg;
}

function heading(title, ...notes) {
  return h("div", { class: "heading" }, h("h2", {}, title), notes.length ? h("p", {}, ...notes) : null);
}

function figure(name, value, mood, note, action) {
  const inside = [h("span", { class: "name" }, name), h("span", { class: `value ${mood}` }, value), h("span", { class: "note" }, note)];
  return action ? h("button", { type: "button", class: "card figure", on: { click: action } }, inside) : h("div", { class: "card figure" }, inside);
}

function count(items, key) {
  const counts = new Map();
  for (const item of items) counts.set(key(item), (counts.get(key(item)) || 0) + 1);
  return counts;
}
