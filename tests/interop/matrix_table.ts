/**
 * The table that a run of the matrix ends with: a row for each client and transport, a column for each
 * target, and below it what is excused, left out, or better than the control.
 */
import type { TargetName } from "../runtime/capabilities.ts";
import type { Transport } from "./clients.ts";
import type { Failure, Verdict } from "./excuses.ts";

/** A place in the matrix. */
export interface Place {
  /** The client as people read it. */
  readonly client: string;
  readonly transport: Transport;
  readonly target: TargetName;
}

/** What was left out of all rows of a client. */
export interface LeftOut {
  readonly client: string;
  readonly scenario: string;
  readonly reason: string;
}

/** Characters that the foot shows of a failure. */
const SHOWN_CHARACTERS = 160;

/** The target that is the measure of the others. */
const CONTROL: TargetName = "reference";

export class MatrixTable {
  readonly #targets: readonly TargetName[];
  readonly #cells: { readonly place: Place; readonly verdict: Verdict }[] = [];
  readonly #leftOut: Map<string, LeftOut> = new Map();
  readonly #notes: string[] = [];

  /** @param targets the columns */
  constructor(targets: readonly TargetName[]) {
    this.#targets = targets;
  }

  /** What a cell came to. */
  add(place: Place, verdict: Verdict): void {
    this.#cells.push({ place, verdict });
  }

  /** A scenario that a client cannot play; told once. */
  leaveOut(what: LeftOut): void {
    this.#leftOut.set(`${what.client}: ${what.scenario}`, what);
  }

  /** A line for the foot. */
  note(line: string): void {
    this.#notes.push(line);
  }

  /** The table and its foot. */
  get lines(): readonly string[] {
    const names = this.#targets.map((it) => it === CONTROL ? `${it} (control)` : it);
    const rows = [["client", "transport", ...names], ...this.#rows()];
    const [head = "", ...body] = align(rows);
    const rule = head.replaceAll(/[^|]/g, "-");
    return ["", head, rule, ...body, "", ...this.#foot()];
  }

  #rows(): readonly (readonly string[])[] {
    const rows = new Map<string, Place>();
    for (const { place } of this.#cells) rows.set(`${place.client} ${place.transport}`, place);
    return [...rows.values()].map(({ client, transport }) => {
      const marks = this.#targets.map((target) => {
        const cell = this.#cells.find(({ place }) => {
          return place.client === client && place.transport === transport &&
            place.target === target;
        });
        return cell ? markOf(cell.verdict, target === CONTROL ? "fail" : "FAILED") : "";
      });
      return [client, transport, ...marks];
    });
  }

  #foot(): readonly string[] {
    const leftOut = [...this.#leftOut.values()].map(({ client, scenario, reason }) => {
      return `– ${client}: ${scenario} (${reason})`;
    });
    return [...leftOut, ...this.#controlFailures(), ...this.#ownFailures(), ...this.#notes];
  }

  /** Each failure of ours, once, with the targets that have it. */
  #ownFailures(): readonly string[] {
    const lines = new Lines();
    for (const { place, verdict } of this.#cells) {
      if (place.target === CONTROL) continue;
      for (const failure of verdict.failures) {
        lines.add(`FAILED ${describe(place, failure)}`, "on", place.target);
      }
    }
    return lines.all;
  }

  /** Each failure of the control, once, and what ours make of it. */
  #controlFailures(): readonly string[] {
    const lines = new Lines();
    for (const { place, verdict: { failures, excused, better } } of this.#cells) {
      const tell = (how: string, those: readonly Failure[]): void => {
        for (const failure of those) {
          lines.add(`the control fails: ${describe(place, failure)}`, how, place.target);
        }
      };
      if (place.target === CONTROL) tell("", failures);
      else {
        tell("excused on", excused);
        tell("passes on", better);
      }
    }
    return lines.all;
  }
}

/** Lines that end with the targets they are about, by what is said of them; in the order they came. */
class Lines {
  readonly #targets: Map<string, Map<string, TargetName[]>> = new Map();

  add(line: string, how: string, target: TargetName): void {
    const byHow = this.#targets.get(line) ?? new Map<string, TargetName[]>();
    this.#targets.set(line, byHow);
    if (how !== "") byHow.set(how, [...byHow.get(how) ?? [], target]);
  }

  get all(): readonly string[] {
    return [...this.#targets].map(([line, byHow]) => {
      const parts = [...byHow].map(([how, targets]) => `; ${how} ${targets.join(", ")}`);
      return `${line}${parts.join("")}`;
    });
  }
}

function describe({ client, transport }: Place, { scenario, text }: Failure): string {
  const shown = text.length <= SHOWN_CHARACTERS ? text : `${text.slice(0, SHOWN_CHARACTERS)}…`;
  return `${client}, ${transport}: ${scenario}: ${shown}`;
}

/** What stands in a cell. */
function markOf({ passed, leftOut, failures, excused }: Verdict, failed: string): string {
  const parts = [`${passed} ok`];
  if (failures.length > 0) parts.push(`${failures.length} ${failed}`);
  if (excused.length > 0) parts.push(`${excused.length} excused`);
  if (leftOut > 0) parts.push(`${leftOut} –`);
  return parts.join(", ");
}

/** Rows as lines whose columns stand below each other. */
function align(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, column) => {
    return Math.max(...rows.map((row) => row[column]?.length ?? 0));
  });
  return rows.map((row) => {
    return `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  });
}
