// The page: takes files, sends them one after the other, shows what comes back.
import { ask, Refused } from "./ask.js";
import { showCard } from "./card.js";
import { Result } from "./result.js";

const AT_ONCE = 2;

const drop = document.getElementById("drop");
const input = document.getElementById("files");
const notice = document.getElementById("notice");
const results = document.getElementById("results");
const waiting = [];
let running = 0;
let about = null;

input.addEventListener("change", () => {
  take([...input.files]);
  input.value = ""; // the same file may be chosen again
});
for (const kind of ["dragover", "drop"]) {
  // A file that misses the field would replace the page.
  addEventListener(kind, (event) => event.preventDefault());
}
addEventListener("dragover", () => drop.classList.add("over"));
for (const kind of ["dragleave", "drop"]) {
  addEventListener(kind, () => drop.classList.remove("over"));
}
addEventListener("drop", (event) => take([...event.dataTransfer.files]));

start();

async function start() {
  try {
    about = await (await fetch("about")).json();
  } catch {
    notice.textContent = "The server does not answer. Start it again, then reload this page.";
    return;
  }
  const { files, file_mib: size } = about.limits;
  document.getElementById("limits").textContent =
    `Up to ${files} files at once, ${size} MiB each.`;
  showCard(document.getElementById("card-content"), about.card);
}

function take(files) {
  notice.textContent = "";
  const most = about?.limits.files ?? 20;
  if (files.length > most) {
    notice.textContent =
      `${files.length} files are more than ${most} at once: the first ${most} are taken.`;
  }
  // The last comes on top, so the first of a drop is placed last.
  for (const file of files.slice(0, most).reverse()) {
    const result = new Result(file.name, about);
    results.prepend(result.element);
    waiting.unshift({ file, result });
  }
  next();
}

function next() {
  while (running < AT_ONCE && waiting.length) {
    running += 1;
    answer(waiting.shift()).finally(() => {
      running -= 1;
      next();
    });
  }
}

async function answer({ file, result }) {
  if (result.removed) return;
  const most = about?.limits.file_mib;
  if (most && file.size > most * 2 ** 20) {
    result.fail(`The file has ${(file.size / 2 ** 20).toFixed(1)} MiB; at most ${most} are taken.`);
    return;
  }
  try {
    for await (const line of ask(file, result.signal, (text) => result.say(text))) {
      result.add(line);
    }
    result.finish();
  } catch (error) {
    if (result.removed) return;
    result.fail(error instanceof Refused ? error.message : `No answer: ${error.message}`);
  }
}
