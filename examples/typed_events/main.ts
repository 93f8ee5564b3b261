/**
 * Typed events: four types say what may be sent and heard, and the compiler holds everybody to it.
 *
 *   deno run --allow-net --allow-env examples/typed_events/main.ts
 *
 * A client shares the first two types, in the other order:
 *
 *   const socket: Socket<ServerToClient, ClientToServer> = io("http://localhost:3000");
 */
import { Server } from "../../mod.ts";

interface Reading {
  celsius: number;
  at: number;
}

/** What clients send. */
interface ClientToServer {
  subscribe: (station: string, reply: (last: Reading | null) => void) => void;
  report: (station: string, celsius: number) => void;
}

/** What clients get. */
interface ServerToClient {
  reading: (station: string, reading: Reading) => void;
  trouble: (message: string) => void;
}

/** What servers of a cluster send to one another. */
interface ServerToServer {
  forget: (station: string) => void;
}

/** What the server keeps with each socket, in `socket.data`. */
interface SocketData {
  reports: number;
}

const io = new Server<ClientToServer, ServerToClient, ServerToServer, SocketData>();
const readings = new Map<string, Reading>();

io.on("forget", (station) => readings.delete(station));

io.on("connection", (socket) => {
  socket.data = { reports: 0 };

  socket.on("subscribe", async (station, reply) => {
    await socket.join(station);
    reply(readings.get(station) ?? null);
  });

  socket.on("report", (station, celsius) => {
    // Types hold for honest clients only; what comes over the wire is checked all the same.
    if (typeof celsius !== "number" || celsius < -90 || celsius > 60) {
      socket.emit("trouble", `${celsius} °C is not weather`);
      return;
    }
    socket.data.reports += 1;
    const reading = { celsius, at: Date.now() };
    readings.set(station, reading);
    io.to(station).emit("reading", station, reading);
    // io.emit("raeding", station, reading) would not compile, nor would a text for celsius.
  });
});

Deno.serve({ port: Number(Deno.env.get("PORT") ?? 3000) }, io.handler());
