/* Sends a file in pieces (tus 1.0.0), shows how far and how fast, goes on after a lost line or a reload.
   Without this script the form sends the file whole. */
const form = document.getElementById("upload");
if (form) {
  const PIECE = 4 << 20;
  const say = form.dataset;
  const shown = document.getElementById("upload-shown");
  const bar = shown.querySelector("progress");
  const text = shown.querySelector("[role=status]");
  const stop = shown.querySelector("button");
  const stopping = stop.parentElement;
  let stopped = false;
  let request = null;

  const headers = (more) => ({ "Tus-Resumable": "1.0.0", "X-CSRFToken": form.csrfmiddlewaretoken.value, "X-Requested-With": "XMLHttpRequest", ...more });
  const base64 = (value) => btoa(String.fromCharCode(...new TextEncoder().encode(value)));
  const wait = (seconds) => new Promise((done) => setTimeout(done, seconds * 1000));
  const size = (bytes) => { const unit = bytes < 1e6 ? ["kB", 1e3] : bytes < 1e9 ? ["MB", 1e6] : ["GB", 1e9]; return `${(bytes / unit[1]).toFixed(1)} ${unit[0]}`; };
  const fingerprint = (file) => `browser:${file.name}:${file.size}:${file.lastModified}`;

  const leaving = (going) => going.preventDefault();
  const leave = () => removeEventListener("beforeunload", leaving);

  class Refused extends Error {}

  async function ask(method, address, more = {}) {
    const answer = await fetch(address, { method, headers: headers(more), credentials: "same-origin" });
    if (answer.status >= 500 || answer.status === 423 || answer.status === 429) throw new Error(String(answer.status));
    if (!answer.ok) throw new Refused(await reason(answer));
    return answer;
  }
  async function reason(answer) {
    try { const told = await answer.json(); return [told.detail, told.suggestion].filter(Boolean).join(" "); }
    catch { return say.failed; }
  }

  /* One piece; XMLHttpRequest, because fetch does not tell how much of a body has left. */
  function send(address, offset, piece, onProgress) {
    return new Promise((done, fail) => {
      request = new XMLHttpRequest();
      request.open("PATCH", address);
      for (const [name, value] of Object.entries(headers({ "Upload-Offset": offset, "Content-Type": "application/offset+octet-stream" }))) request.setRequestHeader(name, value);
      request.upload.onprogress = (event) => onProgress(offset + event.loaded);
      request.onload = () => {
        if (request.status === 204) done(Number(request.getResponseHeader("Upload-Offset")));
        else if (request.status === 409 || request.status === 423 || request.status >= 500) fail(new Error(String(request.status)));
        else { let told = say.failed; try { told = JSON.parse(request.responseText).detail || told; } catch { /* no document */ } fail(new Refused(told)); }
      };
      request.onerror = request.ontimeout = () => fail(new Error("line"));
      request.onabort = () => fail(new Refused(say.stopped));
      request.timeout = 120000;
      request.send(piece);
    });
  }

  async function unfinished() {
    const answer = await fetch(`/api/uploads?dataset=${encodeURIComponent(say.dataset)}`, { headers: headers(), credentials: "same-origin" });
    return answer.ok ? answer.json() : [];
  }

  async function begin(file) {
    const known = (await unfinished()).find((one) => one.fingerprint === fingerprint(file));
    if (known) return [`/api/uploads/${known.id}`, known.offset];
    const described = { dataset: say.dataset, filename: file.name, fingerprint: fingerprint(file) };
    const metadata = Object.entries(described).map(([name, value]) => `${name} ${base64(value)}`).join(",");
    const made = await ask("POST", "/api/uploads", { "Upload-Length": file.size, "Upload-Metadata": metadata });
    return [made.headers.get("Location"), 0];
  }

  async function upload(file) {
    let [address, offset] = [null, 0];
    let [began, from, pause] = [performance.now(), 0, 1];
    const show = (sent) => {
      const seconds = (performance.now() - began) / 1000;
      const speed = seconds > 0.5 ? `, ${size((sent - from) / seconds)}/s` : "";
      bar.value = (100 * sent) / file.size;
      text.textContent = `${say.sending} ${Math.floor(bar.value)} % (${size(sent)} / ${size(file.size)}${speed})`;
    };
    while (!stopped) {
      try {
        if (!address) { [address, offset] = await begin(file); [began, from] = [performance.now(), offset]; }
        while (offset < file.size && !stopped) {
          show(offset);
          offset = await send(address, offset, file.slice(offset, offset + PIECE), show);
          pause = 1;
        }
        if (stopped) break;
        show(file.size);
        const id = address.split("/").pop();
        const started = await ask("POST", `/api/datasets/${encodeURIComponent(say.dataset)}/versions?upload=${id}${form.mode.value === "append" ? "&mode=append" : ""}`);
        leave();
        location.href = `/job/${(await started.json()).job}`;
        return;
      } catch (error) {
        if (error instanceof Refused || stopped) throw error;
        text.textContent = say.lost.replace("{}", pause);
        await wait(pause);
        pause = Math.min(pause * 2, 30);
        if (address) {
          try { offset = Number((await ask("HEAD", address)).headers.get("Upload-Offset")); [began, from] = [performance.now(), offset]; }
          catch (gone) { if (gone instanceof Refused) address = null; }
        }
      }
    }
    throw new Refused(say.stopped);
  }

  form.addEventListener("submit", async (event) => {
    const file = form.file.files[0];
    if (!file || event.submitter?.value !== "upload") return;
    event.preventDefault();
    [stopped, shown.hidden, stopping.hidden] = [false, false, false];
    text.className = "";
    form.querySelector("button[value=upload]").disabled = true;
    addEventListener("beforeunload", leaving);
    try { await upload(file); }
    catch (error) { text.textContent = error.message; text.className = "warn"; }
    finally { leave(); form.querySelector("button[value=upload]").disabled = false; stopping.hidden = true; }
  });
  stop.addEventListener("click", () => { stopped = true; if (request) request.abort(); });

  unfinished().then((found) => {
    if (!found.length) return;
    shown.hidden = false;
    stopping.hidden = true;
    bar.value = (100 * found[0].offset) / found[0].length;
    text.textContent = say.goOn.replace("{name}", found[0].name).replace("{percent}", Math.floor(bar.value));
  });
}
