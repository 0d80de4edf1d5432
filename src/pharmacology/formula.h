// SPDX-License-Identifier: Apache-2.0
//
// The formulas of the guideline's pharmacology files: "4.5 * (CRCL / 120)^0.8 * 0.7^DIAL". Compiled
// once, evaluated on double, Dual or Batch. Words: numbers, names, + - * / ^, < <= > >= ==,
// min max exp ln log10 sqrt if(condition, then, else), and formulas that have a name of their own.
// A name whose value is unknown is NaN and makes what uses it NaN; `if` takes only the chosen side.
// Thread rule: immutable after compile. Errors: kBadGuideline with the offset of what does not fit.
#pragma once

#include <array>
#include <cassert>
#include <cstdint>
#include <limits>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "pharmacology/dual.h"

namespace nidus::pharmacology {

// A formula with a name and arguments: cockcroft_gault(age, female, weight, creatinine).
struct NamedFormula {
  std::vector<std::string> arguments;
  std::string text;
};
using NamedFormulas = std::map<std::string, NamedFormula, std::less<>>;

class Formula {
 public:
  Formula() = default;
  // `names`: what may be named, by position of the value in evaluate(). `where` names it in errors.
  static base::Result<Formula> compile(std::string_view text, std::span<const std::string> names,
                                       const NamedFormulas& functions, std::string_view where);

  // REQUIRES: as many values as there were names. `values` may be of another number type than the
  // result only through T's own constructor.
  template <class T>
  T evaluate(std::span<const T> values) const;

  bool empty() const { return code_.empty(); }
  bool uses(std::size_t name) const;  // true when the value at this position is looked at
  const std::string& text() const { return text_; }

 private:
  enum class Op : std::uint8_t {
    kNumber,
    kName,
    kAdd,
    kSubtract,
    kMultiply,
    kDivide,
    kPower,
    kNegate,
    kLess,
    kLessEqual,
    kEqual,
    kMin,
    kMax,
    kExp,
    kLn,
    kLog10,
    kSqrt,
    kIf,
  };
  struct Step {
    Op op;
    std::uint32_t name = 0;
    double number = 0;
  };
  static constexpr std::size_t kMaxDepth = 32;

  std::vector<Step> code_;
  std::string text_;
  friend class FormulaCompiler;
};

namespace formula_detail {

template <class T>
T choose(const T& condition, const T& yes, const T& no) {
  const double truth = value_of(condition);
  if (std::isnan(truth)) return T(std::numeric_limits<double>::quiet_NaN());
  return truth != 0 ? yes : no;
}
inline Batch choose(const Batch& condition, const Batch& yes, const Batch& no) {
  return (condition != 0).select(yes, no);
}
template <class T>
T compare(const T& a, const T& b, bool equal, bool less) {
  const double x = value_of(a);
  const double y = value_of(b);
  if (std::isnan(x) || std::isnan(y)) return T(std::numeric_limits<double>::quiet_NaN());
  return T((equal && x == y) || (less && x < y) ? 1.0 : 0.0);
}
inline Batch compare(const Batch& a, const Batch& b, bool equal, bool less) {
  Batch out;
  for (int i = 0; i < 8; ++i) out[i] = compare(a[i], b[i], equal, less);
  return out;
}
template <class T>
T power(const T& a, const T& b) {
  using std::pow;
  return pow(a, b);
}
inline Batch power(const Batch& a, const Batch& b) {
  Batch out;
  for (int i = 0; i < 8; ++i) out[i] = std::pow(a[i], b[i]);
  return out;
}
template <class T>
T constant(double number) {
  if constexpr (std::is_same_v<T, Batch>) {
    return Batch::Constant(number);
  } else {
    return T(number);
  }
}

}  // namespace formula_detail

template <class T>
T Formula::evaluate(std::span<const T> values) const {
  using formula_detail::choose;
  using formula_detail::compare;
  using formula_detail::constant;
  using formula_detail::power;
  using std::exp;
  using std::log;
  using std::sqrt;
  std::array<T, kMaxDepth> stack;
  std::size_t top = 0;
  for (const Step& step : code_) {
    switch (step.op) {
      case Op::kNumber:
        stack[top++] = constant<T>(step.number);
        continue;
      case Op::kName:
        stack[top++] = values[step.name];
        continue;
      case Op::kNegate:
        stack[top - 1] = T(-stack[top - 1]);
        continue;
      case Op::kExp:
        stack[top - 1] = T(exp(stack[top - 1]));
        continue;
      case Op::kLn:
        stack[top - 1] = T(log(stack[top - 1]));
        continue;
      case Op::kLog10:
        stack[top - 1] = T(log(stack[top - 1]) * (1 / std::log(10.0)));
        continue;
      case Op::kSqrt:
        stack[top - 1] = T(sqrt(stack[top - 1]));
        continue;
      case Op::kIf:
        top -= 2;
        stack[top - 1] = choose(stack[top - 1], stack[top], stack[top + 1]);
        continue;
      default:
        break;
    }
    --top;
    T& a = stack[top - 1];
    const T& b = stack[top];
    switch (step.op) {
      case Op::kAdd:
        a = T(a + b);
        break;
      case Op::kSubtract:
        a = T(a - b);
        break;
      case Op::kMultiply:
        a = T(a * b);
        break;
      case Op::kDivide:
        a = T(a / b);
        break;
      case Op::kPower:
        a = power(a, b);
        break;
      case Op::kLess:
        a = compare(a, b, false, true);
        break;
      case Op::kLessEqual:
        a = compare(a, b, true, true);
        break;
      case Op::kEqual:
        a = compare(a, b, true, false);
        break;
      case Op::kMin:
        a = choose(compare(b, a, false, true), T(b), T(a));
        break;
      case Op::kMax:
        a = choose(compare(a, b, false, true), T(b), T(a));
        break;
      default:
        assert(false && "an operator without its case");
    }
  }
  assert(top == 1);
  return stack[0];
}

}  // namespace nidus::pharmacology
