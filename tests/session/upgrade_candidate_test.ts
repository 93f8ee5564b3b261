/** Tests of the WebSocket of an upgrade by itself: what it says, and how it ends. */
import { assertEquals } from "@std/assert";
import { UpgradeCandidate } from "../../src/session/upgrade.ts";
import { engineV4 } from "../../src/wire/engine_v4.ts";
import { type Effect, FakeSink } from "../support/fake_sink.ts";
import { DEFAULT_SETTINGS } from "../support/recording_host.ts";

/** A candidate of time 0. */
function candidateOf(sink: FakeSink, failures: string[] = []): UpgradeCandidate {
  const settings = { ...DEFAULT_SETTINGS, upgradeTimeoutMs: 500, maxPayloadBytes: 10 };
  const failed = (failure: string): void => void failures.push(failure);
  return new UpgradeCandidate({ sink, codec: engineV4, failed }, settings, 0);
}

Deno.test("UpgradeCandidate answers the probe, and lets a GET go from then on", () => {
  const sink = new FakeSink();
  const candidate = candidateOf(sink);
  assertEquals([candidate.deadline, candidate.releaseAt], [500, Infinity]);
  assertEquals(candidate.receive("2probe", 50), "probed");
  assertEquals(sink.frames, ["3probe"]);
  assertEquals([candidate.deadline, candidate.releaseAt], [500, 50]);
});

Deno.test("UpgradeCandidate lets the next GET go 100 ms after the last one", () => {
  const candidate = candidateOf(new FakeSink());
  candidate.released(10);
  assertEquals(candidate.releaseAt, Infinity);
  candidate.receive("2probe", 50);
  candidate.released(60);
  assertEquals(candidate.releaseAt, 160);
});

Deno.test("UpgradeCandidate takes 'upgrade', with or without a probe, and nothing else", () => {
  const sink = new FakeSink();
  assertEquals(candidateOf(sink).receive("5", 0), "upgrade");
  const wrong = ["0", "1", "2", "3", "4", "6", "2prob", "4probe", "3probe", "", "9", "b*"];
  const large = ["5" + "x".repeat(10), new Uint8Array(11)];
  for (const frame of [...wrong, new Uint8Array(2), ...large]) {
    const candidate = candidateOf(sink);
    const step = large.includes(frame) ? "tooLarge" : "refused";
    assertEquals(candidate.receive(frame, 0), step, String(frame));
    assertEquals(candidate.releaseAt, Infinity);
  }
  assertEquals(sink.frames, []);
  assertEquals(sink.isClosed, false);
});

Deno.test("UpgradeCandidate says what was wrong before it closes, if anything was", () => {
  const causes = ["refused", "upgradeTimeout", "maxHttpBufferSize", undefined] as const;
  const ends = causes.map((cause) => {
    const effects: Effect[] = [];
    const sink = new FakeSink("ws", effects);
    const failures: string[] = [];
    candidateOf(sink, failures).close(cause);
    return [...failures, ...effects];
  });
  assertEquals(ends, [
    ["refused", ["ws", "close"]],
    ["upgradeTimeout", ["ws", "close"]],
    ["maxHttpBufferSize", ["ws", "close", 1009]],
    [["ws", "close"]],
  ]);
});
