/** The namespace /files: files in pieces, with progress, and the pictures of people. */
import type { Buffer } from "node:buffer";
import { isMember, roomOfChannel } from "./channels.ts";
import { answering, binary, channelName, Problem, Rate, refusalOf, text } from "./checks.ts";
import type { History } from "./history.ts";
import type { Files, TeamServer } from "./server.ts";
import { guard, signedIn } from "./session.ts";
import { StoredFiles } from "./stored_files.ts";
import { CHUNK_BYTES, Uploads } from "./uploads.ts";

const STORED_BYTES = 16_000_000;
const PICTURE_BYTES = 64 * 1024;

/** First bytes of the images that are taken. */
const SIGNATURES: readonly (readonly [type: string, hex: string])[] = [
  ["image/png", "89504e470d0a1a0a"],
  ["image/jpeg", "ffd8ff"],
];

export interface Picture {
  readonly type: string;
  readonly data: Buffer;
  /** 1, 2, 3… for each user. */
  readonly version: number;
}

/** What the namespace needs of its surroundings. */
export interface FilesContext {
  readonly io: TeamServer;
  readonly history: History;
  /** By the id of their user. */
  readonly pictures: Map<string, Picture>;
}

export function createFiles(context: FilesContext): void {
  const files: Files["namespace"] = context.io.of("/files");
  const stored = new StoredFiles(STORED_BYTES);
  const rate = new Rate(200, 1_000);
  files.use(signedIn);
  files.on("connection", (socket) => {
    guard(socket, rate);
    socket.on("error", (error) => socket.emit("problem", refusalOf(error)));
    registerUploads(context, socket, stored);
    registerPicture(context, socket);
    socket.on(
      "file:get",
      answering((id: unknown) => {
        const found = stored.get(text(id, "An id", 50));
        if (found === undefined || !isMember(context.io, found.channel, socket.data.user)) {
          throw new Problem("unknown-file", "There is no such file.");
        }
        return { file: found.file, data: found.data };
      }),
    );
  });
}

function registerUploads(
  { io, history }: FilesContext,
  socket: Files["socket"],
  stored: StoredFiles,
): void {
  const { user } = socket.data;
  const uploads = new Uploads((id) => socket.emit("upload:expired", id));

  socket.on(
    "upload:start",
    answering((channel: unknown, description: unknown) => {
      const name = channelName(channel);
      if (!isMember(io, name, user)) {
        throw new Problem("not-in-channel", "Please enter the channel first.");
      }
      return { id: uploads.start(name, description).id, chunkBytes: CHUNK_BYTES };
    }),
  );

  // The client sends the next piece when this one is confirmed: nothing piles up on the way.
  socket.on(
    "upload:chunk",
    answering((id: unknown, piece: unknown) => {
      const { file, channel, received, complete } = uploads.add(id, piece);
      const members = io.to(roomOfChannel(channel));
      members.volatile.emit("file:progress", channel, file, received);
      if (complete !== undefined) {
        const message = history.add({ channel, from: user, text: file.name, file });
        stored.add(complete);
        members.emit("message", message);
      }
      return { received, done: complete !== undefined };
    }),
  );

  socket.on("disconnect", () => uploads.clear());
}

function registerPicture({ io, pictures }: FilesContext, socket: Files["socket"]): void {
  const { id } = socket.data.user;
  socket.on(
    "avatar:set",
    answering((image: unknown) => {
      const data = binary(image, "A picture", PICTURE_BYTES);
      const found = SIGNATURES.find(([, hex]) => data.toString("hex", 0, hex.length / 2) === hex);
      if (found === undefined) throw new Problem("bad-request", "A picture is a PNG or a JPEG.");
      const version = (pictures.get(id)?.version ?? 0) + 1;
      pictures.set(id, { type: found[0], data, version });
      io.emit("avatar", id, version);
      return { version };
    }),
  );
}
