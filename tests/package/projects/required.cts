/** A CommonJS program in TypeScript that requires the package, and calls it. */
import http = require("node:http");
import createIo = require("@godwit/io/node");
import defaultIo = require("@godwit/io");
import parser = require("@godwit/io/msgpack");

interface Events {
  hello(name: string): void;
}

const server: createIo.Server = createIo(http.createServer(), { pingInterval: 1_000 });
const typed: createIo.Server<Events> = createIo<Events>({
  allowRequest: (request, callback) => callback(null, request.socket.remotePort !== 0),
});
const same: createIo.Server = new defaultIo.Server(0, { parser });
const isSocket = (value: unknown): value is createIo.Socket => value instanceof createIo.Socket;

// @ts-expect-error -- no port is an object without options
const wrong = (): createIo.Server => createIo({ pingIntervall: 1_000 });

export = { isSocket, wrong, typed, server };

void same.close().then(() => console.log("closed"));
