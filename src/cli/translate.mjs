// SPDX-License-Identifier: Apache-2.0
// CQL -> ELM through the reference translator, for `nidus cql`. Part of the binary; run as
//   node --input-type=module - HOME LIBRARY.cql [FOLDER...]  with this text on standard input.
// HOME holds node_modules with the packages below; libraries that are included are looked for beside LIBRARY.cql and in
// each FOLDER. Prints one JSON object: {messages: [{file, line, column, severity, text}], main, libraries: [ELM...]}.
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { pathToFileURL } from "node:url";

const [home, mainFile, ...folders] = process.argv.slice(2);
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
const say = (file, line, column, severity, text) => messages.push({ file, line, column, severity, text });

// The engine knows FHIRHelpers itself: the translator needs its signatures alone.
function helpers() {
  const attribute = (text, name) => new RegExp(`\\b${name}="([^"]*)"`).exec(text)?.[1] ?? "";
  const quoted = (type) => `${type.slice(0, type.indexOf("."))}."${type.slice(type.indexOf(".") + 1)}"`;
  const system = (type) => (type.startsWith("Interval<") ? `Interval<${quoted(type.slice(9, -1))}>` : quoted(type));
  const functions = [...modelInfo.matchAll(/<conversionInfo\b([^>]*)\/>/g)].map(([, text]) => {
    const name = attribute(text, "functionName").replace("FHIRHelpers.", "");
    return `define function ${name}(value ${quoted(attribute(text, "fromType"))}) returns ${system(attribute(text, "toType"))}: external\n`;
  });
  return `library FHIRHelpers version '4.0.1'\nusing FHIR version '4.0.1'\n${functions.join("")}`;
}

// Comments and texts blanked, so that their words are not taken for code; places stay.
const code = (text) =>
  text.replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\])*'/g, (part) =>
    part.startsWith("'") ? part : part.replace(/[^\n]/g, " "));
const lineOf = (text, at) => text.slice(0, at).split("\n").length;
const plain = (name) => name.replaceAll('"', "").split(".").at(-1);

const libraries = new Map(); // by name: {file, text}, included ones before those that include them
function find(name, version) {
  for (const folder of [dirname(mainFile), ...folders]) {
    for (const file of [`${name}.cql`, ...(version ? [`${name}-${version}.cql`] : [])]) {
      if (existsSync(join(folder, file))) return join(folder, file);
    }
  }
  return undefined;
}

const word = String.raw`(?:"[^"]+"|[A-Za-z_][\w]*)`;
const qualified = `${word}(?:\\.${word})*`;
const open = new Set();
function add(file, named) {
  const text = readFileSync(file, "utf8").replace(/^\uFEFF/, "");
  const bare = code(text);
  const declared = new RegExp(`^\\s*library\\s+(${qualified})`, "m").exec(bare)?.[1];
  const name = declared ? plain(declared) : (named ?? basename(file, ".cql"));
  if (open.has(name) || libraries.has(name)) return name;
  open.add(name);
  for (const match of bare.matchAll(new RegExp(`^\\s*using\\s+(${qualified})(?:\\s+version\\s+'([^']*)')?`, "gm"))) {
    const model = plain(match[1]);
    const fits = model === "System" || (model === "FHIR" && (match[2] === undefined || match[2].startsWith("4.0")));
    if (!fits) say(file, lineOf(bare, match.index + match[0].indexOf("using")), 1, "error", `the model ${model} ${match[2] ?? ""} is not known here: only FHIR 4.0.1`);
  }
  for (const match of bare.matchAll(new RegExp(`^\\s*include\\s+(${qualified})(?:\\s+version\\s+'([^']*)')?`, "gm"))) {
    const wanted = plain(match[1]);
    if (wanted === "FHIRHelpers") continue;
    const place = find(wanted, match[2]);
    if (place === undefined) {
      const line = lineOf(bare, match.index + match[0].indexOf("include"));
      say(file, line, 1, "error", `the included library ${wanted} was not found beside this file${folders.length > 0 ? ` or in ${folders.join(", ")}` : ""}: ${wanted}.cql (--include FOLDER)`);
    } else add(place, wanted);
  }
  // R4 under its earlier number; as many characters, so that places stay.
  const r4 = text.replace(/^(\s*using\s+"?FHIR"?\s+version\s+)'4\.0\.0'/m, "$1'4.0.1'");
  libraries.set(name, { file, text: r4, declared: declared !== undefined });
  return name;
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
  const sources = new Map([...libraries].map(([name, { text }]) => [name, text])).set("FHIRHelpers", helpers());
  manager.librarySourceLoader.registerProvider(
    cql.createLibrarySourceProvider((id) => (sources.has(id) ? cql.stringAsSource(sources.get(id)) : null)),
  );
  for (const [name, { file, text, declared }] of libraries) {
    try {
      const translator = cql.CqlTranslator.fromText(text, manager);
      for (const [severity, list] of [["error", translator.errors], ["warning", translator.warnings]]) {
        for (const one of list.asJsReadonlyArrayView()) {
          const at = /startLine=(\d+), startChar=(\d+)/.exec(String(one.locator ?? ""));
          say(file, Number(at?.[1] ?? 1), Number(at?.[2] ?? 1), severity, String(one.message ?? one));
        }
      }
      const elm = JSON.parse(translator.toJson());
      if (!declared) elm.library.identifier = { id: name };
      delete elm.library.annotation;
      out.push(elm);
    } catch (error) {
      say(file, 1, 1, "error", String(error?.message ?? error));
    }
  }
}
print(JSON.stringify({ messages, main, libraries: out }) + "\n");
