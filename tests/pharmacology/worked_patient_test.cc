// SPDX-License-Identifier: Apache-2.0
// The worked patients of the pharmacokinetic dossier (D1 to D14, PK-5): every printed number.
// Computed there by matrix exponentials and another optimiser. Tolerances: 1e-4 of parameters,
// concentrations and areas, 1e-5 of the objective, 2 % of covariances.
#include "pharmacology/estimate.h"
#include "pharmacology/individual.h"
#include "pharmacology/posterior.h"
#include "pharmacology/testing.h"

namespace nidus::pharmacology {
namespace {

namespace dom = simdjson::dom;

struct Patient {
  dom::element data;
  std::string id;
  const Model* model = nullptr;
  History history;
};

double number(dom::element object, const char* key) { return object[key].get_double().value(); }

std::vector<dom::element> items(dom::element list) {
  const dom::array array = list.get_array().value();
  return {array.begin(), array.end()};
}
std::vector<dom::element> items(dom::element object, const char* key) {
  return items(object[key].value());
}

std::vector<std::pair<std::string, double>> fields(dom::element object, const char* key) {
  const dom::object members = object[key].get_object().value();
  std::vector<std::pair<std::string, double>> out;
  for (const auto field : members) {
    out.emplace_back(field.key, field.value.get_double().value());
  }
  return out;
}

std::map<std::string, double> numbers(dom::element object) {
  const dom::object members = object.get_object().value();
  std::map<std::string, double> out;
  for (const auto field : members) out[std::string(field.key)] = field.value.get_double().value();
  return out;
}

std::vector<Patient> read_patients() {
  static dom::parser parser;
  static const simdjson::padded_string kText(file_text("tests/pharmacology/worked_patients.json"));
  std::vector<Patient> out;
  for (dom::element entry : items(parser.parse(kText).value())) {
    Patient patient;
    patient.data = entry;
    patient.id = std::string(entry["id"].get_string().value());
    patient.model = &model(std::string(entry["model"].get_string().value()));
    for (dom::element step : items(entry, "covariates")) {
      patient.history.covariates.push_back(
          {number(step, "from"), covariates(*patient.model, numbers(step))});
    }
    for (dom::element dose : items(entry, "doses")) {
      for (int i = 0; i < static_cast<int>(number(dose, "count")); ++i) {
        patient.history.doses.push_back(
            {number(dose, "at") + i * number(dose, "every"), number(dose, "mg"),
             number(dose, "over"),
             dose["oral"].get_bool().value() ? Route::kOral : Route::kIntravenous});
      }
    }
    for (dom::element level : items(entry, "levels")) {
      patient.history.levels.push_back({number(level, "at"), number(level, "mg_per_l")});
    }
    out.push_back(std::move(patient));
  }
  return out;
}

const std::vector<Patient>& patients() {
  static const std::vector<Patient> kPatients = read_patients();
  return kPatients;
}

// The dossier's name of an effect -> its position.
std::size_t effect(const Model& of, const std::string& name) {
  static const std::map<std::string, std::string> kOther = {{"CL_iov", "CL (occasion)"},
                                                            {"NS_iov", "NS (occasion)"},
                                                            {"V", "V1"},
                                                            {"CL/F", "CL"},
                                                            {"V/F", "V1"}};
  const auto other = kOther.find(name);
  const std::string& wanted = other == kOther.end() ? name : other->second;
  const auto found = std::find(of.effects.begin(), of.effects.end(), wanted);
  EXPECT_NE(found, of.effects.end()) << name;
  return static_cast<std::size_t>(found - of.effects.begin());
}

double parameter(const Model& of, const std::vector<double>& values, const std::string& name) {
  for (std::size_t i = 0; i < of.parameters.size(); ++i) {
    if (of.parameters[i].id == name) return values[i];
  }
  ADD_FAILURE() << name;
  return 0;
}

class WorkedPatient : public testing::TestWithParam<std::size_t> {
 protected:
  const Patient& patient() const { return patients()[GetParam()]; }
};

TEST_P(WorkedPatient, HasTheParametersThatWerePrinted) {
  const Patient& who = patient();
  const Course at = course(*who.model, who.history);
  const Estimate map = estimate(at);
  EXPECT_TRUE(map.converged) << map.gradient;
  double moment = 0;
  if (who.data["typical_at"].error() == simdjson::SUCCESS) moment = number(who.data, "typical_at");
  const Eigen::VectorXd prior = Eigen::VectorXd::Zero(map.eta.size());
  for (const auto& [name, value] : fields(who.data, "typical")) {
    EXPECT_TRUE(close(parameter(*who.model, parameters_at(at, prior, moment), name), value, 1e-6))
        << name;
  }
  for (const auto& [name, value] : fields(who.data, "eta")) {
    EXPECT_NEAR(map.eta[static_cast<Eigen::Index>(effect(*who.model, name))], value, 1e-6) << name;
  }
  for (const auto& [name, value] : fields(who.data, "individual")) {
    EXPECT_TRUE(close(parameter(*who.model, parameters_at(at, map.eta, moment), name), value, 1e-6))
        << name;
  }
  EXPECT_NEAR(map.objective, number(who.data, "objective"), 1e-5);
  EXPECT_NEAR(map.objective_at_prior, number(who.data, "objective_at_prior"), 2e-5);
}

TEST_P(WorkedPatient, HasTheConcentrationsAndAreasThatWerePrinted) {
  const Patient& who = patient();
  const Course at = course(*who.model, who.history);
  const Estimate map = estimate(at);
  std::size_t j = 0;
  for (dom::element value : items(who.data, "predicted")) {
    EXPECT_TRUE(close(map.predicted[j++], value.get_double().value(), 1e-6));
  }
  j = 0;
  for (dom::element value : items(who.data, "population")) {
    EXPECT_TRUE(close(map.population[j++], value.get_double().value(), 1e-6));
  }
  for (dom::element one : items(who.data, "concentrations")) {
    const double time = number(one, "at");
    const Curve there = curve(at, map.eta, std::span(&time, 1));
    EXPECT_TRUE(close(there.total[0], number(one, "mg_per_l"), 1e-6)) << time << " h";
  }
  for (dom::element one : items(who.data, "areas")) {
    EXPECT_TRUE(close(area(at, map.eta, number(one, "from"), number(one, "to"), at.history().doses),
                      number(one, "area"), 1e-6))
        << number(one, "from") << " h";
  }
  if (who.data["steady"].error() == simdjson::SUCCESS) {
    const dom::element steady = who.data["steady"].value();
    const double last = at.history().covariates.back().from_h + 1;
    const double area = number(steady, "mg_per_day") / clearance_at(at, map.eta, last);
    EXPECT_TRUE(close(area, number(steady, "map"), 1e-6));
    // As if clearance were log-normal, where one effect is all of it.
    const auto& effects = who.model->effects;
    const auto clearance = std::find(effects.begin(), effects.end(), "CL");
    if (who.model->id != "daptomycin-subrtova-2026" && !who.model->binding &&
        clearance != effects.end() && steady["laplace"].error() == simdjson::SUCCESS) {
      const auto k = clearance - effects.begin();
      const double spread = 1.6448536 * std::sqrt(map.covariance(k, k));
      const auto printed = items(steady, "laplace");
      EXPECT_TRUE(close(area * std::exp(-spread), printed[0].get_double().value(), 6e-4));
      EXPECT_TRUE(close(area * std::exp(spread), printed[1].get_double().value(), 6e-4));
    }
  }
}

TEST_P(WorkedPatient, HasTheCovariancesThatWerePrinted) {
  const Patient& who = patient();
  const Course at = course(*who.model, who.history);
  const Estimate map = estimate(at);
  std::vector<Eigen::Index> order;
  for (const auto& [name, value] : fields(who.data, "eta")) {
    order.push_back(static_cast<Eigen::Index>(effect(*who.model, name)));
  }
  const auto compare = [&](const char* key, const Eigen::MatrixXd& mine) {
    std::size_t i = 0;
    for (dom::element row : items(who.data, key)) {
      std::size_t j = 0;
      for (dom::element cell : items(row)) {
        const double scale = std::sqrt(mine(order[i], order[i]) * mine(order[j], order[j]));
        EXPECT_NEAR(mine(order[i], order[j]), cell.get_double().value(), 0.001 * scale)
            << key << " " << i << " " << j;
        ++j;
      }
      ++i;
    }
    EXPECT_EQ(i, order.size());
  };
  compare("covariance", map.covariance);
  compare("covariance_expected", map.covariance_expected);
}

INSTANTIATE_TEST_SUITE_P(Dossier, WorkedPatient, testing::Range<std::size_t>(0, 14),
                         [](const auto& which) { return patients()[which.param].id; });

// Of 400 000 draws there; 3 % is their Monte-Carlo error and ours.
TEST(WorkedPatients, HaveThePercentilesThatWerePrinted) {
  std::size_t printed = 0;
  for (const Patient& who : patients()) {
    if (who.data["steady"].error() != simdjson::SUCCESS) continue;
    ++printed;
    const dom::element steady = who.data["steady"].value();
    const Course at = course(*who.model, who.history);
    const Draws draws = draw(at, estimate(at), 20000);
    EXPECT_GT(draws.effective, 1000) << who.id;
    const double last = at.history().covariates.back().from_h + 1;
    std::vector<double> areas;
    for (Eigen::Index i = 0; i < draws.eta.cols(); ++i) {
      areas.push_back(number(steady, "mg_per_day") / clearance_at(at, draws.eta.col(i), last));
    }
    const auto got = quantiles(areas, draws.weights, kBandFractions);
    const auto expected = items(steady, "quantiles");
    ASSERT_EQ(got.size(), expected.size());
    for (std::size_t i = 0; i < got.size(); ++i) {
      EXPECT_TRUE(close(got[i], expected[i].get_double().value(), 0.03))
          << who.id << " " << kBandFractions[i];
    }
  }
  EXPECT_EQ(printed, 11u);
}

// D15: piperacillin with effects of four occasions; agrees with Monolix in the source.
TEST(WorkedPatientWithOccasions, HasTheClearanceOfEachOccasion) {
  const Model& of = model("piperacillin-roberts-2010");
  History history;
  history.covariates = {{0, covariates(of, {{"WT", 92}})}};
  history.doses = repeated(4000, 8, 15, 8, 0);
  history.levels = {{47.9, 63.0}, {71.9, 19.7}, {95.9, 31}, {120, 16}};
  history.occasions_from_h = {48, 72, 96};
  const Course at = course(of, history);
  const Estimate map = estimate(at);
  EXPECT_TRUE(map.converged);
  EXPECT_NEAR(map.objective, 22.72479, 1e-4);  // variances are printed to five places
  const double clearances[] = {10.57556, 23.99323, 18.38716, 26.27780};
  const double times[] = {10, 50, 80, 110};
  for (int i = 0; i < 4; ++i)
    EXPECT_TRUE(close(clearance_at(at, map.eta, times[i]), clearances[i], 1e-5));
  const double predicted[] = {47.27882, 20.83921, 27.19288, 19.02747};
  for (std::size_t j = 0; j < 4; ++j) EXPECT_TRUE(close(map.predicted[j], predicted[j], 1e-5));
}

// PK-11: D1 under six models, with the marginal likelihood of each.
TEST(ChoiceOfModel, HasTheNumbersOfEachModel) {
  struct Row {
    const char* model;
    double auc24, clearance, first, second, objective, plain_weight, marginal, weight;
  };
  const Row rows[] = {
      {"vancomycin-goti-2018", 721.274, 3.46609, 29.696, 19.941, 7.66476, 0.1138, 12.80797, 0.1476},
      {"vancomycin-thomson-2009", 754.094, 3.31524, 31.836, 18.361, 5.69876, 0.3043, 11.64886,
       0.2636},
      {"vancomycin-buelga-2005", 620.865, 4.02664, 30.250, 19.003, 5.59294, 0.3208, 11.89574,
       0.2330},
      {"vancomycin-llopis-salvia-2006", 763.727, 3.27342, 31.519, 16.117, 7.96774, 0.0978, 13.06637,
       0.1298},
      {"vancomycin-colin-2019", 889.935, 2.80919, 33.087, 19.434, 7.50716, 0.1232, 12.50699,
       0.1716},
      {"vancomycin-revilla-2010", 700.476, 3.56900, 25.183, 20.097, 9.75260, 0.0401, 14.80447,
       0.0544}};
  double plain_sum = 0;
  double sum = 0;
  for (const Row& row : rows) {
    plain_sum += std::exp(-row.objective / 2);
    sum += std::exp(-row.marginal / 2);
  }
  double plain_average = 0;
  double average = 0;
  for (const Row& row : rows) {
    const Model& of = model(row.model);
    History history;
    history.covariates = {
        {0, covariates(of, {{"CRCL", 74.54545}, {"WT", 82}, {"AGE", 68}, {"SCR", 1.1}})}};
    history.doses = repeated(1250, 1.5, 4, 12, 12);
    history.doses.push_back({0, 2000, 2});
    history.levels = {{39, 31.2}, {47.5, 19.4}};
    const Course at = course(of, history);
    const Estimate map = estimate(at);
    EXPECT_TRUE(close(2500 / clearance_at(at, map.eta, 60), row.auc24, 1e-5)) << row.model;
    EXPECT_NEAR(map.objective, row.objective, 1e-4) << row.model;
    EXPECT_NEAR(map.minus_two_log_marginal, row.marginal, 1e-3) << row.model;
    const double clearance = clearance_at(at, map.eta, 60);
    EXPECT_TRUE(close(clearance, row.clearance, 1e-5)) << row.model;
    EXPECT_TRUE(close(map.predicted[0], row.first, 3e-5)) << row.model;
    EXPECT_TRUE(close(map.predicted[1], row.second, 3e-5)) << row.model;
    const double plain = std::exp(-map.objective / 2) / plain_sum;
    const double weight = std::exp(-map.minus_two_log_marginal / 2) / sum;
    EXPECT_NEAR(plain, row.plain_weight, 1e-4) << row.model;
    EXPECT_NEAR(weight, row.weight, 1e-4) << row.model;
    plain_average += plain * 2500 / clearance;
    average += weight * 2500 / clearance;
  }
  EXPECT_NEAR(plain_average, 723.146, 0.05);
  EXPECT_NEAR(average, 739.855, 0.05);
}

// PK-9: one trough says much about clearance and nothing about the rest.
TEST(OneTrough, RemovesTheDoubtThatWasPrinted) {
  const Patient& who = patients()[1];
  const Course at = course(*who.model, who.history);
  const Estimate map = estimate(at);
  const double left[] = {0.0422, 0.0222, 1.69, 0.239};
  for (const Eigen::Index i : {0, 1, 3}) {
    EXPECT_NEAR(map.covariance(i, i), left[i], 0.0006) << i;
  }
}

}  // namespace
}  // namespace nidus::pharmacology
