// One file's answer on the page: its slices, sliders, and figures.
import { draw, viewOf } from "./draw.js";
import { download } from "./report.js";
import { describe, figures, fill, percent, verdict } from "./words.js";

const FORMATS = {
  bmp: "BMP", dicom: "DICOM", jpeg: "JPEG", nifti: "NIfTI", png: "PNG", tiff: "TIFF", webp: "WebP",
};

export class Result {
  constructor(name, about) {
    this.name = name;
    this.about = about;
    this.scan = null;
    this.slices = [];
    this.removed = false;
    this.stop = new AbortController();
    const template = document.getElementById("result");
    this.element = template.content.firstElementChild.cloneNode(true);
    this.find(".name").textContent = name;
    this.find("button.remove").setAttribute("aria-label", `Remove ${name}`);
    this.find("button.report").setAttribute("aria-label", `Download the report on ${name}`);
    this.say("Waiting …");
    this.listen();
  }

  get signal() {
    return this.stop.signal;
  }

  find(selector) {
    return this.element.querySelector(selector);
  }

  listen() {
    this.find("button.remove").addEventListener("click", () => {
      this.removed = true;
      this.stop.abort();
      const next = this.element.nextElementSibling?.querySelector("button.remove");
      this.element.remove();
      (next ?? document.getElementById("files")).focus();
    });
    this.find("button.report").addEventListener("click", () => download(this));
    this.find(".slice").addEventListener("input", () => this.show());
    for (const selector of [".opacity", ".show-crop", ".show-mask"]) {
      this.find(selector).addEventListener("input", () => this.paint());
    }
  }

  say(text) {
    this.find(".status").textContent = text;
  }

  fail(message) {
    this.say(message);
    this.find(".status").classList.add("failed");
    this.element.classList.add("ended");
  }

  add(line) {
    if (line.kind === "scan") {
      this.scan = line;
      this.say("Answering …");
      return;
    }
    this.slices.push(line);
    const total = this.scan.shown;
    if (total > 1) {
      this.say(`Slice ${this.slices.length} of ${total} …`);
      this.find(".slices").hidden = false;
      this.find(".slice").max = this.slices.length - 1;
      this.addBar(line);
    }
    if (this.slices.length === 1) this.show();
  }

  finish() {
    this.say(this.summary());
    this.find("button.report").hidden = false;
    this.element.classList.add("ended");
    if (this.slices.length > 1) {
      // Where there are many, the one that stands out is looked at first.
      this.find(".slice").value = this.highest();
      this.show();
    }
  }

  summary() {
    const { format, plane, slices, shown, spacing_mm: spacing } = this.scan;
    const parts = [FORMATS[format] ?? format];
    if (plane) parts.push(plane);
    if (spacing) parts.push(`${spacing.slice(0, 2).map((mm) => mm.toFixed(2)).join(" × ")} mm`);
    if (slices > 1) {
      parts.push(shown < slices ? `${shown} of ${slices} slices, spread evenly` : `${slices} slices`);
      parts.push("each is answered by itself, not the volume");
    }
    return parts.join(" · ");
  }

  highest() {
    const level = (slice) => slice.scores?.at(-1).probability ?? -1;
    const levels = this.slices.map(level);
    return levels.indexOf(Math.max(...levels));
  }

  addBar(slice) {
    const bar = document.createElement("span");
    if (slice.error) bar.classList.add("failed");
    else bar.style.height = percent(slice.scores.at(-1).probability);
    this.find(".bars").append(bar);
  }

  get current() {
    return this.slices[Number(this.find(".slice").value)] ?? this.slices[0];
  }

  async show() {
    const slice = this.current;
    this.find(".body").hidden = false;
    this.find(".number").textContent = `${slice.number + 1} of ${this.scan.slices}`;
    const at = this.slices.indexOf(slice);
    [...this.find(".bars").children].forEach((bar, i) => bar.classList.toggle("now", i === at));
    this.find(".slice").setAttribute("aria-valuetext", `Slice ${slice.number + 1}: ${verdict(slice)}`);
    this.find(".verdict").textContent = verdict(slice);
    fill(this.find(".figures"), figures(slice, this.about));
    this.warn(slice.warnings ?? []);
    this.scale(slice);
    this.find("canvas").setAttribute("aria-label", describe(this.name, slice));
    this.find(".heat-control").hidden = !slice.heat;
    this.find(".crop-control").hidden = !slice.box;
    this.find(".mask-control").hidden = !slice.mask;
    const view = await viewOf(slice);
    if (slice !== this.current) return; // another was asked for meanwhile
    this.view = view;
    this.paint();
  }

  warn(warnings) {
    this.find(".warnings").replaceChildren(
      ...warnings.map((text) => {
        const item = document.createElement("li");
        item.textContent = text;
        return item;
      }),
    );
  }

  scale(slice) {
    const two = !slice.error && slice.scores.length === 1;
    this.find(".scale").hidden = !two;
    if (!two) return;
    const { probability } = slice.scores[0];
    this.find(".mark").style.left = `${100 * probability}%`;
    this.find(".threshold").hidden = slice.threshold === null;
    this.find(".threshold").style.left = `${100 * (slice.threshold ?? 0)}%`;
    this.find(".at").textContent = `probability of “${slice.scores[0].name}”`;
  }

  paint() {
    const share = Number(this.find(".opacity").value) / 100;
    this.find(".opacity").setAttribute("aria-valuetext", percent(share));
    this.find(".percent").textContent = `${Math.round(100 * share)}%`;
    if (this.view) draw(this.find("canvas"), this.view, this.options());
  }

  options() {
    return {
      opacity: Number(this.find(".opacity").value) / 100,
      crop: this.find(".show-crop").checked,
      mask: this.find(".show-mask").checked,
    };
  }
}
