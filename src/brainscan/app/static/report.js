// A report on one file: one page with its pictures inside, made here, from what is shown.
import { metricsTable } from "./card.js";
import { draw, viewOf } from "./draw.js";
import { DISCLAIMER, figures, fill, verdict } from "./words.js";

const STYLE = `
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 50rem; padding: 0 1rem; }
h1, h2, figcaption { overflow-wrap: anywhere; }
figure { display: flex; flex-wrap: wrap; gap: 1rem; margin: 1.5rem 0; break-inside: avoid; }
img { background: #000; max-width: 20rem; width: 100%; }
figcaption { flex: 1; min-width: 14rem; }
dl { display: grid; gap: .2rem 1rem; grid-template-columns: max-content 1fr; margin: 0; }
dt { opacity: .7; } dd { margin: 0; }
.disclaimer { border: 2px solid #c0392b; padding: .5rem .75rem; }
table { border-collapse: collapse; } th, td { padding: .2rem 1rem .2rem 0; text-align: left; }
`;

export async function download(result) {
  const page = await report(result);
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([page], { type: "text/html" }));
  link.download = `${result.name.replace(/[^\p{L}\p{N}._-]+/gu, "_").slice(0, 100)}-report.html`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

// Every text is set as text and written out by the browser: no name can become markup.
async function report(result) {
  const { name, about, scan, slices } = result;
  const page = document.implementation.createHTMLDocument(`Report on ${name}`);
  const add = (kind, text, parent = page.body) => {
    const element = page.createElement(kind);
    element.textContent = text;
    parent.append(element);
    return element;
  };
  page.documentElement.lang = "en";
  meta(page, { charset: "utf-8" });
  meta(page, {
    "http-equiv": "Content-Security-Policy",
    content: "default-src 'none'; img-src data:; style-src 'unsafe-inline'",
  });
  meta(page, { name: "viewport", content: "width=device-width" });
  add("h1", `Report on ${name}`);
  add("p", DISCLAIMER).className = "disclaimer";
  add("p", `${result.summary()} · ${new Date().toISOString().slice(0, 10)}`);
  for (const slice of slices) {
    const figure = add("figure", "");
    const image = add("img", "", figure);
    image.alt = `Slice ${slice.number + 1}`;
    image.src = await picture(slice, result.options());
    const caption = add("figcaption", "", figure);
    const title = scan.slices > 1 ? `Slice ${slice.number + 1}: ${verdict(slice)}` : verdict(slice);
    add("h2", title, caption);
    fill(add("dl", "", caption), figures(slice, about));
    for (const warning of slice.warnings ?? []) add("p", `Warning: ${warning}`, caption);
  }
  add("h2", "The model");
  fill(add("dl", ""), about.card.facts);
  page.body.append(metricsTable(about.card.metrics));
  const data = { name, scan, slices: slices.map(({ image, heat, mask, ...facts }) => facts) };
  const details = add("details", "");
  add("summary", "The same as JSON", details);
  add("pre", JSON.stringify({ disclaimer: DISCLAIMER, ...data, card: about.card }, null, 1), details);
  // Put in as text: this page's own policy forbids a style within a document.
  const html = page.documentElement.outerHTML.replace("</head>", `<style>${STYLE}</style></head>`);
  return `<!doctype html>\n${html}\n`;
}

function meta(page, attributes) {
  const element = page.createElement("meta");
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  page.head.prepend(element);
}

async function picture(slice, options) {
  const canvas = document.createElement("canvas");
  draw(canvas, await viewOf(slice), options);
  return canvas.toDataURL("image/png");
}
