// SPDX-License-Identifier: Apache-2.0
#include "pathway/dose_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <regex>
#include <set>

#include "pathway/plan.h"

namespace nidus::pathway {

namespace ph = pharmacology;

namespace {

bool says_nothing(const std::string& text) {
  return text.empty() || text == "none" || text == "n/a" || text == "no data";
}

// The dose in words for this kidney; `dose` is the part of it that amounts are computed from.
void kidney_of(const DosePerson& person, DoseTableLine& line, std::string& dose) {
  const DoseRow& row = *line.row;
  const auto by_machine = [&](const char* kind, const std::string& words) {
    dose = words;
    line.for_kidney =
        std::string("on ") + kind + ": " + (says_nothing(words) ? "the row has no dose" : words);
  };
  if (person.continuous_replacement) {
    by_machine("continuous renal replacement", row.continuous_replacement);
    return;
  }
  if (person.prolonged_dialysis) {
    by_machine("prolonged intermittent dialysis", {});
    return;
  }
  if (person.haemodialysis) {
    by_machine("haemodialysis", row.haemodialysis);
    return;
  }
  if (person.peritoneal_dialysis) {
    by_machine("peritoneal dialysis", {});
    return;
  }
  if (!person.clearance) {
    line.for_kidney = "renal band unknown: kidney function needed";
    return;
  }
  for (const DoseBand& band : row.bands) {
    if (*person.clearance < band.from.to_double() ||
        (band.to && *person.clearance >= band.to->to_double())) {
      continue;
    }
    dose = band.text;
    line.for_kidney = fmt::format("at CrCl {:.0f} mL/min: {}", *person.clearance, band.text);
    return;
  }
  line.for_kidney =
      fmt::format("no band of the row holds a CrCl of {:.0f} mL/min", *person.clearance);
}

// "15-20 mg/kg q12h" at 82 kg -> "15-20 mg/kg: 1230 to 1640 mg"; a highest amount in brackets
// behind it holds.
std::string amounts_of(const std::string& dose, double weight) {
  static const std::regex kPerKilogram(
      R"((\d+(?:\.\d+)?)(?:-(\d+(?:\.\d+)?))? mg/kg(/day)?(?: \(max (\d+(?:\.\d+)?) (g|mg)\))?)");
  std::string out;
  for (std::sregex_iterator at(dose.begin(), dose.end(), kPerKilogram), end; at != end; ++at) {
    const std::smatch& match = *at;
    double most = 1e9;
    if (match[4].matched) most = std::stod(match[4]) * (match[5] == "g" ? 1000 : 1);
    const double low = std::min(most, std::stod(match[1]) * weight);
    std::string amount = fmt::format("{:.0f}", low);
    if (match[2].matched) {
      amount += fmt::format(" to {:.0f}", std::min(most, std::stod(match[2]) * weight));
    }
    std::string rate = match[1].str();
    if (match[2].matched) rate += "-" + match[2].str();
    const std::string day = match[3].matched ? "/day" : "";
    out += (out.empty() ? "" : "; ") + rate + " mg/kg" + day + ": " + amount + " mg" + day;
  }
  return out;
}

void weight_of(const ph::Library& library, const DosePerson& person, const std::string& dose,
               DoseTableLine& line) {
  // "full dose" is the row's standard dose.
  const std::string& words =
      dose.starts_with("full dose") || dose.starts_with("no change") ? line.row->standard : dose;
  if (words.find("mg/kg") == std::string::npos) return;
  const ph::DoseWeight* weight = library.find_weight(line.row->weight_basis);
  if (weight == nullptr) return;
  const double kilograms = weight->value.evaluate<double>(person.inputs);
  if (!std::isfinite(kilograms)) {
    std::string missing;
    for (std::size_t i = 0; i < library.inputs.size(); ++i) {
      if (!weight->value.uses(i) || std::isfinite(person.inputs[i])) continue;
      missing += (missing.empty() ? "" : ", ") + library.inputs[i].label;
    }
    line.weight = weight->label + ": not known, needs " + missing;
    return;
  }
  line.weight = fmt::format("{:.1f} kg: {}", kilograms, weight->label);
  line.amounts = amounts_of(words, kilograms);
}

void liver_of(const DosePerson& person, DoseTableLine& line) {
  const std::string& note = line.row->hepatic;
  std::string known;
  if (person.cirrhosis.value_or(false)) known = "cirrhosis is recorded";
  if (!person.child_pugh.empty()) {
    known += (known.empty() ? "" : ", ") + std::string("Child-Pugh ") + person.child_pugh;
  }
  if (!known.empty()) {
    line.liver = known + ": " + (says_nothing(note) ? "the row asks for no change" : note);
  } else if (!says_nothing(note)) {
    line.liver = (person.cirrhosis ? "no cirrhosis is recorded; in liver disease: "
                                   : "liver disease is not recorded; with it: ") +
                 note;
  }
}

}  // namespace

DoseTableLine table_line(const ph::Library& library, const DoseRow& row, const DosePerson& person) {
  DoseTableLine out;
  out.row = &row;
  out.agent = row.agent;
  std::string dose;
  kidney_of(person, out, dose);
  weight_of(library, person, dose, out);
  liver_of(person, out);
  return out;
}

base::Result<void> add_offered(const Guideline& guideline, const fhir::Record& record,
                               DoseReport& report) {
  const auto plan = make_plan(guideline, record, {report.as_of, true});
  if (!plan) return std::unexpected(plan.error());
  const ph::Library& library = guideline.pharmacology();
  const auto line_of = [&](const ShownComponent& shown) -> DoseTableLine& {
    for (DoseTableLine& line : report.table) {
      if (shown.dose == nullptr ? line.row == nullptr && line.agent == shown.component->agent
                                : line.row == shown.dose) {
        return line;
      }
    }
    if (shown.dose != nullptr) {
      report.table.push_back(table_line(library, *shown.dose, *report.person));
    } else {
      report.table.emplace_back().agent = shown.component->agent;
    }
    return report.table.back();
  };
  std::set<std::string> seen;
  for (const Item& item : plan->advised) {
    for (const ShownOption& option : item.options) {
      if (option.standing != OptionStanding::kOffered) continue;
      for (const ShownComponent& shown : option.components) {
        if (!report.only_atc.empty() && shown.component->atc != report.only_atc) continue;
        if (!seen.insert(shown.component->reg_id).second) continue;
        line_of(shown).indicated.push_back({option.option, shown.component});
      }
    }
  }
  return {};
}

}  // namespace nidus::pathway
