// SPDX-License-Identifier: Apache-2.0
#include "cli/value_sets.h"

#include <simdjson.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>

#include "base/json_read.h"
#include "cli/command.h"

namespace nidus::cli {

namespace {

namespace dom = simdjson::dom;
using base::for_each;
using base::string_at;
namespace fs = std::filesystem;
using base::ErrorCode;
using Codes = std::vector<cql::ValueSetCode>;

bool has(dom::element object, const char* key) {
  dom::element found;
  return object[key].get(found) == simdjson::SUCCESS;
}

struct Given {
  std::string file;
  dom::element set;
  std::optional<Codes> codes;
  bool open = false;
};

class ValueSetReader {
 public:
  base::Result<void> add_path(const std::string& path);
  base::Result<std::vector<cql::ValueSetContent>> contents(const std::set<std::string>& needed);

 private:
  base::Result<void> add_file(const std::string& path, bool asked_for);
  void add_set(const std::string& path, dom::element set);
  base::Result<Codes> codes_of(Given& given);
  base::Result<Codes> composed(Given& given, dom::element compose);
  base::Result<Codes> included(Given& given, dom::element include);
  static void expand(dom::element holder, Codes& out);
  static std::unexpected<base::Error> refuse(const Given& given, std::string message) {
    return base::fail(ErrorCode::kBadArgument, std::move(message),
                      given.file + " " + string_at(given.set, "url"), {},
                      "an expansion, or a compose that lists its codes");
  }

  std::vector<std::unique_ptr<dom::parser>> parsers_;
  std::vector<Given> sets_;
  // The set that is asked for by url, url|version or, for want of these, the OID in its name.
  const std::size_t* find(const std::string& name) const;

  std::map<std::string, std::size_t> by_url_;
  std::map<std::string, std::size_t> by_oid_;
};

// "http://cts.nlm.nih.gov/fhir/ValueSet/2.16.840.1.113883.3.464" and "urn:oid:2.16.840..." name the
// same set: "2.16.840...", or empty when the last part is no OID.
std::string oid_in(std::string_view name) {
  name = name.substr(0, name.find('|'));
  const auto start = name.find_last_of("/:");
  if (start != std::string_view::npos) name.remove_prefix(start + 1);
  constexpr std::ptrdiff_t kFewestDots = 3;
  const bool is_oid = name.find_first_not_of("0123456789.") == std::string_view::npos &&
                      std::count(name.begin(), name.end(), '.') >= kFewestDots;
  return is_oid ? std::string(name) : std::string();
}

const std::size_t* ValueSetReader::find(const std::string& name) const {
  if (const auto at = by_url_.find(name); at != by_url_.end()) return &at->second;
  std::string oid = oid_in(name);
  if (const auto bar = name.find('|'); bar != std::string::npos) oid += name.substr(bar);
  const auto at = by_oid_.find(oid);
  return at == by_oid_.end() ? nullptr : &at->second;
}

base::Result<void> ValueSetReader::add_path(const std::string& path) {
  std::error_code error;
  if (!fs::is_directory(path, error)) return add_file(path, true);
  std::vector<std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(path, error)) {
    if (entry.path().extension() == ".json") files.push_back(entry.path().string());
  }
  if (error) return base::fail(ErrorCode::kUnreadable, error.message(), path);
  std::sort(files.begin(), files.end());
  for (const auto& file : files) {
    if (auto added = add_file(file, false); !added) return added;
  }
  return {};
}

base::Result<void> ValueSetReader::add_file(const std::string& path, bool asked_for) {
  const auto text = read_file(path);
  if (!text) return std::unexpected(text.error());
  auto parser = std::make_unique<dom::parser>();
  dom::element root;
  if (const auto error = parser->parse(*text).get(root); error != simdjson::SUCCESS) {
    return base::fail(ErrorCode::kBadArgument,
                      std::string("not JSON: ") + simdjson::error_message(error), path, {},
                      "a FHIR ValueSet");
  }
  parsers_.push_back(std::move(parser));
  const std::string type = string_at(root, "resourceType");
  if (type == "ValueSet") {
    add_set(path, root);
  } else if (type == "Bundle") {
    for_each(root, "entry", [&](dom::element entry) {
      dom::element resource;
      if (entry["resource"].get(resource) != simdjson::SUCCESS) return;
      if (string_at(resource, "resourceType") == "ValueSet") add_set(path, resource);
    });
  } else if (asked_for) {
    return base::fail(ErrorCode::kBadArgument, "is no ValueSet", path, {},
                      "a FHIR ValueSet or a Bundle of them");
  }
  return {};
}

void ValueSetReader::add_set(const std::string& path, dom::element set) {
  const std::string url = string_at(set, "url"), version = string_at(set, "version");
  by_url_[url] = sets_.size();
  if (!version.empty()) by_url_[url + "|" + version] = sets_.size();
  const auto add_oid = [&](const std::string& oid) {
    if (oid.empty()) return;
    by_oid_[oid] = sets_.size();
    if (!version.empty()) by_oid_[oid + "|" + version] = sets_.size();
  };
  add_oid(oid_in(url));
  for_each(set, "identifier",
           [&](dom::element identifier) { add_oid(oid_in(string_at(identifier, "value"))); });
  sets_.push_back({path, set, std::nullopt, false});
}

void ValueSetReader::expand(dom::element holder, Codes& out) {
  for_each(holder, "contains", [&](dom::element one) {
    bool abstract = false;
    const bool said = one["abstract"].get(abstract) == simdjson::SUCCESS;
    if (!(said && abstract) && has(one, "code")) {
      out.push_back({string_at(one, "system"), string_at(one, "code"), string_at(one, "display")});
    }
    expand(one, out);
  });
}

base::Result<Codes> ValueSetReader::codes_of(Given& given) {
  if (given.codes) return *given.codes;
  if (given.open) return refuse(given, "includes itself");
  given.open = true;
  Codes out;
  dom::element expansion, compose;
  if (given.set["expansion"].get(expansion) == simdjson::SUCCESS) {
    expand(expansion, out);
    std::int64_t total = 0;
    if (expansion["total"].get(total) == simdjson::SUCCESS &&
        total > static_cast<std::int64_t>(out.size())) {
      return refuse(given, "the expansion holds " + std::to_string(out.size()) + " of " +
                               std::to_string(total) + " codes");
    }
  } else if (given.set["compose"].get(compose) == simdjson::SUCCESS) {
    auto composed_codes = composed(given, compose);
    if (!composed_codes) return composed_codes;
    out = *std::move(composed_codes);
  } else {
    return refuse(given, "has no codes");
  }
  given.open = false;
  given.codes = out;
  return out;
}

base::Result<Codes> ValueSetReader::composed(Given& given, dom::element compose) {
  Codes out;
  for (const bool excluding : {false, true}) {
    base::Result<void> all;
    for_each(compose, excluding ? "exclude" : "include", [&](dom::element part) {
      if (!all) return;
      const auto codes = included(given, part);
      if (!codes) {
        all = std::unexpected(codes.error());
      } else if (!excluding) {
        out.insert(out.end(), codes->begin(), codes->end());
      } else {
        std::erase_if(out, [&](const cql::ValueSetCode& code) {
          return std::any_of(codes->begin(), codes->end(), [&](const cql::ValueSetCode& gone) {
            return gone.code == code.code && gone.system == code.system;
          });
        });
      }
    });
    if (!all) return std::unexpected(all.error());
  }
  return out;
}

// The codes of one include: those it lists, and of each value set it names those that all have.
base::Result<Codes> ValueSetReader::included(Given& given, dom::element include) {
  if (has(include, "filter")) return refuse(given, "is given by a filter, not by its codes");
  std::optional<Codes> out;
  const std::string system = string_at(include, "system");
  if (has(include, "concept")) {
    out.emplace();
    for_each(include, "concept", [&](dom::element one) {
      out->push_back({system, string_at(one, "code"), string_at(one, "display")});
    });
  } else if (!system.empty()) {
    return refuse(given, "takes the whole code system " + system);
  }
  base::Result<void> all;
  for_each(include, "valueSet", [&](dom::element named) {
    if (!all) return;
    const std::string url(named.get_string().value());
    const auto* at = find(url);
    if (at == nullptr) {
      all = refuse(given, "includes " + url + ", which is not given");
      return;
    }
    const auto codes = codes_of(sets_[*at]);
    if (!codes) {
      all = std::unexpected(codes.error());
    } else if (!out) {
      out = *codes;
    } else {
      std::erase_if(*out, [&](const cql::ValueSetCode& code) {
        return std::none_of(codes->begin(), codes->end(), [&](const cql::ValueSetCode& other) {
          return other.code == code.code && other.system == code.system;
        });
      });
    }
  });
  if (!all) return std::unexpected(all.error());
  if (!out) return refuse(given, "has an include without codes");
  return *std::move(out);
}

base::Result<std::vector<cql::ValueSetContent>> ValueSetReader::contents(
    const std::set<std::string>& needed) {
  std::vector<cql::ValueSetContent> out;
  for (const auto& url : needed) {
    const auto* at = find(url);
    if (at == nullptr) continue;
    Given& given = sets_[*at];
    auto codes = codes_of(given);
    if (!codes) return std::unexpected(codes.error());
    out.push_back({url, string_at(given.set, "name"), *std::move(codes)});
  }
  return out;
}

}  // namespace

base::Result<std::vector<cql::ValueSetContent>> read_value_sets(
    const std::vector<std::string>& paths, const std::set<std::string>& needed) {
  ValueSetReader reader;
  for (const auto& path : paths) {
    if (auto added = reader.add_path(path); !added) return std::unexpected(added.error());
  }
  return reader.contents(needed);
}

}  // namespace nidus::cli
