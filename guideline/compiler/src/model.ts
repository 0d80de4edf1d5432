// SPDX-License-Identifier: Apache-2.0
// The FHIR 4.0.1 model info and the two FHIRHelpers made from its conversion list.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const require = createRequire(import.meta.url);

export function modelInfoXml(): string {
  const home = dirname(require.resolve("cql-exec-fhir/package.json"));
  return readFileSync(join(home, "lib", "modelInfos", "fhir-modelinfo-4.0.1.xml"), "utf8");
}

interface Conversion {
  name: string; // ToQuantity
  from: string; // FHIR.Quantity
  to: string; // System.Quantity
}

export function conversions(xml: string): Conversion[] {
  const attribute = (text: string, name: string) =>
    (new RegExp(`\\b${name}="([^"]*)"`).exec(text)?.[1] ?? "").replaceAll("&lt;", "<").replaceAll("&gt;", ">");
  return [...xml.matchAll(/<conversionInfo\b((?:"[^"]*"|[^"'>])*)\/>/g)].map((match) => ({
    name: attribute(match[1]!, "functionName").replace("FHIRHelpers.", ""),
    from: attribute(match[1]!, "fromType"),
    to: attribute(match[1]!, "toType"),
  }));
}

const quoted = (type: string) => {
  const [model, ...rest] = type.split(".");
  return `${model}."${rest.join(".")}"`;
};

const systemType = (c: Conversion) =>
  c.to.startsWith("Interval<") ? c.to.replace(/Interval<(.*)>/, (_, point: string) => `Interval<${quoted(point)}>`) : quoted(c.to);

const head = "library FHIRHelpers version '4.0.1'\n\nusing FHIR version '4.0.1'\n\n";

const calendarUnit =
  "define function ToCalendarUnit(unit System.String):\n  case unit when 'ms' then 'millisecond' when 's' then 'second' " +
  "when 'min' then 'minute' when 'h' then 'hour' when 'd' then 'day' when 'wk' then 'week' when 'mo' then 'month' " +
  "when 'a' then 'year' else unit end\n\n";

// Only signatures: the engine knows these functions.
export function externalHelpers(list: Conversion[]): string {
  return head + list.map((c) => `define function ${c.name}(value ${quoted(c.from)}) returns ${systemType(c)}: external\n`).join("");
}

// With bodies, for an engine that does not.
export function writtenHelpers(list: Conversion[]): string {
  return (
    head +
    calendarUnit +
    list
      .filter((c) => body(c) !== undefined)
      .map((c) => `define function ${c.name}(value ${quoted(c.from)}):\n  ${body(c)}\n\n`)
      .join("")
  );
}

function body(c: Conversion): string | undefined {
  switch (c.name) {
    case "ToInterval":
      if (c.from === "FHIR.Period") {
        return (
          "if value is null then null else if value.\"start\" is null then " +
          "Interval(value.\"start\".value, value.\"end\".value] else Interval[value.\"start\".value, value.\"end\".value]"
        );
      }
      return "if value is null then null else Interval[ToQuantity(value.low), ToQuantity(value.high)]";
    case "ToQuantity":
      return (
        "if value is null then null else if value.comparator is not null then null else " +
        "System.Quantity { value: value.value.value, unit: ToCalendarUnit(Coalesce(value.code.value, value.unit.value, '1')) }"
      );
    case "ToRatio":
      return (
        "if value is null then null else " +
        "System.Ratio { numerator: ToQuantity(value.numerator), denominator: ToQuantity(value.denominator) }"
      );
    case "ToCode":
      return (
        "if value is null then null else System.Code { code: value.code.value, system: value.system.value, " +
        "version: value.version.value, display: value.display.value }"
      );
    case "ToConcept":
      if (c.from === "FHIR.Coding") return "if value is null then null else System.Concept { codes: { ToCode(value) } }";
      return (
        "if value is null then null else System.Concept { codes: value.coding C return all ToCode(C), " +
        "display: value.text.value }"
      );
    default:
      return "value.value";
  }
}
