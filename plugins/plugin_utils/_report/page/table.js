// A table that sorts, filters and pages. Only the rows of one page exist as elements, however many there are.

const PRINTED_ROWS = 2000;

// columns: {name, title?, value(row): to sort by, cell(row): what is shown, class?, first?: "descending"}
// details(row), where given: what opens below a row. key(row): what makes a row itself.
function makeTable({ columns, rows, sortBy, pageSize = 50, details, empty, caption }) {
  const state = { rows, shown: rows, page: 0, pageSize, column: null, descending: false, open: new Set(), printing: false };
  const head = columns.map((column, index) => h("th", { scope: "col", class: column.class },
    h("button", { type: "button", title: column.title, on: { click: () => sort(index) } }, column.name)));
  const body = h("tbody", {});
  const table = h("table", {}, caption ? h("caption", {}, caption) : null, h("thead", {}, h("tr", {}, details ? h("th", { class: "opener" }) : null, head)), body);
  const pager = h("div", { class: "pager" });
  const element = h("div", { class: "table" }, h("div", { class: "scroll", tabindex: 0 }, table), pager);

  function sort(index, descending) {
    const column = columns[index];
    const turn = state.column === index ? !state.descending : column.first === "descending";
    state.descending = descending === undefined ? turn : descending;
    state.column = index;
    order();
    state.page = 0;
    draw();
  }

  function order() {
    if (state.column === null) return;
    const value = columns[state.column].value, sign = state.descending ? -1 : 1;
    // Values are worked out once a row; what has none stays last in both directions.
    const keyed = state.shown.map((row) => [value(row), row]);
    keyed.sort(([a], [b]) => {
      if (a === null || b === null || a === undefined || b === undefined) return (a ?? null) === (b ?? null) ? 0 : (a ?? null) === null ? 1 : -1;
      return sign * (typeof a === "number" && typeof b === "number" ? a - b : collator.compare(a, b));
    });
    state.shown = keyed.map(([, row]) => row);
  }

  function filter(accepts) {
    state.shown = accepts ? state.rows.filter(accepts) : state.rows;
    order();
    state.page = 0;
    draw();
    return state.shown.length;
  }

  function draw() {
    head.forEach((cell, index) => {
      if (state.column === index) cell.setAttribute("aria-sort", state.descending ? "descending" : "ascending");
      else cell.removeAttribute("aria-sort");
    });
    const size = state.printing ? PRINTED_ROWS : state.pageSize, from = state.printing ? 0 : state.page * size;
    const page = state.shown.slice(from, from + size);
    body.replaceChildren(...page.flatMap(rowElements));
    if (!page.length) body.append(h("tr", {}, h("td", { class: "empty", colspan: columns.length + 1 }, empty || "Nothing to show.")));
    drawPager(from, page.length);
  }

  function rowElements(row) {
    const open = state.open.has(row);
    const opener = details && h("td", { class: "opener" }, h("button", {
      type: "button", "aria-expanded": String(open), "aria-label": "Details", on: { click: () => toggle(row) } }));
    const cells = columns.map((column) => h("td", { class: column.class }, column.cell(row)));
    const line = h("tr", { class: open ? "open" : null }, opener, cells);
    if (details) line.addEventListener("click", (event) => { if (!event.target.closest("button, a") && !String(getSelection())) toggle(row); });
    return open ? [line, h("tr", { class: "details" }, h("td", { colspan: columns.length + 1 }, details(row)))] : [line];
  }

  function toggle(row) {
    if (!state.open.delete(row)) state.open.add(row);
    draw();
  }

  function drawPager(from, length) {
    const total = state.shown.length, last = Math.max(0, Math.ceil(total / state.pageSize) - 1);
    const go = (page, label) => h("button", {
      type: "button", disabled: page < 0 || page > last, on: { click: () => { state.page = page; draw(); } } }, label);
    const words = total ? `${number(from + 1)} to ${number(from + length)} of ${number(total)}` : "";
    pager.hidden = total <= state.pageSize && !state.printing;
    pager.replaceChildren(go(state.page - 1, "Previous"), h("span", {}, words), go(state.page + 1, "Next"));
  }

  addEventListener("beforeprint", () => { state.printing = true; draw(); });
  addEventListener("afterprint", () => { state.printing = false; draw(); });
  if (sortBy !== undefined) sort(sortBy, columns[sortBy].first === "descending");
  else draw();
  return { element, filter, open: (row) => { state.open.add(row); draw(); } };
}

// A list to filter by. options: [value, how many services or null, words?]
function makeChoice(all, options, onChange) {
  const select = h("select", { "aria-label": all, on: { change: () => onChange(select.value) } }, h("option", { value: "" }, all),
    options.map(([value, amount, words]) => h("option", { value }, (words || value) + (amount === null ? "" : ` (${number(amount)})`))));
  return select;
}
