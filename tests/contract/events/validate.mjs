// Checks a document with AsyncAPI's own parser: `node validate.mjs docs/asyncapi.json`. Prints every finding as one
// line of JSON; ends with 0 when none is an error.
import { readFileSync } from "node:fs";

import { DiagnosticSeverity, Parser } from "@asyncapi/parser";

const { document, diagnostics } = await new Parser().parse(readFileSync(process.argv[2], "utf8"));
const found = diagnostics.map(({ severity, code, message, path }) => ({
  severity: DiagnosticSeverity[severity],
  code,
  message,
  path: path.join("/"),
}));
console.log(JSON.stringify({ channels: document?.channels().length ?? 0, found }));
process.exitCode = document && !found.some(({ severity }) => severity === "Error") ? 0 : 1;
