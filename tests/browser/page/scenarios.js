/**
 * What the page does with the client that it has loaded, whatever version that is.
 *
 * - A scenario takes and gives what JSON can carry. It judges nothing: it tells what it saw.
 * - Only names that all versions have are used; where they differ, `bundle` says how.
 * - A wait that lasts longer than `DEADLINE_MS` rejects with a sentence that names what was awaited.
 */
"use strict";

(() => {
  const { io } = globalThis;
  const DEADLINE_MS = 10_000;
  const BURST = 10;

  /** Ways to the server by name, as options of the client. */
  const WAYS = {
    polling: { transports: ["polling"] },
    jsonp: { transports: ["polling"], forceJSONP: true },
    websocket: { transports: ["websocket"] },
    upgrade: { transports: ["polling", "websocket"] },
  };

  const scenarios = {
    /** All that a client does with a server, from the first connection to the last end. */
    async everything(plan) {
      const first = open(plan, plan.tags.first);
      const main = first.socket("/");
      const burst = noteBurst(main);
      const id = await connected(main);
      await upgraded(first, plan.way);
      emitBurst(main);
      const { seen, socket } = await visitNamespaces(first, plan);
      return {
        engineId: first.engine.id,
        id,
        state: await ask(main, "state"),
        texts: await exchangeTexts(main, plan),
        binary: await exchangeBinary(main, plan),
        question: await answerQuestion(main),
        burst: await burst,
        namespaces: seen,
        ends: await partByServer(main, socket),
        second: await secondConnection(plan),
      };
    },

    /** Whether a client gets in at all, and what its handshake was like. */
    async enter(plan) {
      const manager = open(plan, plan.tag);
      const socket = manager.socket("/");
      try {
        await connected(socket);
        await upgraded(manager, plan.way);
        const { transport } = await ask(socket, "state");
        const { headers } = await ask(socket, "handshake");
        return { transport, token: headers["x-token"] ?? null, back: await echo(socket, "é\n") };
      } catch (error) {
        return { error: describe(error) };
      } finally {
        socket.disconnect();
      }
    },
  };

  globalThis.play = (name, plan) => scenarios[name](plan);

  /** A connection of its own, which is not made again when it ends. */
  function open({ url, way, options }, tag) {
    const query = { tag, watch: "requests" };
    return new io.Manager(url, { ...WAYS[way], reconnection: false, query, ...options });
  }

  /** Resolves with the id of a socket once it is connected; rejects with what kept it out. */
  function connected(socket) {
    return within(
      `a connection to ${socket.nsp}`,
      new Promise((resolve, reject) => {
        socket.on("connect", () => resolve(socket.id));
        socket.on("connect_error", reject);
        socket.on("error", reject); // of a namespace, in clients of revision 3
      }),
    );
  }

  async function upgraded({ engine }, way) {
    if (way !== "upgrade" || engine.transport.name === "websocket") return;
    await within("an upgrade", new Promise((resolve) => engine.on("upgrade", resolve)));
  }

  /** The value with which the server acknowledges an event. */
  function ask(socket, event, ...args) {
    const answer = new Promise((resolve) => socket.emit(event, ...args, resolve));
    return within(`an answer to "${event}"`, answer);
  }

  /** The values that come back with an acknowledgement, all of them. */
  function echo(socket, ...args) {
    const answer = new Promise((resolve) => {
      socket.emit("echo", ...args, (...values) => resolve(values));
    });
    return within("what was sent to come back", answer);
  }

  /** Collects what `emitBurst` sends twice: while an upgrade is under way, and after it. */
  function noteBurst(socket) {
    const texts = [];
    const all = new Promise((resolve) => {
      socket.on("echo", (text) => texts.push(text) === 2 * BURST && resolve(texts));
    });
    socket.on("connect", () => emitBurst(socket));
    return within("the end of a burst", all);
  }

  function emitBurst(socket) {
    for (let index = 0; index < BURST; index++) socket.emit("echo", `${index} é€`);
  }

  /** Texts all at once, in one payload, and some with nothing else beside them. */
  async function exchangeTexts(socket, { texts, alone }) {
    const [arrived, back] = await Promise.all([
      ask(socket, "inspect", texts),
      echo(socket, ...texts),
    ]);
    const byItself = [];
    for (const text of alone) {
      byItself.push({
        arrived: await ask(socket, "inspect", text),
        back: await echo(socket, text),
      });
    }
    return { arrived, back, alone: byItself };
  }

  /** Values with binary deep in them: how they arrive at the server, and what comes back. */
  async function exchangeBinary(socket, { bundle }) {
    const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
    const deep = Uint8Array.of(10, 13, 10);
    const value = {
      list: [bytes.buffer, { deep: bundle.sendsViews ? deep : deep.buffer }],
      text: "é€😀\n\\n",
      empty: new ArrayBuffer(0),
    };
    const [arrived, blob, back] = await Promise.all([
      ask(socket, "inspect", value),
      ask(socket, "inspect", new Blob([bytes.subarray(250)])),
      echo(socket, value, "and text"),
    ]);
    return { arrived, blob, back: show(back) };
  }

  /** The server asks, with a text and binary, and is told what it has asked. */
  async function answerQuestion(socket) {
    let heard;
    socket.on("question", (...args) => {
      const answer = args.pop();
      heard = show(args);
      answer("é\n", { bytes: Uint8Array.of(1, 2, 3).buffer });
    });
    const question = ["why\\n?\u2028", { bytes: Uint8Array.of(255, 0).buffer }];
    const { answer } = await ask(socket, "ask", "question", question);
    return { heard, answer: show(answer) };
  }

  /** A namespace that wants to know who comes, one that has a name of its own, and none. */
  async function visitNamespaces(manager, { bundle, named }) {
    const name = bundle.credentials === "none" ? "/orders" : "/guarded";
    const socket = manager.socket(name, credentials(bundle, "secret"));
    const id = await connected(socket);
    const [state, { auth }, back] = await Promise.all([
      ask(socket, "state"),
      ask(socket, "handshake"),
      echo(socket, "in there"),
    ]);
    const seen = { id, state, auth, back, refused: await knock(manager.socket("/nowhere")) };
    if (named) seen.named = await knock(manager.socket(named));
    return { socket, seen };
  }

  async function knock(socket) {
    try {
      await connected(socket);
      return await echo(socket, "in");
    } catch (error) {
      return describe(error);
    }
  }

  /** The server ends a socket of a namespace, then the connection. */
  async function partByServer(main, inNamespace) {
    const reasons = [];
    const ending = ended(inNamespace);
    inNamespace.emit("leave namespace");
    reasons.push(await ending);
    const back = await echo(main, "still here");
    const hangUp = ended(main);
    main.emit("hang up");
    reasons.push(await hangUp);
    return { reasons, back };
  }

  function ended(socket) {
    return within(`the end of ${socket.nsp}`, new Promise((done) => socket.on("disconnect", done)));
  }

  /** Another connection, refused by a namespace and ended by the client. */
  async function secondConnection(plan) {
    const manager = open(plan, plan.tags.second);
    const socket = manager.socket("/");
    await connected(socket);
    await upgraded(manager, plan.way);
    const refused = await knock(manager.socket("/guarded", credentials(plan.bundle, "wrong")));
    const { headers } = await ask(socket, "handshake");
    const ending = ended(socket);
    socket.disconnect();
    return { refused, cookie: headers.cookie ?? null, reason: await ending };
  }

  function credentials(bundle, token) {
    if (bundle.credentials === "query") return { query: `token=${token}` };
    return bundle.credentials === "auth" ? { auth: { token } } : {};
  }

  /** An error of any version as text, or what a server has sent in its place. */
  function describe(error) {
    if (!(error instanceof Error)) return error;
    const { message, data = null } = error;
    return { message, data };
  }

  /** A value with each binary in it replaced by its class and its bytes. */
  function show(value) {
    if (value instanceof ArrayBuffer) return { buffer: [...new Uint8Array(value)] };
    if (ArrayBuffer.isView(value) || value instanceof Blob) return { other: String(value) };
    if (Array.isArray(value)) return value.map(show);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, show(part)]));
  }

  function within(what, promise) {
    let timer;
    const late = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new Error(`Waited in vain for ${what}`)), DEADLINE_MS);
    });
    return Promise.race([promise, late]).finally(() => clearTimeout(timer));
  }
})();
