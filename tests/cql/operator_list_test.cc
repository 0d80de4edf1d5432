// SPDX-License-Identifier: Apache-2.0
#include "cql/operator_testing.h"

namespace nidus::cql {
namespace {

class Lists : public testing::OperatorTest {};

TEST_F(Lists, NullsInsideAreAlike) {
  EXPECT_TRUE(is(run("Distinct", {list({null(), n(1), null(), n(1)})}), list({null(), n(1)})));
  EXPECT_TRUE(is(run("In", {null(), list({n(1), null()})}), b(true)));
  EXPECT_TRUE(is(run("In", {null(), list({})}), b(false)));
  EXPECT_TRUE(is(run("In", {n(1), list({n(2), null()})}), b(false)));
  EXPECT_TRUE(is(run("In", {n(1), null()}), b(false)));
  EXPECT_TRUE(
      is(run("Union", {list({n(1), null()}), list({null(), n(2)})}), list({n(1), null(), n(2)})));
  EXPECT_TRUE(is(run("Union", {null(), list({n(1)})}), list({n(1)})));
  EXPECT_TRUE(is(run("Except", {list({n(1), null()}), list({null()})}), list({n(1)})));
  EXPECT_TRUE(is(run("Intersect", {list({n(2), n(1), n(2)}), list({n(3), n(2)})}), list({n(2)})));
}

TEST_F(Lists, LongListsAreSetsToo) {
  std::vector<Value> items;
  std::vector<std::string> texts;
  for (int i = 0; i < 100; ++i) texts.push_back("code " + std::to_string(i % 50));
  for (int i = 0; i < 100; ++i) {
    items.push_back(n(i % 40));
    items.push_back(s(texts[static_cast<std::size_t>(i)]));
    items.push_back(d(std::to_string(i % 40) + ".0"));  // the same as the Integer
    items.push_back(null());
  }
  const Value all = Value::list(items);
  EXPECT_TRUE(is(run("Length", {run("Distinct", {all})}), n(40 + 50 + 1)));
  EXPECT_TRUE(is(run("Length", {run("Union", {all, all})}), n(40 + 50 + 1)));
  EXPECT_TRUE(is(run("Length", {run("Except", {all, list({n(3), s("code 7")})})}), n(89)));
  EXPECT_TRUE(is(run("Intersect", {list({n(3), n(77)}), all}), list({n(3)})));
  EXPECT_TRUE(is(run("Includes", {all, list({s("code 49"), null()})}), b(true)));
  EXPECT_TRUE(is(run("Includes", {all, list({s("code 50")})}), b(false)));
}

TEST_F(Lists, FlattenKeepsWhatIsThere) {
  EXPECT_TRUE(is(run("Flatten", {list({list({n(1)}), null(), list({n(2), null()})})}),
                 list({n(1), n(2), null()})));
}

TEST_F(Lists, Picking) {
  EXPECT_TRUE(is(run("First", {list({})}), null()));
  EXPECT_TRUE(is(run("Last", {list({n(1), n(2)})}), n(2)));
  EXPECT_TRUE(is(run("SingletonFrom", {list({n(1)})}), n(1)));
  EXPECT_TRUE(failed(run("SingletonFrom", {list({n(1), n(1)})})));
  EXPECT_TRUE(is(run("Indexer", {list({n(1), n(2)}), n(2)}), null()));
  EXPECT_TRUE(is(run("Indexer", {list({n(1), n(2)}), n(-1)}), null()));
  EXPECT_TRUE(is(run("IndexOf", {list({n(1), n(2)}), n(3)}), n(-1)));
  EXPECT_TRUE(is(run("Slice", {list({n(1), n(2), n(3)}), n(1), null()}), list({n(2), n(3)})));
  EXPECT_TRUE(is(run("Slice", {list({n(1), n(2), n(3)}), n(-2)}), list({n(2), n(3)})));
  EXPECT_TRUE(is(run("Slice", {list({n(1), n(2), n(3)}), n(-2), null()}), list({})));
  EXPECT_TRUE(is(run("Slice", {list({n(1), n(2), n(3)}), n(0), n(-1)}), list({})));
  EXPECT_TRUE(is(run("Slice", {list({n(1), n(2), n(3)}), n(0), n(9)}), list({n(1), n(2), n(3)})));
  EXPECT_TRUE(is(run("Slice", {list({n(1)}), n(3), n(1)}), list({})));
}

// CQL reference, In (list): null is in a list that contains nulls, and in no other. A null written
// without a type beside a list may also stand for a whole list (`null included in {2}`).
TEST_F(Lists, UnknownElementIsInNoListWithoutNulls) {
  NodeOptions typed;
  typed.operand = Kind::kString;
  EXPECT_TRUE(is(run("In", {null(), list({s("a")})}, typed), b(false)));
  EXPECT_TRUE(is(run("In", {null(), list({s("a"), null()})}, typed), b(true)));
  EXPECT_TRUE(is(run("Contains", {list({s("a")}), null()}, typed), b(false)));
  EXPECT_TRUE(is(run("In", {null(), list({s("a")})}), null()));
}

TEST_F(Lists, PartsOfValues) {
  EXPECT_TRUE(is(run("Children", {code("s", "1", "one")}), list({s("1"), s("s"), s("one")})));
  EXPECT_TRUE(is(run("Descendents", {list({n(1), q("5", "mg")})}),
                 list({n(1), q("5", "mg"), d("5"), s("mg")})));
  EXPECT_TRUE(is(run("Descendents", {null()}), null()));
}

TEST_F(Lists, ExistsAsksForMoreThanNulls) {
  EXPECT_TRUE(is(run("Exists", {list({null()})}), b(false)));
  EXPECT_TRUE(is(run("Exists", {null()}), b(false)));
  EXPECT_TRUE(is(run("Exists", {list({null(), n(0)})}), b(true)));
}

TEST_F(Lists, Inclusion) {
  EXPECT_TRUE(is(run("Includes", {list({n(1), n(2)}), list({})}), b(true)));
  EXPECT_TRUE(is(run("IncludedIn", {list({n(4)}), list({n(1)})}), b(false)));
  EXPECT_TRUE(is(run("ProperIncludes", {list({n(1), n(1)}), list({n(1)})}), b(false)));
  EXPECT_TRUE(is(run("ProperContains", {list({s("a"), null()}), s("a")}), null()));
  EXPECT_TRUE(is(run("ProperContains", {list({s("a"), s("b"), null()}), s("a")}), b(true)));
  EXPECT_TRUE(is(run("ProperContains", {list({s("a"), s("a")}), s("a")}), b(false)));
}

TEST_F(Lists, Aggregates) {
  EXPECT_TRUE(is(run("Count", {list({n(1), null()})}), n(1)));
  EXPECT_TRUE(is(run("Sum", {list({null()})}), null()));
  EXPECT_TRUE(is(run("Sum", {list({l(1), l(2)})}), l(3)));
  EXPECT_TRUE(is(run("Sum", {list({q("1", "g"), q("1", "mg")})}), q("1001", "mg")));
  EXPECT_TRUE(is(run("Sum", {list({n(2147483647), n(1)})}), null()));
  EXPECT_TRUE(is(run("Avg", {list({d("1"), d("2"), null()})}), d("1.5")));
  EXPECT_TRUE(is(run("Median", {list({d("4"), d("1"), d("2"), d("9")})}), d("3")));
  EXPECT_TRUE(is(run("Max", {list({date("2024-01-02"), date("2024-01-10")})}), date("2024-01-10")));
  EXPECT_TRUE(is(run("Max", {list({date("2024"), date("2024-01-10")})}), null()));
  EXPECT_TRUE(is(run("Mode", {list({n(2), n(1), n(1)})}), n(1)));
  EXPECT_TRUE(is(run("Variance", {list({d("1"), d("2"), d("3"), d("4"), d("5")})}), d("2.5")));
  EXPECT_TRUE(is(run("StdDev", {list({d("1")})}), null()));
  EXPECT_TRUE(is(run("GeometricMean", {list({d("2"), d("8")})}), d("4")));
  EXPECT_TRUE(is(run("AllTrue", {null()}), b(true)));
  EXPECT_TRUE(is(run("AnyTrue", {list({null(), b(false)})}), b(false)));
  EXPECT_TRUE(is(run("Coalesce", {list({null(), n(3)})}), n(3)));
}

}  // namespace
}  // namespace nidus::cql
