/** What the servers of the matrix need of Bun: its types are not among those of the project. */

/** A WebSocket of Bun. */
export interface BunSocket<Data = unknown> {
  data: Data;
  send(data: string | Uint8Array): number;
  cork(callback: () => void): void;
  subscribe(topic: string): unknown;
}

/** What `Bun.serve` is given. */
export interface BunOptions<Data = unknown> {
  readonly hostname: string;
  readonly port: number;
  fetch(request: Request, server: BunServer): Response | undefined;
  readonly websocket: {
    open(socket: BunSocket<Data>): void;
    message(socket: BunSocket<Data>, data: string | Uint8Array): void;
    close(socket: BunSocket<Data>): void;
  };
}

/** What `Bun.serve` gives. */
export interface BunServer {
  readonly port: number;
  upgrade(request: Request, options?: object): boolean;
  publish(topic: string, data: string | Uint8Array): number;
}

/** `Bun.serve`, in a process of Bun. */
export function serve<Data>(options: BunOptions<Data> | object): BunServer {
  const { Bun } = globalThis as unknown as { Bun: { serve(options: object): BunServer } };
  return Bun.serve(options);
}
