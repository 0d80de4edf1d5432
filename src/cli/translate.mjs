// SPDX-License-Identifier: Apache-2.0
// CQL -> ELM through the reference translator, for `nidus cql`. Part of the binary; run as
//   node --input-type=module - HOME LIBRARY.cql [FOLDER...]  with this text on standard input.
// HOME holds node_modules with the packages below; libraries that are included are looked for beside LIBRARY.cql and in
// each FOLDER, as CQL and as FHIR Libraries that hold it. Prints one JSON object:
// {messages: [{file, line, column, severity, text}], main, files: {NAME: file}, libraries: [ELM...]}.
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, extname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [place, mainFile, ...folders] = process.argv.slice(2);
const home = resolve(place);
const require = createRequire(join(home, "package.json"));
const load = (path) => import(pathToFileURL(join(home, "node_modules", ...path.split("/"))).href);

// The translator's log greets on standard output, which holds the answer.
const print = process.stdout.write.bind(process.stdout);
process.stdout.write = () => true;
const cql = await load("@cqframework/cql/cql-to-elm.mjs");
const { SystemModelInfoProvider } = await load("@cqframework/cql/cql.mjs");
const units = require("@lhncbc/ucum-lhc").UcumLhcUtils.getInstance();
const modelInfo = readFileSync(join(home, "node_modules/cql-exec-fhir/lib/modelInfos/fhir-modelinfo-4.0.1.xml"), "utf8");

const messages = [];
const said = new Set(); // the translator says some things twice
const say = (file, line, column, severity, text) => {
  const message = { file, line, column, severity, text };
  if (said.size < said.add(JSON.stringify(message)).size) messages.push(message);
};

// The engine knows FHIRHelpers itself: the translator needs its signatures alone. Those of the model's conversions, and
// those that FHIRHelpers has beside them for libraries that call it by name. It is known in every version.
function helpers(version) {
  const attribute = (text, name) =>
    (new RegExp(`\\b${name}="([^"]*)"`).exec(text)?.[1] ?? "").replaceAll("&lt;", "<").replaceAll("&gt;", ">");
  const quoted = (type) => `${type.slice(0, type.indexOf("."))}."${type.slice(type.indexOf(".") + 1)}"`;
  const written = (type) => (type.startsWith("Interval<") ? `Interval<${quoted(type.slice(9, -1))}>` : quoted(type));
  const conversions = [...modelInfo.matchAll(/<conversionInfo\b((?:"[^"]*"|[^"'>])*)\/>/g)].map(([, text]) => [
    attribute(text, "functionName").replace("FHIRHelpers.", ""),
    attribute(text, "fromType"),
    attribute(text, "toType"),
  ]);
  const others = [
    ["ToInterval", "FHIR.Quantity", "Interval<System.Quantity>"],
    ["ToQuantityIgnoringComparator", "FHIR.Quantity", "System.Quantity"],
    ["ToCalendarUnit", "System.String", "System.String"],
  ];
  const functions = [...conversions, ...others].map(
    ([name, from, to]) => `define function ${name}(value ${written(from)}) returns ${written(to)}: external\n`,
  );
  return `library FHIRHelpers version '${version}'\nusing FHIR version '4.0.1'\n${functions.join("")}`;
}

// Comments blanked, so that their words are not taken for code; places stay.
const code = (text) =>
  text.replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"/g, (part) =>
    part.startsWith("/") ? part.replace(/[^\n]/g, " ") : part);
// The translator reads the digits after the second as a count of milliseconds: .5 as 5 of them. Written with three digits
// they are what they say. What is longer is cut, as CQL knows no finer part; spaces keep the places. `timezone from`
// is what CQL 1.3 called `timezoneoffset from`, and `context Population` what earlier CQL called `context Unfiltered`.
const readAsMeant = (text) =>
  text.replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|\btimezone(?=\s+from\b)|(?<=^\s*context\s+)Population\b|(@[\d-]*T\d\d:\d\d:\d\d\.)(\d+)/gm, (all, moment, digits) => {
    if (all === "timezone") return "timezoneoffset";
    if (all === "Population") return "Unfiltered";
    return moment === undefined || digits.length === 3 || /^0{1,3}$/.test(digits)
      ? all
      : moment + digits.padEnd(3, "0").slice(0, 3) + " ".repeat(Math.max(digits.length - 3, 0));
  });
const lineOf = (text, at) => text.slice(0, at).split("\n").length;
const plain = (name) => /(?:"[^"]+"|`[^`]+`|\w+)$/.exec(name)[0].replaceAll(/["`]/g, "");

const word = String.raw`(?:"[^"]+"|\`[^\`]+\`|[A-Za-z_][\w]*)`;
const qualified = `${word}(?:\\.${word})*`;
// Wherever they stand on a line, but in no text and no quoted name.
const statements = (keyword, bare) => {
  const quoted = String.raw`'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"`;
  const all = new RegExp(`${quoted}|\\b(${keyword}\\s+)(${qualified})(?:\\s+version\\s+'([^']*)')?`, "g");
  return [...bare.matchAll(all)].filter((match) => match[1] !== undefined);
};

// Where bytes stop being UTF-8.
function badPlace(bytes) {
  const text = bytes.toString("utf8");
  const mark = Buffer.from("\uFFFD");
  for (let at = text.indexOf("\uFFFD"); at >= 0; at = text.indexOf("\uFFFD", at + 1)) {
    const before = text.slice(0, at);
    const from = Buffer.byteLength(before);
    if (bytes.subarray(from, from + mark.length).equals(mark)) continue; // it is written so
    return { line: lineOf(text, at), column: at - before.lastIndexOf("\n") };
  }
  return undefined;
}

// The CQL of a file, or of the FHIR Library in it; undefined when it holds none.
function cqlOf(file) {
  const text = readFileSync(file, "utf8").replace(/^\uFEFF/, "");
  if (!/^\s*\{/.test(text)) return text;
  try {
    const resource = JSON.parse(text);
    const part = resource.resourceType === "Library" && (resource.content ?? []).find(({ contentType, data }) => /^text\/cql\b/.test(contentType ?? "") && data);
    return part ? Buffer.from(part.data, "base64").toString("utf8").replace(/^\uFEFF/, "") : undefined;
  } catch {
    return undefined;
  }
}
const isCql = (file) => file.endsWith(".cql") || (file.endsWith(".json") && readFileSync(file).subarray(0, 1000).includes('"Library"'));

// The files of the folders that hold CQL, with the library that each declares, or that its name says.
let shelf;
function files() {
  shelf ??= [dirname(mainFile), ...folders].flatMap((folder) =>
    (existsSync(folder) ? readdirSync(folder).sort() : [])
      .map((file) => ({ file: join(folder, file), text: isCql(join(folder, file)) ? cqlOf(join(folder, file)) : undefined }))
      .filter(({ text }) => text !== undefined)
      .map(({ file, text }) => {
        const [declared] = statements("library", code(text));
        return { file, name: declared ? plain(declared[2]) : basename(file, extname(file)), version: declared?.[3] };
      }),
  );
  return shelf;
}

// Of several versions without one asked for the file with the plain name, else the last.
function find(name, version) {
  const named = files().filter((one) => one.name === name);
  const fitting = version === undefined ? named : named.filter((one) => one.version === undefined || one.version === version);
  const byVersion = (a, b) => (a.version ?? "").localeCompare(b.version ?? "", "en", { numeric: true });
  const best = fitting.find(({ file }) => basename(file, extname(file)) === name) ?? fitting.sort(byVersion).at(-1);
  if (best) return best.file;
  const others = named.map(({ file, version: other }) => `${basename(file)} is version '${other}'`);
  return { missing: others.join(", ") };
}

const libraries = new Map(); // by name: {file, text}, included ones before those that include them
const open = new Set();
const included = new Map(); // by name: the first include that asks for a version, {version, file, line}
// Where libraries are looked for, in words.
const places = () =>
  [...new Set([dirname(mainFile), ...folders])].map((folder) => `${folder}${existsSync(folder) ? "" : " (no such folder)"}`).join(", ");
function add(file, named) {
  const bad = badPlace(readFileSync(file));
  if (bad) {
    say(file, bad.line, bad.column, "error", "this is not UTF-8");
    return basename(file, extname(file));
  }
  const text = cqlOf(file);
  if (text === undefined) {
    say(file, 1, 1, "error", "a FHIR Library without content of type text/cql");
    return basename(file, extname(file));
  }
  const bare = code(text);
  const [library] = statements("library", bare);
  const name = library ? plain(library[2]) : (named ?? basename(file, extname(file)));
  if (open.has(name) || libraries.has(name)) return name;
  open.add(name);
  const spaces = []; // of the names of libraries; libraries are known by the last part
  const take = (match) => {
    const from = match.index + match[1].length;
    const length = match[2].length - /(?:"[^"]+"|`[^`]+`|\w+)$/.exec(match[2])[0].length;
    if (length > 0) spaces.push([from, from + length]);
  };
  if (library) take(library);
  for (const match of statements("using", bare)) {
    const model = plain(match[2]);
    const fits = model === "System" || (model === "FHIR" && (match[3] === undefined || match[3].startsWith("4.0")));
    if (!fits) say(file, lineOf(bare, match.index), 1, "error", `the model ${[model, match[3]].filter(Boolean).join(" ")} is not known here, only FHIR 4.0.1: write the library over that, or give the ELM that its publisher made of it`);
  }
  for (const match of statements("include", bare)) {
    take(match);
    const wanted = plain(match[2]);
    if (wanted === "FHIRHelpers") continue;
    const line = lineOf(bare, match.index);
    const version = match[3];
    const before = included.get(wanted);
    if (version !== undefined && before === undefined) included.set(wanted, { version, file, line });
    if (version !== undefined && before !== undefined && before.version !== version) {
      say(file, line, 1, "error", `the library ${wanted} is included in version '${version}', and in version '${before.version}' by ${before.file}:${before.line}: a run has one version of a library`);
      continue;
    }
    const place = find(wanted, version);
    if (typeof place !== "string") {
      const others = place.missing ? `; ${place.missing}` : "";
      say(file, line, 1, "error", `the included library ${wanted}${version === undefined ? "" : ` version '${version}'`} was not found in ${places()}${others} (more folders: --include)`);
    } else add(place, wanted);
  }
  let read = readAsMeant(text);
  for (const [from, to] of spaces) read = read.slice(0, from) + " ".repeat(to - from) + read.slice(to);
  // R4 under its earlier number; as many characters, so that places stay.
  read = read.replace(/(\busing\s+"?FHIR"?\s+version\s+)'4\.0\.0'/, "$1'4.0.1'");
  libraries.set(name, { file, text: read, declared: library !== undefined });
  return name;
}

// The translator names what a line would have brought that every library over FHIR begins with, and not the line.
const firstLines = [
  [/^Could not resolve library name FHIRHelpers\b/, "include", "FHIRHelpers"],
  [/^Could not resolve identifier Patient\b/, "using", "FHIR"],
];
function withLackingLine(message, text) {
  const [, keyword, name] = firstLines.find(([said]) => said.test(message)) ?? [];
  if (name === undefined || statements(keyword, code(text)).some((match) => plain(match[2]) === name)) return message;
  return `${message} (the library lacks the line: ${keyword} ${name} version '4.0.1')`;
}

const main = add(mainFile);
const out = [];
if (messages.length === 0) {
  const models = new cql.ModelManager();
  models.modelInfoLoader.registerModelInfoProvider(new SystemModelInfoProvider());
  models.modelInfoLoader.registerModelInfoProvider(
    cql.createModelInfoProvider((id) => (id === "FHIR" ? cql.stringAsSource(modelInfo) : null)),
  );
  const flags = cql.CqlCompilerOptions.Options;
  const options = cql.CqlCompilerOptions.defaultOptions();
  options.setOptions([flags.EnableLocators, flags.EnableResultTypes, flags.DisableListDemotion, flags.DisableListPromotion]);
  options.withCompatibilityLevel("1.5").withSignatureLevel(cql.LibraryBuilder.SignatureLevel.All);
  const never = () => {
    throw new Error("the translator must not calculate with units");
  };
  const validate = (unit) => (units.validateUnitString(unit).status === "valid" ? null : `'${unit}' is not a UCUM unit`);
  const manager = new cql.LibraryManager(models, options, undefined, cql.createUcumService(never, validate, never, never));
  manager.librarySourceLoader.registerProvider(
    cql.createLibrarySourceProvider((name, _, version) => {
      const text = name === "FHIRHelpers" ? helpers(version ?? "4.0.1") : libraries.get(name)?.text;
      return text === undefined ? null : cql.stringAsSource(text);
    }),
  );
  for (const [name, { file, text, declared }] of libraries) {
    try {
      const translator = cql.CqlTranslator.fromText(text, manager);
      for (const [severity, list] of [["error", translator.errors], ["warning", translator.warnings]]) {
        for (const one of list.asJsReadonlyArrayView()) {
          // What is wrong with an included library is said once, where that library is translated.
          const about = Object.values(one.locator ?? {}).find((part) => typeof part?.id === "string")?.id;
          if (about && about !== name && libraries.has(about)) continue;
          const at = /startLine=(\d+), startChar=(\d+)/.exec(String(one.locator ?? ""));
          say(file, Number(at?.[1] ?? 1), Math.max(1, Number(at?.[2] ?? 1)), severity, withLackingLine(String(one.message ?? one), text));
        }
      }
      // Numbers of quantities stand with all their digits in the text; as JavaScript's they would lose some.
      const elm = JSON.parse(translator.toJson().replace(/"value":(-?\d[\d.]*(?:[eE][+-]?\d+)?)(?=[,}])/g, '"value":"$1"'));
      // `convert 2 years to months` gets the UCUM month, which no calendar year is a number of; the word is meant.
      const lines = text.split("\n");
      (function restore(node) {
        if (node === null || typeof node !== "object") return;
        for (const part of Object.values(node)) restore(part);
        if (node.type !== "ConvertQuantity") return;
        const unit = node.operand?.[1];
        const place = /^(\d+):(\d+)-(\d+):(\d+)$/.exec(unit?.type === "Literal" ? unit.locator ?? "" : "");
        const written = place?.[1] === place?.[3] ? lines[place?.[1] - 1]?.slice(place?.[2] - 1, place?.[4]) : undefined;
        if (/^(year|month|week|day|hour|minute|second|millisecond)s?$/.test(written ?? "")) unit.value = written;
      })(elm.library.statements);
      // Of two functions of one name and the same operands it keeps one and says nothing.
      const kept = (elm.library.statements?.def ?? []).filter((def) => def.type === "FunctionDef");
      const bare = code(text);
      const written = [...bare.matchAll(/^\s*define\s+(?:public\s+|private\s+)?(?:fluent\s+)?function\s+("[^"]+"|\w+)\s*\(/gm)];
      for (const one of new Set(written.map((match) => plain(match[1])))) {
        const all = written.filter((match) => plain(match[1]) === one);
        if (kept.filter((def) => def.name === one).length >= all.length) continue;
        const last = all.at(-1);
        say(file, lineOf(bare, last.index + last[0].indexOf("define")), 1, "warning", `the function ${one} stands twice for the same operands: the first alone is kept`);
      }
      if (!declared) elm.library.identifier = { id: name };
      delete elm.library.annotation;
      out.push(elm);
    } catch (error) {
      say(file, 1, 1, "error", String(error?.message ?? error));
    }
  }
}
const filesByName = Object.fromEntries([...libraries].map(([name, { file }]) => [name, file]));
print(JSON.stringify({ messages, main, files: filesByName, libraries: out }) + "\n");
