// The model card: plain values in a list and a table.
import { fill } from "./words.js";

export function showCard(parent, card) {
  const list = document.createElement("dl");
  fill(list, card.facts);
  parent.replaceChildren(list);
  if (!card.metrics.length) return;
  const title = document.createElement("h3");
  title.textContent = "On images it had not seen";
  const scroll = document.createElement("div");
  scroll.className = "scroll";
  scroll.append(metricsTable(card.metrics));
  parent.append(title, scroll);
}

export function metricsTable(rows) {
  const table = document.createElement("table");
  const head = table.createTHead().insertRow();
  for (const name of ["Figure", "Value", "95% interval"]) {
    const cell = document.createElement("th");
    cell.scope = "col";
    cell.textContent = name;
    head.append(cell);
  }
  const body = table.createTBody();
  for (const { name, value, interval } of rows) {
    const row = body.insertRow();
    for (const text of [name, value, interval]) row.insertCell().textContent = text;
  }
  return table;
}
