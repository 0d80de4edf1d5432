// SPDX-License-Identifier: Apache-2.0
//
// The small guideline of tests/pathway/guideline/, and records to judge by it. The guideline is
// compiled by `make` into build/small-guideline/.
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "fhir/bundles.h"
#include "pathway/plan.h"
#include "pathway/write.h"

namespace nidus::pathway {

inline const Guideline& small_guideline() {
  static const Guideline guideline = [] {
    const std::string path =
        std::string(NIDUS_SOURCE_DIR) + "/build/small-guideline/guideline.json";
    std::ifstream file(path, std::ios::binary);
    std::stringstream text;
    text << file.rdbuf();
    auto loaded = Guideline::load(text.str(), path);
    if (!loaded) {
      ADD_FAILURE() << loaded.error().to_string() << " (make small-guideline)";
      std::abort();
    }
    return std::move(*loaded);
  }();
  return guideline;
}

// A finding of the small guideline: its code in CodeSystem/test, its FHIR value, its moment.
struct Finding {
  std::string code;
  std::string value;  // "true", "false", or a number
  std::string at = "2025-03-03T08:00:00+01:00";
};

inline std::string observation_of(const Finding& finding) {
  const bool crp = finding.code == "crp";
  const std::string coding =
      crp ? R"({"system":"http://loinc.org","code":"1988-5"})"
          : R"({"system":"https://nidus.example/CodeSystem/test","code":")" + finding.code + "\"}";
  std::string value = R"("valueBoolean":)" + finding.value;
  if (finding.code == "frailty") value = R"("valueInteger":)" + finding.value;
  if (crp || finding.code == "clearance") {
    const std::string unit = crp ? "mg/L" : "mL/min";
    value = R"("valueQuantity":{"value":)" + finding.value + R"(,"unit":")" + unit +
            R"(","system":"http://unitsofmeasure.org","code":")" + unit + "\"}";
  }
  return R"({"resourceType":"Observation","id":")" + finding.code +
         R"(","status":"final","subject":{"reference":"Patient/p1"},"code":{"coding":[)" + coding +
         R"(]},"effectiveDateTime":")" + finding.at + "\"," + value + "}";
}

inline fhir::Record record_of(const std::vector<Finding>& findings,
                              const std::vector<std::string>& others = {}) {
  std::vector<std::string> resources{fhir::patient_p1()};
  for (const auto& finding : findings) resources.push_back(observation_of(finding));
  resources.insert(resources.end(), others.begin(), others.end());
  auto record = fhir::Record::parse(fhir::bundle_of(resources), "test");
  if (!record) {
    ADD_FAILURE() << record.error().to_string();
    std::abort();
  }
  return std::move(*record);
}

inline PlanOptions as_of(std::string_view moment = "2025-03-04T10:00:00+01:00") {
  return {*base::parse_date_time(moment), true};
}

inline Plan plan_of(const std::vector<Finding>& findings,
                    std::string_view moment = "2025-03-04T10:00:00+01:00") {
  auto plan = make_plan(small_guideline(), record_of(findings), as_of(moment));
  if (!plan) {
    ADD_FAILURE() << plan.error().to_string();
    std::abort();
  }
  return std::move(*plan);
}

inline const Item& item_of(const Plan& plan, std::string_view id) {
  const Item* item = find_item(plan, id);
  if (item == nullptr) {
    ADD_FAILURE() << "no recommendation " << id;
    std::abort();
  }
  return *item;
}

inline std::string standing_of(const Plan& plan, std::string_view id) {
  return word(item_of(plan, id).standing);
}

// Pain and a high CRP: infection is suspected.
inline std::vector<Finding> suspected() { return {{"back-pain", "true"}, {"crp", "148"}}; }

inline std::vector<Finding> suspected_and(std::vector<Finding> more) {
  auto out = suspected();
  out.insert(out.end(), more.begin(), more.end());
  return out;
}

}  // namespace nidus::pathway
