// Send one file, without its name, and yield the lines of the answer as they come.
const TRIES = 60;

export class Refused extends Error {}

export async function* ask(file, signal, say) {
  const response = await send(file, signal, say);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  let last = null;
  for (;;) {
    const { value, done } = await reader.read();
    if (done) break;
    text += value;
    const lines = text.split("\n");
    text = lines.pop();
    for (const line of lines) {
      last = JSON.parse(line);
      if (last.kind === "error") throw new Refused(last.error);
      if (last.kind !== "end") yield last;
    }
  }
  if (last?.kind !== "end") throw new Error("the answer broke off. Try again.");
}

async function send(file, signal, say) {
  say("Sending …");
  for (let tries = 1; ; tries += 1) {
    let response = null;
    try {
      response = await fetch("answer", {
        method: "POST",
        headers: { "Content-Type": "application/octet-stream" },
        body: file,
        signal,
      });
    } catch (error) {
      // A server that is full may cut the connection before its answer is read.
      if (signal.aborted || tries >= 3) throw error;
    }
    if (response?.ok) {
      say("Reading …");
      return response;
    }
    if (response && (response.status !== 503 || tries >= TRIES)) {
      throw new Refused(await reason(response));
    }
    const seconds = Number(response?.headers.get("Retry-After")) || 1;
    say("The server is busy: waiting for a place …");
    await pause(1000 * seconds * (0.75 + Math.random() / 2), signal);
  }
}

async function reason(response) {
  try {
    return (await response.json()).error;
  } catch {
    return `The server answers ${response.status}.`;
  }
}

function pause(milliseconds, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(new Error("stopped"));
    });
  });
}
