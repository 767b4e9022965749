// The world map: regions as dots, arcs from primary to secondary region, as thick as there are services.

// Natural Earth projection, as tools/land.py has it: 2000 wide, northern edge at 84 degrees.
const WORLD = { x: 0, y: 0, width: 2000, height: 876 };
const MAP_SCALE = 1000 / (Math.PI * 0.8707);
const naturalY = (latitude) => {
  const phi = (latitude * Math.PI) / 180, q = phi * phi;
  return phi * (1.007226 + 0.015085 * q - 0.044475 * q ** 3 + 0.028874 * q ** 4 - 0.005916 * q ** 5);
};

function project({ latitude, longitude }) {
  const q = ((latitude * Math.PI) / 180) ** 2;
  const stretch = 0.8707 - 0.131979 * q - 0.013791 * q ** 2 + 0.003971 * q ** 5 - 0.001529 * q ** 6;
  return { x: 1000 + MAP_SCALE * ((longitude * Math.PI) / 180) * stretch, y: MAP_SCALE * (naturalY(84) - naturalY(latitude)) };
}

const placed = (name) => Boolean(name) && data.clouds[name] !== undefined && data.clouds[name].latitude !== null;

function kilometres(one, other) {
  if (!placed(one) || !placed(other)) return null;
  const [a, b] = [data.clouds[one], data.clouds[other]], rad = Math.PI / 180;
  const half = Math.sin(((b.latitude - a.latitude) * rad) / 2) ** 2
    + Math.cos(a.latitude * rad) * Math.cos(b.latitude * rad) * Math.sin(((b.longitude - a.longitude) * rad) / 2) ** 2;
  return 2 * 6371.0088 * Math.asin(Math.sqrt(Math.min(1, half)));
}

function findRoutes() {
  const routes = new Map();
  for (const service of services) {
    if (service.protection === "unsupported") continue;
    const key = `${service.primary_region}\n${service.secondary_region || ""}`;
    if (!routes.has(key)) routes.set(key, { key, from: service.primary_region, to: service.secondary_region, services: 0, protected: 0, rpo: null, exact: true });
    const route = routes.get(key);
    route.services += 1;
    route.protected += service.protection === "protected";
    if (service.rpo_seconds !== null && service.rpo_seconds >= (route.rpo || 0)) route.exact = service.rpo_exact;
    if (service.rpo_seconds !== null) route.rpo = Math.max(route.rpo || 0, service.rpo_seconds);
  }
  for (const route of routes.values()) route.distance = route.to ? kilometres(route.from, route.to) : null;
  return [...routes.values()];
}

const routeOf = (service) => `${service.primary_region}\n${service.secondary_region || ""}`;
const routeWords = (route) => `${route.from} to ${route.to || "nowhere"}: ${counted(route.services, "service")}, ${number(route.protected)} protected`
  + (route.distance === null ? "" : `, ${number(Math.round(route.distance))} km`);

function drawMap(onRoute) {
  const routes = findRoutes();
  if (!routes.length) return;
  const places = findPlaces(routes);
  const svg = s("svg", { class: "world", role: "img", "aria-label": "World map of primary and secondary regions; the table beside it says the same." });
  const overlay = s("g", {});
  svg.append(s("use", { href: "#land", class: "land" }), overlay);
  const view = { ...WORLD };

  function show(next) {
    const width = Math.min(Math.max(next.width, 120), WORLD.width), height = width * ratioOf(svg);
    const center = { x: next.x + next.width / 2, y: next.y + next.height / 2 };
    view.width = width;
    view.height = height;
    view.x = Math.min(Math.max(center.x - width / 2, 0), WORLD.width - width);
    // On a narrow screen the map is higher than the world is: then there is sea above and below.
    view.y = height > WORLD.height ? (WORLD.height - height) / 2 : Math.min(Math.max(center.y - height / 2, 0), WORLD.height - height);
    svg.setAttribute("viewBox", `${view.x} ${view.y} ${view.width} ${view.height}`);
    drawOverlay(overlay, routes, places, view, svg.clientWidth || 900, onRoute);
  }

  const zoom = (factor) => show({ x: view.x + (view.width * (1 - factor)) / 2, y: view.y + (view.height * (1 - factor)) / 2, width: view.width * factor, height: view.height * factor });
  const button = (label, title, action) => h("button", { type: "button", title, "aria-label": title, on: { click: action } }, label);
  const tools = h("div", { class: "zoom" }, button("+", "Closer", () => zoom(0.6)), button("−", "Further", () => zoom(1 / 0.6)),
    button("Fleet", "Show the regions in use", () => show(around(places, ratioOf(svg)))), button("World", "Show the whole world", () => show(WORLD)));
  drag(svg, view, show);
  const unplaced = [...new Set(routes.flatMap((route) => [route.from, route.to]))].filter((name) => name && !placed(name)).sort();
  section("map").append(
    heading("Where the copies are", "Dots are primary regions, rings are secondary regions; arcs are as thick as there are services. Red: not all of them protected."),
    h("div", { class: "card" },
      h("figure", {}, tools, svg,
        unplaced.length ? h("figcaption", {}, "Not on the map, as their coordinates are not known: ", unplaced.map((name, index) => [index ? ", " : "", regionName(name)]), ".") : null),
      routeTable(routes, onRoute).element));
  section("map").hidden = false;
  show(around(places, ratioOf(svg)));
  let width = 0;
  new ResizeObserver(() => { if (svg.clientWidth !== width) { width = svg.clientWidth; show(view); } }).observe(svg);
}

function findPlaces(routes) {
  const places = new Map();
  const place = (name) => {
    if (!places.has(name)) places.set(name, { name, ...project(data.clouds[name]), primary: 0, secondary: 0, bare: 0 });
    return places.get(name);
  };
  for (const route of routes) {
    if (placed(route.from)) {
      place(route.from).primary += route.services;
      if (!route.to) place(route.from).bare += route.services;
    }
    if (placed(route.to)) place(route.to).secondary += route.services;
  }
  return places;
}

const ratioOf = (svg) => (svg.clientWidth ? svg.clientHeight / svg.clientWidth : WORLD.height / WORLD.width);

function around(places, ratio) {
  const points = [...places.values()];
  if (!points.length) return WORLD;
  const xs = points.map((point) => point.x), ys = points.map((point) => point.y);
  const left = Math.min(...xs), right = Math.max(...xs), top = Math.min(...ys), bottom = Math.max(...ys);
  const width = Math.max((right - left) * 1.3, ((bottom - top) * 1.5) / ratio, 260), height = width * ratio;
  return { x: (left + right) / 2 - width / 2, y: (top + bottom) / 2 - height / 2, width, height };
}

function drawOverlay(overlay, routes, places, view, pixels, onRoute) {
  const unit = view.width / pixels;
  const arcs = routes.filter((route) => placed(route.from) && placed(route.to) && route.from !== route.to);
  const most = Math.max(1, ...routes.map((route) => route.services));
  arcs.sort((a, b) => b.services - a.services);
  overlay.replaceChildren(
    ...arcs.flatMap((route) => arcElements(route, places, unit, most, onRoute)),
    ...[...places.values()].map((place) => dot(place, unit, most)),
    ...labels([...places.values()], view, unit, most));
}

function arcElements(route, places, unit, most, onRoute) {
  const from = places.get(route.from), to = places.get(route.to);
  // The short way over the Pacific leaves the map at one edge and comes back at the other.
  const turn = Math.abs(to.x - from.x) <= WORLD.width / 2 ? 0 : to.x > from.x ? -WORLD.width : WORLD.width;
  const ways = turn ? [[from, { x: to.x + turn, y: to.y }], [{ x: from.x - turn, y: from.y }, to]] : [[from, to]];
  const width = (1.2 + 4.5 * Math.sqrt(route.services / most)) * unit;
  return ways.map(([a, b]) => {
    const bend = 0.22, dx = b.x - a.x, dy = b.y - a.y;
    const middle = { x: (a.x + b.x) / 2 + dy * bend, y: (a.y + b.y) / 2 - dx * bend };
    const length = Math.hypot(b.x - middle.x, b.y - middle.y) || 1;
    const along = { x: (b.x - middle.x) / length, y: (b.y - middle.y) / length };
    const tip = { x: b.x - along.x * 6 * unit, y: b.y - along.y * 6 * unit }, size = width + 3 * unit;
    const base = { x: tip.x - along.x * size * 1.3, y: tip.y - along.y * size * 1.3 };
    const head = `M${tip.x} ${tip.y}L${base.x - along.y * size * 0.6} ${base.y + along.x * size * 0.6}L${base.x + along.y * size * 0.6} ${base.y - along.x * size * 0.6}Z`;
    return s("g", { class: route.protected === route.services ? "arc" : "arc broken", on: { click: () => onRoute(route) } },
      s("title", {}, routeWords(route)),
      s("path", { class: "line", d: `M${a.x} ${a.y}Q${middle.x} ${middle.y} ${base.x} ${base.y}`, "stroke-width": width }),
      s("path", { class: "head", d: head }));
  });
}

const radius = (place, unit, most) => (3 + 7 * Math.sqrt(Math.min(1, place.primary / most))) * unit;

function dot(place, unit, most) {
  const size = radius(place, unit, most), around = 2 * Math.PI * (size + 1.5 * unit);
  return s("g", { class: "place" },
    s("title", {}, `${place.name}: primary region of ${counted(place.primary, "service")}, ${number(place.bare)} of them without a secondary region; secondary region of ${number(place.secondary)}`),
    place.secondary ? s("circle", { class: "ring", cx: place.x, cy: place.y, r: size + 4 * unit, "stroke-width": 1.6 * unit }) : null,
    place.primary ? s("circle", { class: "dot", cx: place.x, cy: place.y, r: size }) : s("circle", { class: "hole", cx: place.x, cy: place.y, r: 2 * unit }),
    place.bare ? s("circle", { class: "bare", cx: place.x, cy: place.y, r: size + 1.5 * unit, "stroke-width": 3 * unit, "stroke-dasharray": `${(around * place.bare) / place.primary} ${around}`, transform: `rotate(-90 ${place.x} ${place.y})` }) : null);
}

// How wide a name is, in its height.
const ruler = document.createElement("canvas").getContext("2d");
const widths = new Map();
function widthOf(name) {
  if (!widths.has(name)) {
    ruler.font = `600 100px ${getComputedStyle(document.documentElement).fontFamily}`;
    widths.set(name, ruler.measureText(name).width / 100);
  }
  return widths.get(name);
}

// A name where it covers no other and no dot: the regions with most services first.
function labels(places, view, unit, most) {
  const shown = [], size = 11 * unit;
  const taken = places.map((place) => {
    const r = radius(place, unit, most) + (place.secondary ? 5 * unit : 0);
    return { x: place.x - r, y: place.y - r, width: 2 * r, height: 2 * r };
  });
  places.sort((a, b) => b.primary + b.secondary - a.primary - a.secondary);
  const clear = (box) => box.x > view.x && box.x + box.width < view.x + view.width && taken.every((other) =>
    box.x + box.width < other.x || other.x + other.width < box.x || box.y + box.height < other.y || other.y + other.height < box.y);
  for (const place of places) {
    const width = widthOf(place.name) * size, away = radius(place, unit, most) + 7 * unit;
    const box = [
      { x: place.x + away, y: place.y - size / 2 }, { x: place.x - away - width, y: place.y - size / 2 },
      { x: place.x - width / 2, y: place.y + away }, { x: place.x - width / 2, y: place.y - away - size },
    ].map((corner) => ({ ...corner, width, height: size })).find(clear);
    if (!box) continue;
    taken.push(box);
    shown.push(s("text", { class: "label", x: box.x, y: box.y + size * 0.85, "font-size": size, "stroke-width": 3 * unit }, place.name));
  }
  return shown;
}

function drag(svg, view, show) {
  let from = null;
  svg.addEventListener("pointerdown", (event) => { from = { x: event.clientX, y: event.clientY, view: { ...view } }; });
  addEventListener("pointerup", () => { from = null; });
  svg.addEventListener("pointermove", (event) => {
    if (!from) return;
    const unit = view.width / (svg.clientWidth || 900);
    show({ ...from.view, x: from.view.x - (event.clientX - from.x) * unit, y: from.view.y - (event.clientY - from.y) * unit });
  });
}

function routeTable(routes, onRoute) {
  return makeTable({
    caption: "Routes from primary to secondary region",
    rows: routes, sortBy: 1, pageSize: 8,
    columns: [
      { name: "Route", value: (route) => `${route.from} ${route.to || ""}`, cell: (route) => h("button", { type: "button", class: "link", title: "Show these services", on: { click: () => onRoute(route) } },
        routeNames(route.from, route.to, "no secondary region")) },
      { name: "Services", class: "number", first: "descending", value: (route) => route.services, cell: (route) => number(route.services) },
      { name: "Protected", class: "number", first: "descending", value: (route) => route.protected / route.services, cell: (route) => percent(route.protected, route.services) },
      { name: "km", class: "number", first: "descending", value: (route) => route.distance, cell: (route) => (route.distance === null ? "–" : number(Math.round(route.distance))) },
      { name: "Worst RPO", class: "number", first: "descending", value: (route) => route.rpo, cell: (route) => (route.rpo === null || route.exact ? "" : "≤ ") + duration(route.rpo) },
    ],
  });
}
