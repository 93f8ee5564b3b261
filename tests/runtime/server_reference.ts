/**
 * The contract's application on the published socket.io over node:http: the measure of the others.
 *
 * Arguments: the options of the server as JSON, then, for TLS, certificate and key as PEM.
 */
import { createServer } from "node:http";
import { createServer as createTlsServer } from "node:https";
import process from "node:process";
import type { AddressInfo } from "node:net";
import { Server } from "socket.io";
import { completeOptions, setup } from "./app.ts";

const [json = "{}", cert, key] = process.argv.slice(2);
const http = cert && key ? createTlsServer({ cert, key }) : createServer();

const io = new Server(http, completeOptions(JSON.parse(json)));
setup(io, (report) => print(`REPORT ${JSON.stringify(report)}`));
http.listen(0, "127.0.0.1", () => print(`PORT ${(http.address() as AddressInfo).port}`));

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
