// SPDX-License-Identifier: Apache-2.0
// Logic in words: the condition of a definition as a tree of plain sentences. What has no words is shown as its CQL.
import type { Compiled } from "./compile.js";
import type { Graph } from "./graph.js";
import type { Elm } from "./translate.js";
import { Vocabulary } from "./words_vocabulary.js";

// A sentence, or a heading with what stands under it. A definition in a sentence is written [[Library.Name]].
export type Said = string | { head: string; items: Said[] };

const comparisons: Record<string, string> = {
  Greater: "above",
  GreaterOrEqual: "at least",
  Less: "below",
  LessOrEqual: "at most",
};
const opposite: Record<string, string> = { Greater: "LessOrEqual", GreaterOrEqual: "Less", Less: "GreaterOrEqual", LessOrEqual: "Greater" };
const through = new Set(["As", "ToDecimal", "ToString", "ToInteger", "ToQuantity", "ToDateTime", "ToDate", "ToConcept", "ToList", "DateFrom"]);
const arithmetic: Record<string, string> = { Add: "plus", Subtract: "minus", Multiply: "times", Divide: "divided by" };

const flat = (said: Said): said is string => typeof said === "string";
const first = (node: Elm): Elm => (Array.isArray(node["operand"]) ? node["operand"][0] : node["operand"]);

export class Words {
  private readonly vocabulary: Vocabulary;

  constructor(
    compiled: Compiled,
    private readonly graph: Graph,
    private readonly texts: ReadonlyMap<string, string>, // library -> CQL
    functions: Readonly<Record<string, string>>,
  ) {
    this.vocabulary = new Vocabulary(compiled, functions);
  }

  label(definition: string): string {
    return this.vocabulary.label(definition);
  }

  drug(atc: string): string {
    return this.vocabulary.literal(atc, "String");
  }

  // The logic of a definition; undefined when it has none of its own (a function with several forms).
  definition(name: string): Said | undefined {
    const definition = this.graph.definitions.get(name);
    if (definition === undefined || definition.elm.length !== 1) return undefined;
    const expression = definition.elm[0]!["expression"] as Elm;
    return this.isBoolean(expression) ? this.truth(expression, definition.library) : this.value(expression, definition.library);
  }

  private isBoolean(node: Elm): boolean {
    return String(node["resultTypeName"] ?? "").endsWith("Boolean");
  }

  // ---------------------------------------------------------------- what is true or not

  truth(node: Elm, library: string): Said {
    const type = String(node["type"]);
    switch (type) {
      case "And":
      case "Or":
        return this.joined(type, node, library);
      case "Not":
        return this.denied(first(node), library);
      case "IsTrue":
        return this.mark(this.truth(first(node), library), "certain");
      case "IsFalse":
        return this.mark(this.truth(first(node), library), "certainly not");
      case "IsNull":
        return this.subject(first(node), library, "is unknown");
      case "Coalesce":
        return this.counted(node, library);
      case "If":
      case "Case":
        return this.choice(node, library);
      case "Exists":
        return this.exists(first(node), library);
      case "In":
      case "Contains":
        return this.membership(node, library);
      case "Equal":
      case "Equivalent":
        return this.equal(node, library, "is");
      case "Literal":
        return node["value"] === "true" ? "yes" : "no";
      case "Null":
        return "unknown";
      case "As":
        return this.truth(first(node), library);
      case "StartsWith":
        return `${this.inline(first(node), library)} begins with ${this.inline(node["operand"][1], library)}`;
      case "AnyTrue":
        return this.subject(node["source"], library, "is true for one");
      default:
        return comparisons[type] ? this.compared(node, type, library) : this.inline(node, library);
    }
  }

  private flatten(type: string, node: Elm): Elm[] {
    return node["type"] === type ? (node["operand"] as Elm[]).flatMap((one) => this.flatten(type, one)) : [node];
  }

  private joined(type: string, node: Elm, library: string): Said {
    const items = this.flatten(type, node).map((one) => this.truth(one, library));
    if (items.length === 2 && items.every((one) => flat(one) && one.length < 60 && !/ (and|or) /.test(one))) return items.join(type === "And" ? " and " : " or ");
    return { head: type === "And" ? "all of" : "any of", items };
  }

  private denied(node: Elm, library: string): Said {
    const type = String(node["type"]);
    if (type === "IsNull") return this.subject(first(node), library, "is known");
    if (type === "IsTrue") return this.mark(this.truth(first(node), library), "no, or unknown");
    if (type === "IsFalse") return this.mark(this.truth(first(node), library), "yes, or unknown");
    if (type === "Equal" || type === "Equivalent") return this.equal(node, library, "is not");
    if (opposite[type]) return this.compared(node, opposite[type]!, library);
    if (type === "Exists") {
      const said = this.exists(first(node), library);
      return flat(said) ? said.replace(/^there is /, "there is no ") : { ...said, head: said.head.replace(/^there is /, "there is no ") };
    }
    if (type === "And" || type === "Or") {
      return { head: type === "Or" ? "none of" : "not all of", items: this.flatten(type, node).map((one) => this.truth(one, library)) };
    }
    const said = this.truth(node, library);
    return flat(said) ? `not ${said}` : { head: "not", items: [said] };
  }

  private mark(said: Said, how: "certain" | "certainly not" | "no, or unknown" | "yes, or unknown"): Said {
    const after = { certain: "unknown counts as no", "certainly not": "known not to be so", "no, or unknown": "not so, or unknown", "yes, or unknown": "so, or unknown" }[how];
    return flat(said) ? `${said} (${after})` : { head: `${after}: ${said.head}`, items: said.items };
  }

  private subject(node: Elm, library: string, what: string): Said {
    const said = this.isBoolean(node) ? this.truth(node, library) : this.value(node, library);
    return flat(said) ? `${said} ${what}` : { head: `this ${what}: ${said.head}`, items: said.items };
  }

  private counted(node: Elm, library: string): Said {
    const [value, fallback] = node["operand"] as Elm[];
    if (node["operand"].length === 2 && fallback!["type"] === "Literal") {
      const said = this.truth(value!, library);
      const when = `when unknown: ${fallback!["value"] === "true" ? "yes" : "no"}`;
      return flat(said) ? `${said} (${when})` : { head: `${said.head} (${when})`, items: said.items };
    }
    return { head: "the first that is known", items: (node["operand"] as Elm[]).map((one) => this.truth(one, library)) };
  }

  private choice(node: Elm, library: string): Said {
    const boolean = this.isBoolean(node);
    const say = (one: Elm): Said => (boolean ? this.truth(one, library) : this.value(one, library));
    const cases: [Elm, Elm][] =
      node["type"] === "If" ? [[node["condition"], node["then"]]] : (node["caseItem"] as Elm[]).map((item) => [item["when"], item["then"]]);
    const comparand = node["comparand"] as Elm | undefined;
    const line = (condition: Said, result: Said): Said => {
      if (flat(condition) && flat(result)) return `${result}, if ${condition}`;
      if (flat(result)) return { head: `${result}, if ${(condition as { head: string }).head}`, items: (condition as { items: Said[] }).items };
      const head = flat(condition) ? `if ${condition}` : "if";
      return { head, items: [...(flat(condition) ? [] : [condition]), { head: "then", items: [result] }] };
    };
    const items = cases.map(([when, then]) => {
      const condition = comparand ? `${this.inline(comparand, library)} is ${this.inline(when, library)}` : this.truth(when, library);
      return line(condition, say(then));
    });
    const last = say(node["else"]);
    return { head: "the first that fits", items: [...items, flat(last) ? `otherwise ${last}` : { head: "otherwise", items: [last] }] };
  }

  private exists(node: Elm, library: string): Said {
    if (node["type"] === "Query" && node["source"]?.length === 1) {
      const source = this.inline(node["source"][0]["expression"], library);
      const where = node["where"] as Elm | undefined;
      const condition = where ? this.truth(where, library) : undefined;
      if (condition === undefined) return `there is ${source}`;
      return flat(condition) ? `there is ${source} with ${condition}` : { head: `there is ${source} with ${condition.head}`, items: condition.items };
    }
    return `there is ${this.inline(node, library)}`;
  }

  private membership(node: Elm, library: string): Said {
    const [element, list] = node["type"] === "In" ? node["operand"] : [node["operand"][1], node["operand"][0]];
    if (list["type"] === "List") return `${this.inline(element, library)} is ${this.list(list["element"] ?? [], library, "or")}`;
    if (list["type"] === "Interval") return `${this.inline(element, library)} is from ${this.inline(list["low"], library)} to ${this.inline(list["high"], library)}`;
    if (element["type"] === "Literal") return `${this.inline(list, library)} holds ${this.inline(element, library)}`;
    return `${this.inline(element, library)} is in ${this.inline(list, library)}`;
  }

  private unitOf(node: Elm, library: string): string {
    const plain = this.unwrapped(node);
    return plain["type"] === "ExpressionRef" ? this.vocabulary.unit(this.graph.target(plain, library)) : "";
  }

  private unwrapped(node: Elm): Elm {
    return through.has(String(node["type"])) && first(node) ? this.unwrapped(first(node)) : node;
  }

  // The unit of the one side is said behind the bare number of the other.
  private withUnit(node: Elm, other: Elm, library: string): string {
    const said = this.inline(node, library);
    const unit = this.unwrapped(node)["type"] === "Literal" ? this.unitOf(other, library) : "";
    return unit === "" ? said : `${said} ${unit}`;
  }

  private compared(node: Elm, type: string, library: string): Said {
    const [left, right] = node["operand"] as Elm[];
    return `${this.withUnit(left!, right!, library)} is ${comparisons[type]} ${this.withUnit(right!, left!, library)}`;
  }

  private equal(node: Elm, library: string, word: string): Said {
    const [left, right] = node["operand"] as Elm[];
    return `${this.withUnit(left!, right!, library)} ${word} ${this.withUnit(right!, left!, library)}`;
  }

  // ---------------------------------------------------------------- values

  value(node: Elm, library: string): Said {
    if (node["type"] === "If" || node["type"] === "Case") return this.choice(node, library);
    if (node["type"] === "List" && (node["element"] ?? []).length > 3) {
      const list = node["element"] as Elm[];
      if (list.some((one) => one["type"] !== "Literal")) return { head: "a list of", items: list.map((one) => this.value(one, library)) };
    }
    if (node["type"] === "Coalesce") {
      const said = (node["operand"] as Elm[]).map((one) => this.value(one, library));
      if (said.length === 2 && said.every(flat)) return `${said[0]} (when unknown: ${said[1]})`;
      return { head: "the first that is known", items: said };
    }
    if (node["type"] === "Query" && node["source"]?.length === 1 && node["where"] && !node["aggregate"] && !node["sort"] && !node["relationship"]?.length) {
      const source = this.value(node["source"][0]["expression"], library);
      const where = this.truth(node["where"], library);
      const head = `of ${flat(source) ? source : source.head}, those with ${flat(where) ? where : where.head}`;
      const items = [...(flat(source) ? [] : source.items), ...(flat(where) ? [] : where.items)];
      return items.length === 0 ? head : { head, items };
    }
    return this.inline(node, library);
  }

  private list(items: Elm[], library: string, word: "and" | "or"): string {
    const said = items.map((one) => this.inline(one, library));
    return said.length <= 1 ? (said[0] ?? "nothing") : `${said.slice(0, -1).join(", ")} ${word} ${said.at(-1)}`;
  }

  // In one line; what is longer than a line as its CQL.
  private inline(node: Elm, library: string): string {
    const type = String(node["type"]);
    if (through.has(type)) return this.inline(first(node), library);
    switch (type) {
      case "ExpressionRef":
        return `[[${this.graph.target(node, library)}]]`;
      case "FunctionRef":
        return this.call(node, library);
      case "Literal":
        return this.vocabulary.literal(String(node["value"]), String(node["valueType"]));
      case "Quantity":
        return `${node["value"]} ${node["unit"] ?? ""}`.trim();
      case "Null":
        return "unknown";
      case "List":
        return this.list(node["element"] ?? [], library, "and");
      case "Property":
        return this.property(node, library);
      case "AliasRef":
      case "OperandRef":
      case "QueryLetRef":
        return this.vocabulary.variable(String(node["name"]));
      case "ValueSetRef":
        return `'${node["name"]}'`;
      case "Now":
        return "now";
      case "Today":
        return "today";
      case "First":
      case "Last":
        return `the ${type.toLowerCase()} of ${this.inline(node["source"], library)}`;
      case "Max":
      case "Min":
        return `the ${type === "Max" ? "highest" : "lowest"} of ${this.inline(node["source"], library)}`;
      case "Count":
        return `the number of ${this.inline(node["source"], library)}`;
      case "Sum":
        return `the sum of ${this.inline(node["source"], library)}`;
      case "DifferenceBetween":
      case "DurationBetween":
        return `${String(node["precision"]).toLowerCase()}s from ${this.list(node["operand"], library, "and").replace(" and ", " to ")}`;
      case "Concatenate":
        return (this.flatten("Concatenate", node) as Elm[]).map((one) => (one["type"] === "Literal" ? String(one["value"]) : this.inline(one, library))).join("");
      case "Combine":
        return `${this.inline(node["source"], library)}, joined`;
      case "Coalesce":
        return this.list(node["operand"], library, "or").replace(/ or ([^,]*)$/, " (when unknown: $1)");
      case "SingletonFrom":
        return this.inline(first(node), library);
      case "Negate":
        return `-${this.inline(first(node), library)}`;
      case "Round":
        return this.inline(first(node), library);
    }
    if (arithmetic[type]) return this.list(node["operand"], library, "and").replace(" and ", ` ${arithmetic[type]} `);
    if (this.isBoolean(node) && ["And", "Or", "Not", "IsTrue", "IsFalse", "IsNull", "Equal", "In", ...Object.keys(comparisons)].includes(type)) {
      const said = this.truth(node, library);
      if (flat(said)) return said;
    }
    return this.source(node, library);
  }

  private property(node: Elm, library: string): string {
    const path = this.vocabulary.path(String(node["path"]));
    const source = node["source"] ? this.inline(node["source"], library) : "";
    return source === "" || source.startsWith("`") ? path : `${path} of ${source}`;
  }

  private call(node: Elm, library: string): string {
    const operands = (node["operand"] ?? []) as Elm[];
    const name = this.graph.target(node, library);
    const pattern = this.vocabulary.call(name);
    const said = operands.map((one) => this.inline(one, library));
    if (name.startsWith("FHIRHelpers.")) return said[0] ?? "";
    if (pattern === undefined) return `${this.label(name)} of ${said.join(", ")}`;
    return pattern.replace(/\{(\d)\}/g, (_, i: string) => said[Number(i) - 1] ?? "");
  }

  // The CQL that the node was made from.
  private source(node: Elm, library: string): string {
    const at = /^(\d+):(\d+)-(\d+):(\d+)$/.exec(String(node["locator"] ?? ""));
    const lines = this.texts.get(library)?.split("\n");
    if (!at || !lines) return "`...`";
    const [fromLine, fromColumn, toLine, toColumn] = at.slice(1).map(Number) as [number, number, number, number];
    const picked = lines.slice(fromLine - 1, toLine).map((line, i, all) => line.slice(i === 0 ? fromColumn - 1 : 0, i === all.length - 1 ? toColumn : undefined));
    return "`" + picked.map((line) => line.replace(/\/\/.*$/, "")).join(" ").replace(/\s+/g, " ").trim() + "`";
  }
}

// Definitions that a text names, in order.
export const namedIn = (said: Said): string[] =>
  flat(said) ? [...said.matchAll(/\[\[([^\]]+)\]\]/g)].map((match) => match[1]!) : [...namedIn(said.head), ...said.items.flatMap(namedIn)];
