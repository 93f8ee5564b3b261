/** The bundles of the client that socket.io 4.8.4 serves, by the names of their files. */
export const CLIENT_FILES: readonly string[] = [
  "socket.io.js",
  "socket.io.js.map",
  "socket.io.min.js",
  "socket.io.min.js.map",
  "socket.io.esm.min.js",
  "socket.io.esm.min.js.map",
  "socket.io.msgpack.min.js",
  "socket.io.msgpack.min.js.map",
];
