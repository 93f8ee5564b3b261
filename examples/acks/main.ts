/**
 * Acknowledgements: answers to events, in both directions, with and without a limit of time.
 *
 *   deno run --allow-net --allow-env examples/acks/main.ts
 */
import { Server } from "../../mod.ts";

const io = new Server();

io.on("connection", (socket) => {
  // The client asks: the last argument is the function that answers.
  socket.on("add", (a: number, b: number, reply: (sum: number) => void) => reply(a + b));

  // The server asks this client, and waits as long as it takes.
  socket.on("start quiz", async (reply: (verdict: string) => void) => {
    const answer: unknown = await socket.emitWithAck("question", "6 x 7?");
    reply(answer === 42 ? "right" : "wrong");
  });

  // The server asks, but not for ever.
  socket.on("start quick quiz", async (reply: (verdict: string) => void) => {
    try {
      const answer: unknown = await socket.timeout(300).emitWithAck("question", "6 x 7?");
      reply(answer === 42 ? "right" : "wrong");
    } catch {
      reply("too late");
    }
  });

  // The same with a callback, which takes an error first when there is a limit.
  socket.on("ping me", (reply: (result: string) => void) => {
    socket.timeout(300).emit("ping", (error: Error | null, answer: string) => {
      reply(error === null ? answer : "no pong");
    });
  });

  // The server asks everybody, and gets one answer for each client.
  socket.on("start vote", async (reply: (votes: unknown[], missing: boolean) => void) => {
    try {
      reply(await io.timeout(500).emitWithAck("vote"), false);
    } catch (error) {
      // The answers that came in time are with the error.
      const { responses } = error as Error & { responses: unknown[] };
      reply(responses, true);
    }
  });
});

Deno.serve({ port: Number(Deno.env.get("PORT") ?? 3000) }, io.handler());
