// SPDX-License-Identifier: Apache-2.0
//
// Turns a file of CQL tests (one JSON object a line: file, group, name, expression, output, invalid)
// into ELM for nidus_conformance, through the reference translator. Every test becomes a library of
// its own, so that one that does not translate harms no other.
//
//   node tools/conformance.mjs TESTS.ndjson OUT.ndjson
//
// Each line written: file, group, name, expression, output, invalid, and either `elm` (a library
// with the definitions Actual and, if there is an output, Expected) or `refused` (why it did not
// translate). `type` is the static type of Actual.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const places = [
  join(root, "guideline", "compiler", "node_modules"),
  ...(process.env.NODE_PATH ?? "").split(delimiter).filter(Boolean),
];
const home = places.find((place) => existsSync(join(place, "@cqframework", "cql")));
if (!home) {
  console.error(`no @cqframework/cql in ${places.join(", ")}: run npm ci in guideline/compiler`);
  process.exit(1);
}
const load = (name) => import(pathToFileURL(join(home, "@cqframework", "cql", name)));
const {
  CqlCompilerOptions,
  CqlTranslator,
  LibraryBuilder,
  LibraryManager,
  ModelManager,
  createUcumService,
} = await load("cql-to-elm.mjs");
const { SystemModelInfoProvider } = await load("cql.mjs");

const [testsFile, outFile] = process.argv.slice(2);
if (!testsFile || !outFile) {
  console.error("usage: node tools/conformance.mjs TESTS.ndjson OUT.ndjson");
  process.exit(2);
}

const flags = CqlCompilerOptions.Options;
const options = CqlCompilerOptions.defaultOptions();
options.setOptions([
  flags.EnableLocators,
  flags.EnableResultTypes,
  flags.DisableListDemotion,
  flags.DisableListPromotion,
]);
options
  .withCompatibilityLevel("1.5")
  .withSignatureLevel(LibraryBuilder.SignatureLevel.All);
// Every unit passes here: the engine is the judge of units.
const noArithmetic = () => {
  throw new Error("the translator must not calculate with units");
};
const units = createUcumService(noArithmetic, () => null, noArithmetic, noArithmetic);
const models = new ModelManager();
models.modelInfoLoader.registerModelInfoProvider(new SystemModelInfoProvider());

// The translator reads the digits after the second as a count of milliseconds; with three of them they are what they say.
// `timezone from` is what CQL 1.3 called `timezoneoffset from`.
const readAsMeant = (text) =>
  text.replace(/'(?:\\.|[^'\\])*'|\btimezone(?=\s+from\b)|(@[\d-]*T\d\d:\d\d:\d\d\.)(\d+)/g, (all, moment, digits) =>
    all === "timezone" ? "timezoneoffset" : moment === undefined ? all : moment + digits.padEnd(3, "0").slice(0, 3),
  );

// The numbers of quantities stand with all their digits in the text; as JavaScript's they would lose some.
const withAllDigits = (json) => json.replace(/"value":(-?\d[\d.]*(?:[eE][+-]?\d+)?)(?=[,}])/g, '"value":"$1"');

// Slice came with CQL 2.0, and ELM has had a node for it since its first release; the translator has to be told of it.
const slices = ["", ", first Integer", ", first Integer, last Integer"].map(
  (more) => `define function Slice(source List<Any>${more}) returns List<Any>: external`,
);
function withSliceNodes(elm) {
  if (Array.isArray(elm)) return elm.map(withSliceNodes);
  if (elm === null || typeof elm !== "object") return elm;
  const node = Object.fromEntries(Object.entries(elm).map(([key, value]) => [key, withSliceNodes(value)]));
  if (node.type !== "FunctionRef" || node.name !== "Slice") return node;
  const [source, startIndex, endIndex] = node.operand;
  const { name, libraryName, operand, signature, ...rest } = node;
  return { ...rest, type: "Slice", source, ...(startIndex && { startIndex }), ...(endIndex && { endIndex }) };
}

function translate(definitions) {
  const text = ["library Conformance version '1'"];
  const slicing = definitions.some(([, expression]) => /\bSlice\s*\(/.test(expression));
  if (slicing) text.push(...slices);
  for (const [name, expression] of definitions) text.push(`define ${name}:\n${readAsMeant(expression)}`);
  let translator;
  try {
    const libraries = new LibraryManager(models, options, undefined, units);
    translator = CqlTranslator.fromText(text.join("\n\n") + "\n", libraries);
  } catch (error) {
    return { refused: String(error?.message ?? error) };
  }
  const errors = translator.errors.asJsReadonlyArrayView();
  if (errors.length > 0) return { refused: errors.map((e) => e.message ?? String(e)).join("; ") };
  const elm = JSON.parse(withAllDigits(translator.toJson()));
  if (!slicing) return { elm };
  const defs = elm.library.statements.def.filter((def) => def.name !== "Slice");
  elm.library.statements.def = defs.map(withSliceNodes);
  return { elm };
}

const bare = (name) => name.replace(/^\{.*\}/, "");

function typeText(definition) {
  if (definition.resultTypeName) return bare(definition.resultTypeName);
  const type = definition.resultTypeSpecifier;
  return type ? type.type.replace("TypeSpecifier", "") : "";
}

const lines = readFileSync(testsFile, "utf8").split("\n").filter((line) => line.trim());
const out = lines.map((line) => {
  const test = JSON.parse(line);
  const { file, group, name, expression, output, invalid } = test;
  const definitions = [["Actual", expression]];
  if (output !== undefined) definitions.push(["Expected", output]);
  const result = { file, group, name, expression, output, invalid };
  const both = translate(definitions);
  if (both.refused !== undefined) {
    // Which side is it? An error in the expected value is no verdict on the expression.
    const alone = output === undefined ? both : translate(definitions.slice(0, 1));
    result.refused = alone.refused ?? `expected value: ${both.refused}`;
    result.refused_side = alone.refused === undefined ? "expected" : "expression";
  } else {
    result.elm = both.elm;
    result.type = typeText(both.elm.library.statements.def.find((d) => d.name === "Actual"));
  }
  return JSON.stringify(result);
});
mkdirSync(dirname(outFile), { recursive: true });
writeFileSync(outFile, out.join("\n") + "\n");
console.log(`${out.length} tests translated to ${outFile}`);
