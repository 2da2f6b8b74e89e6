// What the page says, in one place for the screen and the report.
export const DISCLAIMER = "Research use only. No diagnosis: nothing here may decide anything about a patient.";

export function percent(share) {
  const value = 100 * share;
  const digits = value > 1 && value < 99 ? 0 : 1;
  return `${value.toFixed(digits)}%`;
}

export function verdict(slice) {
  if (slice.error) return "No answer";
  return slice.answer === null ? "Can't tell" : `The network says: ${slice.answer}`;
}

export function figures(slice, about) {
  if (slice.error) return [["Reason", slice.error]];
  const rows = slice.scores.map(({ name, probability }) => [
    `Probability of “${name}”`,
    percent(probability) + spread(slice, name),
  ]);
  if (slice.threshold !== null) {
    const side = slice.scores[0].probability > slice.threshold ? "above" : "not above";
    rows.push([
      "By the threshold alone",
      `“${slice.decision}”: ${side} ${percent(slice.threshold)}`,
    ]);
  }
  const set = slice.set.length ? slice.set.map((name) => `“${name}”`).join(" and ") : "none";
  const held = about ? `; such sets hold the right one for ${percent(about.coverage)}` : "";
  rows.push(["Can't be ruled out", set + held]);
  rows.push(["Slice", `${slice.height} × ${slice.width} pixels`]);
  return rows;
}

// The interval is of the class that is shown: of two the second, of several the decision.
function spread({ scores, decision, interval }, name) {
  if (!interval || (scores.length > 1 && name !== decision)) return "";
  const [low, high] = interval.map(percent);
  return ` (${low} to ${high} by its calibration alone)`;
}

export function describe(name, slice) {
  const parts = [`${name}: ${verdict(slice)}.`];
  for (const [term, value] of figures(slice, null)) parts.push(`${term}: ${value}.`);
  return parts.join(" ");
}

export function fill(list, rows) {
  list.replaceChildren(
    ...rows.flatMap(([term, value]) => {
      const name = document.createElement("dt");
      const text = document.createElement("dd");
      name.textContent = term;
      text.textContent = value;
      return [name, text];
    }),
  );
}
