/** Tests of what stands between a WebSocket and its session, as far as it counts connections. */
import { assertEquals } from "@std/assert";
import { Deadlines } from "../../src/base/deadlines.ts";
import { Incidents } from "../../src/base/incidents.ts";
import { Admission, type Ticket } from "../../src/engine/admission.ts";
import { snapshotRequest } from "../../src/engine/handshake_info.ts";
import { WebSocketBinding } from "../../src/engine/websocket_binding.ts";
import type { FrameSink } from "../../src/session/ports.ts";
import type { Session } from "../../src/session/session.ts";
import { settingsOf } from "../support/engine_settings.ts";
import { FakeClock } from "../support/fake_clock.ts";

/** A binding over a sink that does nothing, with everything that it tells. */
class Scene {
  readonly clock: FakeClock = new FakeClock();
  readonly told: string[] = [];
  readonly admission: Admission = new Admission({
    limits: undefined,
    clock: this.clock,
    incidents: new Incidents(this.clock, () => {}),
    errors: { handlerFailed: (error) => void this.told.push(String(error)) },
  });
  readonly ticket: Ticket = this.admission.admit(this.#applicant(), settingsOf({}));
  readonly closing = new Set<WebSocketBinding>();
  readonly binding: WebSocketBinding;
  readonly sink: FrameSink = {
    bufferedAmount: 7,
    write: (frames) => void this.told.push(`write ${frames.join()}`),
    close: (code) => void this.told.push(`close ${code}`),
    cut: () => void this.told.push("cut"),
  };

  /** @param claims what the session is that takes the WebSocket; it may throw */
  constructor(claims: () => Partial<Session> | undefined) {
    this.binding = new WebSocketBinding(
      {
        // Only what the binding asks of a session.
        claim: () => claims() as Session | undefined,
        refused: (error) => void this.told.push(`refused ${error}`),
        late: () => void this.told.push("late"),
        fault: (_session, error) => void this.told.push(`fault ${error}`),
      },
      this.ticket,
      this.closing,
    );
  }

  /** A session that tells what it is given. */
  get session(): Partial<Session> {
    return {
      receiveFrame: (_sink, frame) => void this.told.push(`frame ${frame}`),
      sinkClosed: () => void this.told.push("sink closed"),
    };
  }

  get counts(): readonly [connections: number, lingering: number] {
    return [this.admission.connections, this.admission.lingering];
  }

  #applicant(): Parameters<Admission["admit"]>[0] {
    const request = snapshotRequest({
      url: "/socket.io/",
      method: "GET",
      headers: [],
      remoteAddress: "192.0.2.1",
      secure: false,
      raw: undefined,
    });
    return { request, userRequest: request };
  }
}

Deno.test("WebSocketBinding is between its session and its sink while it is open", () => {
  const scene: Scene = new Scene(() => scene.session);
  const { binding, sink } = scene;
  assertEquals(binding.bufferedAmount, 0);
  binding.frame("early");
  binding.opened(sink);
  assertEquals(binding.bufferedAmount, 7);
  binding.frame("a");
  binding.write(["b", "c"]);
  binding.closed();
  binding.frame("late");
  assertEquals(scene.told, ["frame a", "write b,c", "sink closed"]);
  // The ticket is the session's.
  assertEquals(scene.counts, [1, 0]);
});

Deno.test("WebSocketBinding that is closed is counted until its runtime says that it is over", () => {
  const scene: Scene = new Scene(() => scene.session);
  scene.binding.opened(scene.sink);
  scene.binding.close(1009);
  scene.ticket.release();
  assertEquals(scene.counts, [1, 1]);
  // A second time nothing happens, and frames go nowhere.
  scene.binding.close();
  scene.binding.frame("late");
  assertEquals([scene.told, scene.counts], [["close 1009"], [1, 1]]);
  scene.binding.closed();
  scene.binding.closed();
  assertEquals(scene.counts, [0, 0]);
});

Deno.test("WebSocketBinding is cut while it is open or closing, and is known until it is over", () => {
  const open: Scene = new Scene(() => open.session);
  open.binding.cut();
  open.binding.opened(open.sink);
  open.binding.cut();
  open.ticket.release();
  assertEquals([open.told, open.counts, open.closing.size], [["cut"], [1, 1], 1]);
  const closing: Scene = new Scene(() => closing.session);
  closing.binding.opened(closing.sink);
  closing.binding.close(1001);
  assertEquals(closing.closing.size, 1);
  closing.binding.cut();
  closing.binding.closed();
  closing.binding.cut();
  assertEquals([closing.told, closing.closing.size], [["close 1001", "cut", "sink closed"], 0]);
});

Deno.test("WebSocketBinding whose runtime calls back inside close is over at once", () => {
  const scene: Scene = new Scene(() => scene.session);
  const { binding } = scene;
  binding.opened({ ...scene.sink, bufferedAmount: 0, close: () => binding.closed() });
  binding.close();
  scene.ticket.release();
  assertEquals(scene.counts, [0, 0]);
});

Deno.test("WebSocketBinding that no session takes gives its ticket back", () => {
  const refusing: Scene = new Scene(() => {
    throw new TypeError("no");
  });
  refusing.binding.opened(refusing.sink);
  assertEquals(refusing.told, ["refused TypeError: no", "close undefined"]);
  assertEquals(refusing.counts, [1, 1]);
  refusing.binding.closed();
  assertEquals(refusing.counts, [0, 0]);

  const scene: Scene = new Scene(() => void scene.binding.close());
  scene.binding.opened(scene.sink);
  assertEquals(scene.counts, [1, 1]);
  scene.binding.closed();
  assertEquals(scene.counts, [0, 0]);
});

Deno.test("WebSocketBinding that does not open in time is given up", () => {
  const scene: Scene = new Scene(() => scene.session);
  const { binding, clock } = scene;
  binding.expect(new Deadlines(clock), clock.now() + 1_000);
  clock.advance(950);
  assertEquals(scene.counts, [1, 0]);
  clock.advance(150);
  assertEquals([scene.counts, clock.waiting], [[0, 0], 0]);
  binding.opened(scene.sink);
  assertEquals([scene.told, scene.counts], [["late", "close undefined"], [1, 1]]);
  binding.closed();
  assertEquals(scene.counts, [0, 0]);
});
