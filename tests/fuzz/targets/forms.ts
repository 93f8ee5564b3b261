/**
 * What pages send that poll with scripts and forms, and what they are sent.
 */
import { fromForm, scriptIndex, toScript } from "../../../src/engine/jsonp.ts";
import { engineV3 } from "../../../src/wire/engine_v3.ts";
import { textOf, unlessRefused } from "../inputs.ts";
import { requestOf } from "../requests.ts";
import { type FuzzTarget, promised } from "../target.ts";

/** Forms of JSONP. */
export const formTarget: FuzzTarget = {
  name: "jsonp_form",
  promise:
    "Any form gives packets or a ProtocolError, and no payload leaves its string in a script",
  dictionary: [
    "d=",
    "&d=",
    "6%3A4hello",
    "1:2",
    "%",
    "%5Cn",
    "\\n",
    "\\\\n",
    "+",
    "&",
    "=",
    ";",
    "j=0",
  ],
  run(input): void {
    const body = textOf(input);
    const payload = fromForm(body);
    promised(payload.length <= body.length, `${payload.length} characters out of ${body.length}`);
    unlessRefused(() => [...engineV3.decodePayload(payload)]);
    checkWritten(body);
    checkScript(body, payload);
  },
};

/** What a page writes into a form comes out as it was. */
function checkWritten(payload: string): void {
  const text = payload.toWellFormed();
  const field = text.replaceAll("\\n", "\\\\n").replaceAll("\n", "\\n");
  const read = fromForm(new URLSearchParams({ x: "d=1", d: field }).toString());
  // Neither is told from the other after an odd backslash: published clients write both alike.
  promised(text.includes("\\") || read === text, "a form is read as another payload");
}

/** A script is one call of the page's own function, whatever is asked for and answered. */
function checkScript(asked: string, payload: string): void {
  const query = new URLSearchParams({ j: asked }).toString();
  const index = scriptIndex(requestOf(`/socket.io/?${query}`, [])) ?? "";
  promised(/^\d{0,16}$/.test(index), `the index ${index} is more than digits`);
  const script = toScript(index, payload);
  const literal = script.slice(`___eio[${index}](`.length, -2);
  promised(!/[\n\r\u2028\u2029]/.test(script), "a script has a second line");
  promised(JSON.parse(literal) === payload, "a script says something else");
}
