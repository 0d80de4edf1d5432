// SPDX-License-Identifier: Apache-2.0
// Writes src/fhir/model_r4.inc from the FHIR 4.0.1 model info that npm package cql-exec-fhir carries.
// usage: node tools/generate_fhir_model.mjs [MODELINFO.xml]
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");

function modelInfoPath() {
  if (process.argv[2]) return process.argv[2];
  const folders = [process.cwd(), root, join(root, "guideline")];
  for (const folder of folders) {
    try {
      const main = createRequire(join(folder, "package.json")).resolve("cql-exec-fhir");
      return join(dirname(main), "modelInfos", "fhir-modelinfo-4.0.1.xml");
    } catch {
      // Not installed there; the next folder may have it.
    }
  }
  console.error("cql-exec-fhir is not installed: run npm ci, or name the model info file");
  process.exit(1);
}

const attribute = (text, name) => new RegExp(`(?:^|\\s)${name}="([^"]*)"`).exec(text)?.[1] ?? "";
const short = (name) => name.replace(/^FHIR\./, "");
const upper = (text) => text[0].toUpperCase() + text.slice(1);

function refuse(reason) {
  console.error(`generate_fhir_model: ${reason}`);
  process.exit(1);
}

// One <element>: its name, whether it is a list, and its types (several for a choice).
function readElement(head, body) {
  const element = { name: attribute(head, "name"), list: false, choice: false, types: [] };
  const direct = attribute(head, "elementType");
  if (direct) {
    // Element.id is a System.String of the model, which is FHIR's string in JSON.
    element.types.push(direct.startsWith("System.") ? "string" : short(direct));
  } else if (body.includes('xsi:type="ChoiceTypeSpecifier"')) {
    element.choice = true;
    for (const [, choice] of body.matchAll(/<choice\b([^>]*)\/>/g)) {
      element.types.push(attribute(choice, "name"));
    }
  } else {
    element.list = body.includes('xsi:type="ListTypeSpecifier"');
    const item = attribute(body, "elementType");
    const named = /<elementTypeSpecifier\b([^>]*xsi:type="NamedTypeSpecifier"[^>]*)\/>/.exec(body);
    element.types.push(item ? short(item) : attribute(named?.[1] ?? "", "name"));
  }
  return element;
}

function readTypes(xml) {
  const types = new Map();
  for (const [, head, , body = ""] of xml.matchAll(/<typeInfo\b([^>]*?)(\/>|>([\s\S]*?)<\/typeInfo>)/g)) {
    const type = {
      name: attribute(head, "name"),
      base: short(attribute(head, "baseType")),
      primaryCodePath: attribute(head, "primaryCodePath"),
      holdsValue: false,
      elements: [],
    };
    const inner = body.replace(/<contextRelationship\b[^>]*\/>/g, "");
    for (const [, ehead, , ebody = ""] of inner.matchAll(/<element\s([^>]*?)(\/>|>([\s\S]*?)<\/element>)/g)) {
      // The model gives primitives a `value` of a System type; in JSON they are scalars.
      if (attribute(ehead, "name") === "value" && attribute(ehead, "elementType").startsWith("System.")) {
        type.holdsValue = true;
      } else {
        type.elements.push(readElement(ehead, ebody));
      }
    }
    types.set(type.name, type);
  }
  return types;
}

const types = readTypes(readFileSync(modelInfoPath(), "utf8"));
const chain = (name) => {
  const out = [];
  for (let type = types.get(name); type; type = types.get(type.base)) out.push(type);
  return out;
};
const isPrimitive = (name) => chain(name).some((type) => type.holdsValue);
const isResource = (name) => chain(name).some((type) => type.name === "Resource");

// "dose" + SimpleQuantity is spelled doseQuantity: profiles of Quantity keep its name in JSON.
const jsonName = (element, type) => {
  if (!element.choice) return element.name;
  return element.name + upper(type === "SimpleQuantity" || type === "MoneyQuantity" ? "Quantity" : type);
};

const names = new Set(["resourceType"]);
for (const type of types.values()) {
  for (const element of type.elements) {
    names.add(element.name);
    if (element.types.length === 0) refuse(`${type.name}.${element.name} has no type`);
    for (const of of element.types) {
      if (!types.has(of)) refuse(`${type.name}.${element.name} has an unknown type '${of}'`);
      names.add(jsonName(element, of));
    }
  }
}
const byText = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
const nameList = [...names].sort(byText);
const nameId = new Map(nameList.map((name, i) => [name, i + 1]));
const typeList = [...types.keys()].sort(byText);
const typeId = new Map(typeList.map((name, i) => [name, i + 1]));
if (typeList.length < 900) refuse(`only ${typeList.length} types in the model info`);

const spellings = [], elements = [], typeRows = [];
for (const name of typeList) {
  const type = types.get(name);
  const first = elements.length;
  for (const element of type.elements) {
    const start = spellings.length;
    for (const of of element.types) {
      spellings.push(`{${nameId.get(jsonName(element, of))},${typeId.get(of)}}`);
    }
    const flags = (element.list ? 1 : 0) + (element.choice ? 2 : 0);
    elements.push(`{${nameId.get(element.name)},${flags},${start}}`);
  }
  const flags = (isResource(name) ? 1 : 0) + (isPrimitive(name) ? 2 : 0);
  const code = type.primaryCodePath ? `"${type.primaryCodePath}"` : "{}";
  typeRows.push(`{"${name}",${typeId.get(type.base) ?? 0},${flags},${first},${code}}`);
}
// Each row ends where the next one starts, so both lists close with a last row.
elements.push(`{0,0,${spellings.length}}`);
typeRows.push(`{"",0,0,${elements.length - 1},{}}`);

function rows(list) {
  const lines = [""];
  for (const item of list) {
    if (lines.at(-1).length + item.length > 118) lines.push("");
    lines[lines.length - 1] += item + ",";
  }
  return lines.join("\n");
}

const text = `// SPDX-License-Identifier: Apache-2.0
// Generated by tools/generate_fhir_model.mjs from the FHIR 4.0.1 model info. Do not edit.
// clang-format off
constexpr std::string_view kNames[] = {"",
${rows(nameList.map((name) => `"${name}"`))}
};
// JSON name, type.
constexpr Spelling kSpellings[] = {
${rows(spellings)}
};
// Model name, flags (1 list, 2 choice), first spelling.
constexpr ElementRow kElements[] = {
${rows(elements)}
};
// Name, base type, flags (1 resource, 2 primitive), first element, path of the primary code.
constexpr TypeRow kTypes[] = {{"",0,0,0,{}},
${rows(typeRows)}
};
// clang-format on
`;
writeFileSync(join(root, "src", "fhir", "model_r4.inc"), text);
console.log(`src/fhir/model_r4.inc: ${nameList.length} names, ${typeList.length} types, ${elements.length - 1} elements`);
