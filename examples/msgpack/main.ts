/**
 * Positions in msgpack: a parser in place of JSON, for many small messages and for binary data.
 *
 *   deno run --allow-net --allow-env examples/msgpack/main.ts
 *
 * Clients need the same parser: `npm install socket.io-msgpack-parser`, and
 * `io("http://localhost:3000", { parser })`.
 */
import { Server } from "@godwit/io";
import { msgpackParser } from "@godwit/io/msgpack";

interface Position {
  readonly x: number;
  readonly y: number;
  readonly at: Date; // a Date here and on the other side: JSON would make it a text
}

/** The published parser sends both: in browsers an ArrayBuffer arrives as bytes, in Node as itself. */
type Binary = Uint8Array | ArrayBuffer;

interface FromClients {
  move(position: Position): void;
  picture(name: string, bytes: Binary, reply: (size: number | { error: string }) => void): void;
  thumbnail(name: string, reply: (bytes?: Uint8Array) => void): void;
}

interface ToClients {
  moved(id: string, position: Position): void;
}

const io = new Server<FromClients, ToClients>({
  // `import * as parser from "@godwit/io/msgpack"` and `{ parser }` would do; these bounds are closer.
  parser: msgpackParser({ maxDepth: 4, maxElements: 100 }),
});

function toBytes(value: unknown): Uint8Array | undefined {
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  return value instanceof Uint8Array ? value : undefined;
}

/** The beginnings of pictures, by name: the latest hundred. */
const thumbnails = new Map<string, Uint8Array>();

io.on("connection", (socket) => {
  socket.on("move", ({ x, y, at }) => {
    // The parser checks the form of a packet; what is in it is for the program to check.
    if (!Number.isFinite(x) || !Number.isFinite(y) || !(at instanceof Date)) return;
    socket.broadcast.emit("moved", socket.id, { x, y, at });
  });

  socket.on("picture", (name, bytes, reply) => {
    if (typeof reply !== "function") return;
    const picture = toBytes(bytes);
    // In browsers the published parser makes an object of numbers of a Uint8Array: say so.
    if (typeof name !== "string" || picture === undefined) {
      return reply({ error: "expected a name and an ArrayBuffer" });
    }
    const [oldest] = thumbnails.keys();
    if (thumbnails.size >= 100 && oldest !== undefined) thumbnails.delete(oldest);
    thumbnails.set(name, picture.slice(0, 16));
    reply(picture.byteLength);
  });

  socket.on("thumbnail", (name, reply) => reply(thumbnails.get(name)));
});

Deno.serve({ port: Number(Deno.env.get("PORT") ?? 3000) }, io.handler());
