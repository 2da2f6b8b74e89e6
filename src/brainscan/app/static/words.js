// What the page says, in one place for the screen and the report.
export const DISCLAIMER = "Research use only. No diagnosis: nothing here may decide anything about a patient.";

export function percent(share) {
  const value = 100 * share;
  const digits = value > 1 && value < 99 ? 0 : 1;
  return `${value.toFixed(digits)}%`;
}

export function verdict(slice) {
  if (slice.error) return "No answer";
  return slice.answer ?? "Can't tell";
}

export function figures(slice, about) {
  if (slice.error) return [["Reason", slice.error]];
  const rows = slice.scores.map(({ name, probability }) => [
    `Probability of “${name}”`,
    percent(probability),
  ]);
  if (slice.interval) {
    const [low, high] = slice.interval;
    rows.push(["95% interval", `${percent(low)} to ${percent(high)}`]);
  }
  if (slice.decision !== null && slice.threshold !== null) {
    rows.push(["By the threshold alone", `“${slice.decision}” (from ${percent(slice.threshold)})`]);
  }
  const set = slice.set.length ? slice.set.map((name) => `“${name}”`).join(", ") : "none";
  const coverage = about?.coverage ? ` (holds the right one in ${percent(about.coverage)})` : "";
  rows.push([`Can't be ruled out${coverage}`, set]);
  rows.push(["Slice", `${slice.height} × ${slice.width} pixels`]);
  return rows;
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
