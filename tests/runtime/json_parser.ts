/**
 * A parser as users of socket.io write their own: every packet is one JSON array.
 *
 * Server and published client take the same classes. Binary is not carried.
 */

/** A packet as the two sides hand it to a parser. */
interface Packet {
  readonly type: number;
  readonly nsp: string;
  readonly data?: unknown;
  readonly id?: number;
}

type Listener = (packet: Packet) => void;

class JsonEncoder {
  encode({ type, nsp, data, id }: Packet): readonly string[] {
    return [JSON.stringify([type, nsp, data ?? null, id ?? null])];
  }
}

class JsonDecoder {
  readonly #listeners: Set<Listener> = new Set();

  add(text: string): void {
    const parts: unknown = JSON.parse(text);
    if (!Array.isArray(parts) || parts.length !== 4) throw new Error("not a packet");
    const [type, nsp, data, id] = parts;
    const packet: Packet = {
      type,
      nsp,
      ...(data === null ? {} : { data }),
      ...(id === null ? {} : { id }),
    };
    for (const listener of this.#listeners) listener(packet);
  }

  on(_event: "decoded", listener: Listener): this {
    this.#listeners.add(listener);
    return this;
  }

  off(_event: "decoded", listener: Listener): this {
    this.#listeners.delete(listener);
    return this;
  }

  removeListener(event: "decoded", listener: Listener): this {
    return this.off(event, listener);
  }

  destroy(): void {
    this.#listeners.clear();
  }
}

/** What goes into the option `parser`, of servers and of clients. */
export const PARSER: {
  readonly Encoder: typeof JsonEncoder;
  readonly Decoder: typeof JsonDecoder;
} = { Encoder: JsonEncoder, Decoder: JsonDecoder };
