// SPDX-License-Identifier: Apache-2.0
#include "pathway/local.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <array>

#include "base/date_time.h"
#include "base/decimal.h"
#include "base/json_writer.h"

namespace nidus::pathway {

namespace {

namespace dom = simdjson::dom;
using base::Decimal;
using base::JsonWriter;

constexpr std::string_view kFormat = "nidus-local/1";
constexpr std::int64_t kMostIsolates = 10'000'000;

// Reads one object member by member; the first thing that is wrong stays.
class Members {
 public:
  Members(std::string_view source, std::string path, dom::element object,
          std::initializer_list<std::string_view> known)
      : source_(source), path_(std::move(path)) {
    dom::object members;
    if (object.get(members) != simdjson::SUCCESS) {
      wrong("", "is no object", "an object");
      return;
    }
    object_ = members;
    for (const auto [key, value] : members) {
      const std::string_view name = key;
      if (std::find(known.begin(), known.end(), name) == known.end()) {
        wrong(name, "is not known here", fmt::format("one of {}", fmt::join(known, ", ")));
      }
      if (std::count_if(members.begin(), members.end(),
                        [&](const auto& member) { return member.key == name; }) > 1) {
        wrong(name, "stands twice", "one value");
      }
    }
  }

  bool has(std::string_view name) const { return find<dom::element>(name).has_value(); }

  std::string text(std::string_view name) {
    const auto out = find<std::string_view>(name).value_or(std::string_view());
    if (trimmed(out).empty()) {
      wrong(name, "is missing or no text", "words between quotes");
    }
    return std::string(trimmed(out));
  }

  std::string text_or_none(std::string_view name) { return has(name) ? text(name) : std::string(); }

  // A whole day, month or year as FHIR writes dates.
  std::string date(std::string_view name) {
    std::string out = text(name);
    if (error_) return out;
    const auto parsed = base::parse_date_time(out);
    if (!parsed || parsed->precision > base::Precision::kDay) {
      wrong(name, "'" + out + "' is no date", "a date such as 2026-01-31");
    }
    return out;
  }

  std::int64_t count(std::string_view name, std::int64_t least, std::int64_t most) {
    const auto out = find<std::int64_t>(name);
    if (!out || *out < least || *out > most) {
      wrong(name, "is missing or no count",
            fmt::format("a whole number from {} to {}", least, most));
      return least;
    }
    return *out;
  }

  Decimal percent(std::string_view name) {
    const auto value = find<dom::element>(name);
    std::optional<Decimal> out;
    if (value && value->is_number()) out = Decimal::parse(simdjson::minify(*value));
    if (!out || *out < Decimal() || Decimal::from_int(100) < *out) {
      wrong(name, "is missing or no percentage", "a number from 0 to 100");
      return {};
    }
    return *out;
  }

  void wrong(std::string_view name, std::string message, std::string expected) {
    if (error_) return;
    std::string path = path_;
    if (!path.empty() && !name.empty()) path += '.';
    path += name;
    error_ = base::Error{base::ErrorCode::kBadValue, std::move(message), source_, std::move(path),
                         std::move(expected)};
  }

  const std::optional<base::Error>& error() const { return error_; }

 private:
  template <class T>
  std::optional<T> find(std::string_view name) const {
    T out{};
    if (!object_ || (*object_)[name].get(out) != simdjson::SUCCESS) return std::nullopt;
    return out;
  }

  static std::string_view trimmed(std::string_view text) {
    const auto from = text.find_first_not_of(" \t\r\n");
    if (from == std::string_view::npos) return {};
    return text.substr(from, text.find_last_not_of(" \t\r\n") - from + 1);
  }

  std::string source_;
  std::string path_;
  std::optional<dom::object> object_;
  std::optional<base::Error> error_;
};

struct Share {
  std::string organism, agent, from, to, samples;
  std::int64_t tested = 0;
  Decimal percent;
};

struct Held {
  std::string agent, status, note;
};

base::Result<Share> read_share(std::string_view source, std::string path, dom::element row) {
  Members members(
      source, std::move(path), row,
      {"organism", "agent", "tested", "resistant", "resistant_percent", "from", "to", "samples"});
  Share out;
  out.organism = members.text("organism");
  out.agent = members.text("agent");
  out.tested = members.count("tested", 1, kMostIsolates);
  if (members.has("resistant") == members.has("resistant_percent")) {
    members.wrong("resistant", "is needed, or resistant_percent, and not both",
                  "how many, or how many in a hundred, are resistant");
  } else if (members.has("resistant")) {
    const auto resistant = members.count("resistant", 0, out.tested);
    const auto share =
        base::divide(Decimal::from_int(resistant * 100), Decimal::from_int(out.tested));
    out.percent = base::round(share.value_or(Decimal()), 1);
  } else {
    out.percent = members.percent("resistant_percent");
  }
  out.from = members.date("from");
  out.to = members.date("to");
  // As far as both are written: a period from 2025-02 to 2025 is one.
  const auto known = std::min(out.from.size(), out.to.size());
  if (!members.error() && out.to.substr(0, known) < out.from.substr(0, known)) {
    members.wrong("to", "'" + out.to + "' is before '" + out.from + "'", "the end of the period");
  }
  out.samples = members.text_or_none("samples");
  if (members.error()) return std::unexpected(*members.error());
  return out;
}

base::Result<Held> read_held(std::string_view source, std::string path, dom::element row) {
  static constexpr std::array<std::string_view, 2> kStatus = {"not available", "restricted"};
  Members members(source, std::move(path), row, {"agent", "status", "note"});
  Held out{members.text("agent"), members.text("status"), members.text_or_none("note")};
  if (!members.error() && std::find(kStatus.begin(), kStatus.end(), out.status) == kStatus.end()) {
    members.wrong("status", "'" + out.status + "' is not known here",
                  fmt::format("one of {}", fmt::join(kStatus, ", ")));
  }
  if (members.error()) return std::unexpected(*members.error());
  return out;
}

// One reader for each element of a list that may be absent.
template <class Read, class Take>
base::Result<void> each(dom::element root, std::string_view name, std::string_view source,
                        Read read, Take take) {
  dom::element list;
  if (root[name].get(list) != simdjson::SUCCESS) return {};
  if (!list.is_array()) {
    return base::fail(base::ErrorCode::kBadValue, "is no list", std::string(source),
                      std::string(name), "a list of rows");
  }
  std::size_t count = 0;
  for (const dom::element row : list.get_array()) {
    auto one = read(source, fmt::format("{}[{}]", name, count), row);
    if (!one) return std::unexpected(one.error());
    take(++count, *one);
  }
  return {};
}

// No word of the row stands in the name: it would be read as a finding of the person.
void begin(JsonWriter& json, std::size_t row, const Coding& code) {
  json.begin_object().member("resourceType", "Observation");
  json.member("id", fmt::format("{}-{}", code.code, row));
  json.member("status", "final").key("code").begin_object().key("coding").begin_array();
  json.begin_object().member("system", code.system).member("code", code.code).end_object();
  json.end_array().member("text", code.display).end_object();
}

template <class Write>
void component(JsonWriter& json, std::string_view name, Write value) {
  json.begin_object().key("code").begin_object().member("text", name).end_object();
  value();
  json.end_object();
}

void named(JsonWriter& json, std::string_view name, const std::string& text) {
  component(json, name, [&] {
    json.key("valueCodeableConcept").begin_object().member("text", text).end_object();
  });
}

void note(JsonWriter& json, const std::string& text) {
  if (text.empty()) return;
  json.key("note").begin_array().begin_object().member("text", text).end_object().end_array();
}

std::string observation(std::size_t row, const Share& share, const Coding& code) {
  JsonWriter json;
  begin(json, row, code);
  json.key("valueQuantity").begin_object().key("value").raw(share.percent.to_short_string());
  json.member("unit", "%").member("system", "http://unitsofmeasure.org").member("code", "%");
  json.end_object().key("component").begin_array();
  named(json, "organism", share.organism);
  named(json, "agent", share.agent);
  component(json, "tested", [&] { json.member("valueInteger", share.tested); });
  component(json, "period", [&] {
    json.key("valuePeriod").begin_object().member("start", share.from).member("end", share.to);
    json.end_object();
  });
  json.end_array();
  note(json, share.samples);
  json.end_object();
  return json.text();
}

std::string observation(std::size_t row, const Held& held, const Coding& code) {
  JsonWriter json;
  begin(json, row, code);
  json.member("valueString", held.status).key("component").begin_array();
  named(json, "agent", held.agent);
  json.end_array();
  note(json, held.note);
  json.end_object();
  return json.text();
}

}  // namespace

std::string Local::title() const { return name + ", version " + version + " (" + published + ")"; }

base::Result<Local> read_local(std::string_view json, std::string_view source,
                               const LocalCodes& codes) {
  dom::parser parser;
  dom::element root;
  if (const auto error = parser.parse(simdjson::padded_string(json)).get(root)) {
    return base::fail(base::ErrorCode::kNotJson, simdjson::error_message(error),
                      std::string(source));
  }
  Members members(source, "", root,
                  {"format", "name", "version", "published", "resistance", "formulary"});
  if (const std::string format = members.text("format"); format != kFormat) {
    members.wrong("format", "'" + format + "' is not read", std::string(kFormat));
  }
  Local out{members.text("name"), members.text("version"), members.date("published"), {}};
  if (members.error()) return std::unexpected(*members.error());
  const auto add = [&](const Coding& code) {
    return [&](std::size_t row, const auto& one) {
      out.observations.push_back(observation(row, one, code));
    };
  };
  auto read = each(root, "resistance", source, read_share, add(codes.resistance));
  if (!read) return std::unexpected(read.error());
  read = each(root, "formulary", source, read_held, add(codes.formulary));
  if (!read) return std::unexpected(read.error());
  return out;
}

}  // namespace nidus::pathway
