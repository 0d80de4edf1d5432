// SPDX-License-Identifier: Apache-2.0
#include "pathway/replay.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>

#include "fhir/awaited.h"

namespace nidus::pathway {

namespace {

struct ActType {
  std::string_view type;
  const char* verb;
};

// The R4 resources that record an act rather than a finding.
constexpr std::array<ActType, 13> kActTypes = {{{"MedicationAdministration", "given"},
                                                {"MedicationStatement", "taken"},
                                                {"MedicationDispense", "dispensed"},
                                                {"MedicationRequest", "ordered"},
                                                {"ServiceRequest", "ordered"},
                                                {"DeviceRequest", "ordered"},
                                                {"Procedure", "done"},
                                                {"Specimen", "sampled"},
                                                {"Immunization", "given"},
                                                {"DeviceUseStatement", "in use"},
                                                {"Encounter", "seen"},
                                                {"Appointment", "booked"},
                                                {"Communication", "told"}}};

const char* act_verb(const fhir::Resource& resource) {
  const auto type = fhir::type_text(resource.type);
  const auto* at = std::find_if(kActTypes.begin(), kActTypes.end(),
                                [&](const ActType& act) { return act.type == type; });
  return at == kActTypes.end() ? nullptr : at->verb;
}

// When a treatment that runs for a time ended; nullopt when it did not, or does not.
std::optional<base::DateTime> ended_at(const fhir::Resource& resource) {
  for (const auto* name : {"effectivePeriod", "performedPeriod"}) {
    const auto* period = resource.node->find(fhir::name_id(name));
    if (period == nullptr) continue;
    const auto* end = period->find(fhir::name_id("end"));
    if (end != nullptr) return base::parse_date_time(end->str());
  }
  return std::nullopt;
}

Source source_of(const fhir::Resource& resource, const std::optional<base::DateTime>& at) {
  return {resource.reference(), fhir::label(resource), at ? base::format_date_time(*at) : ""};
}

struct Moment {
  std::vector<Source> facts;
  std::vector<Act> acts;
};

// Facts by the moment they became known; a date alone counts at its last moment, so that nothing
// is advised before the fact can have been there.
std::map<std::int64_t, Moment> moments_of(const fhir::Record& record, std::int64_t last, int offset,
                                          std::vector<Source>& undated) {
  std::map<std::int64_t, Moment> out;
  for (const auto& resource : record.resources()) {
    if (resource.contained) continue;
    const auto known = fhir::known_at(resource);
    if (!known) {
      undated.push_back(source_of(resource, {}));
      continue;
    }
    const auto at = base::epoch_ms(base::highest(*known), offset);
    if (at > last) continue;
    const char* verb = act_verb(resource);
    if (verb == nullptr) {
      out[at].facts.push_back(source_of(resource, known));
      // Drawn on Monday, reported on Wednesday: both are moments, and on Monday nobody knew what
      // it would say.
      const auto done = fhir::has_result(resource) ? fhir::when(resource) : std::nullopt;
      const auto done_at = done ? base::epoch_ms(base::highest(*done), offset) : at;
      if (done_at < at) {
        base::Arena arena;
        fhir::Resource before = resource;
        before.node = fhir::without_result(resource, arena);
        out[done_at].acts.push_back({"done", source_of(before, done)});
      }
      continue;
    }
    out[at].acts.push_back({verb, source_of(resource, fhir::when(resource))});
    const auto ended = ended_at(resource);
    if (!ended) continue;
    const auto end = base::epoch_ms(base::highest(*ended), offset);
    if (end > at && end <= last) out[end].acts.push_back({"ended", source_of(resource, ended)});
  }
  return out;
}

bool comes_before(const Advice& a, const Advice& b) {
  const auto& left = *a.recommendation;
  const auto& right = *b.recommendation;
  if (left.group != right.group) return left.group < right.group;
  const auto since_a = base::epoch_ms(a.since, 0), since_b = base::epoch_ms(b.since, 0);
  if (since_a != since_b) return since_a < since_b;
  return left.id < right.id;
}

}  // namespace

base::Result<Replay> replay(const Guideline& guideline, const fhir::Record& record,
                            const PlanOptions& options) {
  const int offset = options.as_of.offset_minutes;
  const auto last = base::epoch_ms(options.as_of, offset);
  Replay out;
  out.as_of = options.as_of;
  std::map<const Recommendation*, Advice> standing;
  for (auto& [at, moment] : moments_of(record, last, offset, out.undated)) {
    PlanOptions step_options = options;
    step_options.as_of = base::from_epoch_ms(at, offset);
    step_options.explain = false;
    const auto known = record.as_known_at(step_options.as_of, offset);
    auto plan = make_plan(guideline, known, step_options);
    if (!plan) return std::unexpected(plan.error());
    ReplayStep step;
    step.at = step_options.as_of;
    step.state = plan->state;
    step.facts = std::move(moment.facts);
    step.acts = std::move(moment.acts);
    std::map<const Recommendation*, Advice> now;
    for (auto& item : plan->advised) {
      const auto before = standing.find(item.recommendation);
      if (before != standing.end()) {
        now.insert(*before);
        ++step.standing;
        continue;
      }
      Advice advice{item.recommendation, std::move(item.what), std::move(item.due_at), step.at};
      step.appeared.push_back(advice);
      now.emplace(item.recommendation, std::move(advice));
    }
    for (const auto& [recommendation, advice] : standing) {
      if (!now.contains(recommendation)) step.withdrawn.push_back(advice);
    }
    std::sort(step.withdrawn.begin(), step.withdrawn.end(), comes_before);
    standing = std::move(now);
    out.steps.push_back(std::move(step));
  }
  for (auto& [recommendation, advice] : standing) out.open.push_back(std::move(advice));
  std::sort(out.open.begin(), out.open.end(), comes_before);
  return out;
}

}  // namespace nidus::pathway
