// SPDX-License-Identifier: Apache-2.0
//
// ELM is input: an operator may meet any kind of value. It must answer or refuse, and an error must
// never come with a value.
#include <array>
#include <set>

#include "cql/operator_testing.h"

namespace nidus::cql {
namespace {

class AnyKind : public testing::OperatorTest {
 protected:
  std::vector<Value> one_of_each() {
    const Code* codes = arena_.make<Code>("1", "s", std::string_view(), std::string_view());
    static constexpr std::string_view kNames[] = {"a"};
    static constexpr TupleShape kShape{kNames};
    auto element = arena_.make_array<Value>(1);
    element[0] = n(7);
    return {null(),
            b(true),
            n(-3),
            n(2147483647),
            l(INT64_MIN),
            d("1.50"),
            d("-99999999999999999999.99999999"),
            s(""),
            s("2024-01-05"),
            s("(a*)*"),
            date("2024"),
            date("9999-12-31"),
            at("0001-01-01T00:00:00.000Z"),
            at("2024-02-29T23:59"),
            clock("23"),
            clock("23:59:59.999"),
            q("1.5", "mg"),
            q("3", "months"),
            q("99999999999999999999.99999999", "ms"),
            code("s", "1"),
            Value::of(arena_.make<Concept>(std::span(codes, 1), std::string_view())),
            Value::of(arena_.make<Ratio>(Quantity{base::Decimal::from_int(1), "mg"},
                                         Quantity{base::Decimal(), "mL"})),
            iv(n(1), n(5)),
            iv(null(), null()),
            iv(null(), null(), "()"),
            iv(date("2024-01"), null(), "[)"),
            iv(q("1", "g"), q("5", "g"), "(]"),
            iv(s("a"), s("b")),
            list({}),
            list({null(), n(1), s("a")}),
            list({d("1"), d("2")}),
            list({iv(n(1), n(3)), iv(date("2024"), date("2025"))}),
            list({q("1", "g"), q("1", "L")}),
            Value::of(arena_.make<Tuple>(&kShape, element.data())),
            range(1, 5)};
  }
};

TEST_F(AnyKind, IsAnsweredOrRefused) {
  const auto values = one_of_each();
  NodeOptions day = to(base::Precision::kDay);
  day.component = "Day";
  day.as_type = "Decimal";
  day.point = Kind::kDecimal;
  std::set<std::string_view> names;
  for (const auto table :
       {arithmetic_operators(), comparison_operators(), string_operators(), date_time_operators(),
        interval_operators(), list_operators(), aggregate_operators(), type_operators(),
        clinical_operators(), nullological_operators()}) {
    for (const auto& entry : table) {
      EXPECT_TRUE(names.insert(entry.elm_name).second) << entry.elm_name << " stands twice";
      const auto check = [&](std::span<const Value> arguments) {
        for (const auto& options : {NodeOptions(), day}) {
          error_.clear();
          const Value answer = entry.run(call_, options, arguments);
          EXPECT_TRUE(error_.empty() || answer.is_null()) << entry.elm_name << ": " << error_;
        }
      };
      if (entry.min_operands == 0) check({});
      for (const auto& x : values) {
        if (entry.min_operands <= 1 && entry.max_operands >= 1) check(std::array{x});
        if (entry.max_operands < 2) continue;
        for (const auto& y : values) {
          if (entry.min_operands <= 2) check(std::array{x, y});
          if (entry.max_operands >= 3) check(std::array{x, y, y});
        }
      }
    }
  }
}

}  // namespace
}  // namespace nidus::cql
