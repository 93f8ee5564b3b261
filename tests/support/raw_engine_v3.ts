/**
 * Engine.IO clients of revision 3 without a client: long-polling as text, as bytes and as scripts.
 *
 * Owns a hand for tests, `OlderPolling`, and the payloads that it writes and reads, apart from those
 * of src/. A WebSocket of revision 3 is a `RawWebSocket` with `EIO: "3"`.
 * - it answers and sends nothing by itself: no ping, no upgrade, no retry;
 * - as published clients do, it says `b64` in its handshake alone, and `j` in every request.
 *
 * Source: Engine.IO protocol, revision 3; engine.io-client 3.5 for what is said where.
 */
import { notePeer } from "./peers_left.ts";
import { type Answer, engineUrl, type OpenPacket, RawWebSocket } from "./raw_engine.ts";
import { within } from "./waiting.ts";

/** A packet of revision 3: text that begins with its type, or bytes that do. */
export type OlderPacket = string | Uint8Array;

/** A response read to its end, whatever it holds. */
export interface OlderAnswer extends Answer {
  readonly bytes: Uint8Array;
}

type Query = Readonly<Record<string, string>>;

const encoder = new TextEncoder();

/** Sends one request and reads the whole response. */
export async function askForBytes(url: string, init?: RequestInit): Promise<OlderAnswer> {
  const response = await within(`an answer of ${url}`, fetch(url, init), 20_000);
  const bytes = await within(`the body of ${url}`, response.bytes(), 20_000);
  const text = new TextDecoder().decode(bytes);
  return { status: response.status, headers: response.headers, text, bytes };
}

/** Packets as a payload of text: lengths count UTF-16 units. */
export function textPayload(...packets: readonly string[]): string {
  return packets.map((packet) => `${packet.length}:${packet}`).join("");
}

/** Packets as a payload of bytes: a mark, the digits of the length as bytes, 255, the packet. */
export function binaryPayload(...packets: readonly OlderPacket[]): Uint8Array<ArrayBuffer> {
  const bytes: number[] = [];
  for (const packet of packets) {
    const data = typeof packet === "string" ? encoder.encode(packet) : packet;
    const digits = [...String(data.length)].map(Number);
    bytes.push(typeof packet === "string" ? 0 : 1, ...digits, 255, ...data);
  }
  return Uint8Array.from(bytes);
}

/** A payload as the body of a form: a new line is written as `\n`, and `\n` with one more backslash. */
export function formOf(payload: string): string {
  const escaped = payload.replaceAll("\\n", "\\\\n").replaceAll("\n", "\\n");
  return new URLSearchParams({ d: escaped }).toString();
}

/** The payload that a script hands to the callback of this index. */
export function readScript(script: string, index: string): string {
  const [head, foot] = [`___eio[${index}](`, ");"];
  if (!script.startsWith(head) || !script.endsWith(foot)) {
    throw new Error(`Expected a call of ___eio[${index}], found ${script}`);
  }
  return JSON.parse(script.slice(head.length, -foot.length)) as string;
}

function* readTextPayload(payload: string): Generator<string> {
  for (let rest = payload; rest !== "";) {
    const [head = "", digits = ""] = /^(\d+):/.exec(rest) ?? [];
    const end = head.length + Number(digits);
    if (head === "" || end > rest.length) throw new Error(`Expected a payload, found ${payload}`);
    yield rest.slice(head.length, end);
    rest = rest.slice(end);
  }
}

function* readBinaryPayload(payload: Uint8Array): Generator<OlderPacket> {
  for (let rest = payload; rest.length > 0;) {
    const mark = rest[0];
    const start = rest.indexOf(255) + 1;
    const end = start + Number([...rest.subarray(1, start - 1)].join(""));
    if (start === 0 || !(end <= rest.length)) {
      throw new Error(`Expected a payload, found ${payload}`);
    }
    const data = rest.slice(start, end);
    yield mark === 0 ? new TextDecoder("utf-8", { fatal: true }).decode(data) : data;
    rest = rest.subarray(end);
  }
}

/** One long-polling session of revision 3. */
export class OlderPolling {
  readonly open: OpenPacket;
  /** The answer to the handshake. */
  readonly handshake: OlderAnswer;
  readonly #base: string;
  /** What every request says beside the session's id. */
  readonly #query: Query;
  /** The index of the callback, where it polls with scripts. */
  readonly #index: string | undefined;
  /** Packets that came and were not taken. */
  readonly #left: OlderPacket[];

  private constructor(base: string, query: Query, handshake: OlderAnswer) {
    const { j } = query;
    this.#base = base;
    this.#query = j === undefined ? { EIO: "3" } : { EIO: "3", j };
    this.#index = j?.replaceAll(/\D/g, "");
    this.handshake = handshake;
    const [open, ...rest] = this.read(handshake);
    if (!String(open).startsWith("0{")) throw new Error(`Expected an open packet, found ${open}`);
    this.open = JSON.parse(String(open).slice(1)) as OpenPacket;
    this.#left = rest;
    notePeer(this);
  }

  /** @param headers of the handshake alone */
  static async start(
    base: string,
    query: Query = {},
    headers: HeadersInit = {},
  ): Promise<OlderPolling> {
    const url = engineUrl(base, { EIO: "3", transport: "polling", ...query });
    return new OlderPolling(base, query, await askForBytes(url, { headers }));
  }

  get sid(): string {
    return this.open.sid;
  }

  /** URL of this session for `transport`. */
  url(transport: "polling" | "websocket" = "polling", query: Query = {}): string {
    const base = transport === "polling" ? this.#base : this.#base.replace("http", "ws");
    return engineUrl(base, { ...this.#query, transport, sid: this.sid, ...query });
  }

  poll(init?: RequestInit): Promise<OlderAnswer> {
    return askForBytes(this.url(), init);
  }

  /** Packets of one poll that answers 200. */
  async packets(init?: RequestInit): Promise<readonly OlderPacket[]> {
    return this.read(await this.poll(init));
  }

  /** Packets of an answer to a poll, in whatever form they came. */
  read({ status, headers, text, bytes }: OlderAnswer): readonly OlderPacket[] {
    if (status !== 200) throw new Error(`Expected 200 for a poll, found ${status} ${text}`);
    const isBinary = headers.get("content-type") === "application/octet-stream";
    if (isBinary) return [...readBinaryPayload(bytes)];
    return [...readTextPayload(this.#index === undefined ? text : readScript(text, this.#index))];
  }

  /** Polls until `count` packets have come, and takes those. */
  async collect(count: number, init?: RequestInit): Promise<readonly OlderPacket[]> {
    while (this.#left.length < count) this.#left.push(...await this.packets(init));
    return this.#left.splice(0, count);
  }

  /** Sends packets as one payload of text. */
  post(...packets: readonly string[]): Promise<OlderAnswer> {
    return this.postBody(textPayload(...packets));
  }

  /** Sends packets as one payload of bytes. */
  postBytes(...packets: readonly OlderPacket[]): Promise<OlderAnswer> {
    const headers = { "Content-Type": "application/octet-stream" };
    return this.postBody(binaryPayload(...packets), headers);
  }

  postBody(body: BodyInit, headers: HeadersInit = {}): Promise<OlderAnswer> {
    return askForBytes(this.url(), { method: "POST", body, headers });
  }

  /** Says that it leaves, whether the server knows it or not. */
  async leave(): Promise<void> {
    await this.post("1");
  }

  /** Opens the WebSocket of an upgrade; the probe is the test's to send. */
  openUpgrade(query: Query = {}): Promise<RawWebSocket> {
    return RawWebSocket.open(this.url("websocket", query));
  }
}
