/**
 * The page of the team: one socket for people and channels, one for files, one for admins.
 *
 * All text is put in as text, never as markup.
 */
const $ = (id) => document.getElementById(id);
const auth = { device: matchMedia("(pointer: coarse)").matches ? "phone" : "desk" };
const options = { auth, autoConnect: false };
/** The published client; its script comes before this one. */
const { io } = globalThis;

const socket = io("/", options);
const files = io("/files", options);
const admin = io("/admin", options);

let me;
let channel = "general";
let oldest = Infinity;
const online = new Map();
const faces = new Map();

// --- the door ---

async function start() {
  const response = await fetch("/me");
  const body = response.ok ? await response.json() : {};
  $("door").hidden = response.ok;
  $("house").hidden = !response.ok;
  if (!response.ok) return;
  channel = body.lastChannel ?? channel;
  socket.connect();
  files.connect();
}

$("sign-in").addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.currentTarget;
  const response = await fetch("/login", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(Object.fromEntries(new FormData(form))),
  });
  const problem = response.ok ? "" : "That name and that password do not go together.";
  form.querySelector(".problem").textContent = problem;
  if (response.ok) await start();
});

$("sign-out").addEventListener("click", async () => {
  await fetch("/logout", { method: "POST" });
  location.reload();
});

// --- the connection ---

socket.on("welcome", async (you, people) => {
  me = you;
  online.clear();
  for (const user of people) online.set(user.id, user);
  showPeople();
  if (you.role === "admin") admin.connect();
  await enter(channel);
});
socket.on("connect", () => $("state").textContent = "Connected");
socket.on("disconnect", (reason) => {
  $("state").textContent = "Disconnected";
  if (reason === "io server disconnect") location.reload();
});
socket.on("connect_error", (error) => {
  $("state").textContent = error.message;
  if (error.data?.code === "not-signed-in") location.reload();
});
socket.on("problem", ({ message }) => notice(message));
admin.on("connect", () => $("announce").hidden = false);

/** Asks a socket; the answer, or undefined after telling why there is none. */
async function ask(asked, event, ...args) {
  try {
    const reply = await asked.timeout(5_000).emitWithAck(event, ...args);
    if (reply.ok) return reply;
    notice(reply.message);
  } catch {
    notice("There was no answer. Please try again.");
  }
  return undefined;
}

// --- people ---

socket.on("presence", (user, isOnline) => {
  if (isOnline) online.set(user.id, user);
  else online.delete(user.id);
  showPeople();
});
socket.on("avatar", (id, version) => {
  faces.set(id, version);
  showPeople();
});

function showPeople() {
  const items = [...online.values()].map((user) => {
    const button = element("button", user.id === me.id ? `${user.name} (you)` : user.name);
    button.type = "button";
    button.disabled = user.id === me.id;
    button.addEventListener("click", () => whisper(user));
    const item = element("li");
    item.append(button);
    return item;
  });
  $("people").replaceChildren(...items);
}

async function whisper(user) {
  const text = prompt(`A private message to ${user.name}`);
  if (!text) return;
  const reply = await ask(socket, "direct:send", user.id, text);
  if (reply) notice(reply.devices > 0 ? `${user.name} has got it.` : `${user.name} is away.`);
}

socket.on("direct", ({ from, text }, confirm) => {
  remark(`${from.name} to you: ${text}`);
  confirm(true);
});
socket.on("direct:copy", ({ to, text }) => remark(`You to ${to}: ${text}`));
socket.on("announcement", (text, confirm) => {
  remark(`Announcement: ${text}`);
  confirm(me.name);
});

// --- the channel ---

async function enter(name) {
  const reply = await ask(socket, "channel:enter", name);
  if (!reply) return;
  if (name !== channel) socket.emit("channel:leave", channel, () => {});
  channel = name;
  $("channel").textContent = name;
  $("log").replaceChildren();
  oldest = Infinity;
  showOlder(reply);
}

function showOlder({ messages, more }) {
  $("log").prepend(...messages.map(messageItem));
  oldest = messages[0]?.id ?? oldest;
  $("older").hidden = !more;
}

$("older").addEventListener("click", async () => {
  const reply = await ask(socket, "history:before", channel, oldest);
  if (reply) showOlder(reply);
});
$("go").addEventListener("submit", (event) => {
  event.preventDefault();
  void enter($("go-to").value.toLowerCase());
  event.currentTarget.reset();
});
$("composer").addEventListener("submit", async (event) => {
  event.preventDefault();
  const reply = await ask(socket, "message:send", channel, $("text").value);
  if (!reply) return;
  $("text").value = "";
  socket.emit("typing", channel, false);
  show(messageItem(reply.message));
});
socket.on("message", (message) => {
  if (message.channel === channel) show(messageItem(message));
});
socket.on("channel:entered", (_channel, user) => remark(`${user.name} came in`));
socket.on("channel:left", (_channel, user) => remark(`${user.name} left`));

let typingTimer;
$("text").addEventListener("input", () => socket.volatile.emit("typing", channel, true));
socket.on("typing", (_channel, user, typing) => {
  clearTimeout(typingTimer);
  $("typing").textContent = typing ? `${user.name} is typing…` : "";
  typingTimer = setTimeout(() => $("typing").textContent = "", 3_000);
});

$("poll").addEventListener("click", async () => {
  const question = prompt("What do you want to know?");
  if (!question) return;
  const reply = await ask(socket, "poll:start", channel, question);
  if (reply) notice(`${question} ${reply.answers.join(", ") || "Nobody answered."}`);
});
socket.on("poll", (_channel, question, answer) => answer(confirm(question) ? "yes" : "no"));

// --- files ---

$("file").addEventListener("change", async (event) => {
  const [file] = event.currentTarget.files;
  if (!file) return;
  const { name, type, size } = file;
  const started = await ask(files, "upload:start", channel, { name, type, size });
  const progress = $("progress");
  progress.hidden = false;
  for (let start = 0; started && start < size;) {
    const piece = await file.slice(start, start + started.chunkBytes).arrayBuffer();
    const reply = await ask(files, "upload:chunk", started.id, piece);
    if (!reply) break;
    start = reply.received;
    progress.value = start / size;
  }
  progress.hidden = true;
});
socket.on("file:progress", (_channel, file, received) => {
  notice(`${file.name}: ${Math.floor(received / file.size * 100)} %`);
});
$("picture").addEventListener("change", async (event) => {
  const [file] = event.currentTarget.files;
  if (file) await ask(files, "avatar:set", await file.arrayBuffer());
});

async function download({ id, name, type }) {
  const reply = await ask(files, "file:get", id);
  if (!reply) return;
  const link = element("a");
  link.href = URL.createObjectURL(new Blob([reply.data], { type }));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}

$("announce").addEventListener("submit", async (event) => {
  event.preventDefault();
  const reply = await ask(admin, "announce", $("news").value);
  if (reply) notice(`Confirmed by ${reply.answers.join(", ") || "nobody"}.`);
  $("news").value = "";
});

// --- elements ---

function element(name, text = "") {
  const made = document.createElement(name);
  made.textContent = text;
  return made;
}

function messageItem({ from, text, at, file }) {
  const item = element("li");
  const head = element("div");
  head.append(element("strong", from.name), element("time", new Date(at).toLocaleTimeString()));
  const body = file ? element("button", `Get ${file.name}`) : element("span", text);
  if (file) body.addEventListener("click", () => download(file));
  item.append(face(from), head, body);
  return item;
}

function face({ id, name }) {
  const initial = element("span", name[0]);
  initial.className = "face";
  initial.setAttribute("aria-hidden", "true");
  const picture = element("img");
  picture.className = "face";
  picture.alt = "";
  picture.addEventListener("load", () => initial.replaceWith(picture));
  picture.src = `/avatars/${id}?${faces.get(id) ?? ""}`;
  return initial;
}

function remark(text) {
  const item = element("li", text);
  item.className = "aside";
  show(item);
}

function show(item) {
  $("log").append(item);
  item.scrollIntoView({ block: "end" });
}

function notice(text) {
  $("notice").textContent = text;
}

await start();
