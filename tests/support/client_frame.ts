/**
 * WebSocket frames of a client as bytes.
 *
 * Source: RFC 6455, section 5.
 */

const encoder = new TextEncoder();

/** A WebSocket frame of a client, masked with zeros; `first` is FIN, RSV and opcode. */
export function clientFrame(
  first: number,
  payload: string | Uint8Array,
  masked = true,
): Uint8Array {
  const data = typeof payload === "string" ? encoder.encode(payload) : payload;
  const length = data.length < 126
    ? [data.length]
    : data.length < 65_536
    ? [126, data.length >> 8, data.length & 0xff]
    : [127, 0, 0, 0, 0, ...new Uint8Array(new Uint32Array([data.length]).buffer).toReversed()];
  const [size = 0, ...extended] = length;
  const head = [first, masked ? size | 0x80 : size, ...extended, ...(masked ? [0, 0, 0, 0] : [])];
  const frame = new Uint8Array(head.length + data.length);
  frame.set(head);
  frame.set(data, head.length);
  return frame;
}
