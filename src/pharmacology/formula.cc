// SPDX-License-Identifier: Apache-2.0
#include "pharmacology/formula.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <optional>

namespace nidus::pharmacology {

// Recursive descent straight to postfix code.
class FormulaCompiler {
 public:
  using Op = Formula::Op;
  using Step = Formula::Step;
  using Code = std::vector<Step>;

  FormulaCompiler(std::string_view text, const NamedFormulas& functions, int depth)
      : text_(text), functions_(functions), depth_(depth) {}

  // What a name stands for: a position, or the code of an argument.
  void bind(std::string name, Code code) { names_.emplace(std::move(name), std::move(code)); }

  base::Result<Code> compile(std::string_view where) {
    Code code;
    comparison(code);
    skip();
    if (problem_.empty() && at_ < text_.size()) complain("is not understood");
    if (!problem_.empty()) {
      return base::fail(base::ErrorCode::kBadGuideline, problem_, std::string(where));
    }
    return code;
  }

  static void index(Formula& formula, Code code, std::string_view text) {
    formula.code_ = std::move(code);
    formula.text_ = std::string(text);
  }
  static std::size_t deepest(const Code& code) {
    std::size_t depth = 0;
    std::size_t most = 0;
    for (const Step& step : code) {
      if (step.op == Op::kNumber || step.op == Op::kName) {
        most = std::max(most, ++depth);
      } else if (step.op == Op::kIf) {
        depth -= 2;
      } else if (step.op < Op::kNegate || (step.op >= Op::kLess && step.op <= Op::kMax)) {
        --depth;
      }
    }
    return most;
  }
  static constexpr std::size_t kDeepest = Formula::kMaxDepth;

 private:
  void complain(const std::string& what) {
    if (!problem_.empty()) return;
    problem_ = "formula '" + std::string(text_) + "': '" + std::string(text_.substr(at_, 12)) +
               "' at character " + std::to_string(at_ + 1) + " " + what;
  }
  void skip() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_])) != 0) ++at_;
  }
  bool take(std::string_view word) {
    skip();
    if (!text_.substr(at_).starts_with(word)) return false;
    at_ += word.size();
    return true;
  }
  void need(std::string_view word) {
    if (!take(word)) complain("stands where '" + std::string(word) + "' was expected");
  }

  void comparison(Code& code) {
    sum(code);
    const bool or_equal_low = take("<=");
    if (or_equal_low || take("<")) {
      sum(code);
      code.push_back({or_equal_low ? Op::kLessEqual : Op::kLess});
      return;
    }
    if (take("==")) {
      sum(code);
      code.push_back({Op::kEqual});
      return;
    }
    const bool or_equal_high = take(">=");
    if (or_equal_high || take(">")) {  // a > b is b < a
      Code left = std::move(code);
      code.clear();
      sum(code);
      code.insert(code.end(), left.begin(), left.end());
      code.push_back({or_equal_high ? Op::kLessEqual : Op::kLess});
    }
  }
  void sum(Code& code) {
    product(code);
    while (problem_.empty()) {
      const Op op = take("+") ? Op::kAdd : take("-") ? Op::kSubtract : Op::kNumber;
      if (op == Op::kNumber) return;
      product(code);
      code.push_back({op});
    }
  }
  void product(Code& code) {
    signed_power(code);
    while (problem_.empty()) {
      const Op op = take("*") ? Op::kMultiply : take("/") ? Op::kDivide : Op::kNumber;
      if (op == Op::kNumber) return;
      signed_power(code);
      code.push_back({op});
    }
  }
  void signed_power(Code& code) {
    if (take("-")) {
      signed_power(code);
      code.push_back({Op::kNegate});
      return;
    }
    primary(code);
    if (take("^")) {
      signed_power(code);
      code.push_back({Op::kPower});
    }
  }
  void primary(Code& code) {
    skip();
    if (!problem_.empty()) return;
    if (take("(")) {
      Code inner;
      comparison(inner);
      need(")");
      code.insert(code.end(), inner.begin(), inner.end());
      return;
    }
    const char* begin = text_.data() + at_;
    const char* end = text_.data() + text_.size();
    if (begin < end && (std::isdigit(static_cast<unsigned char>(*begin)) != 0 || *begin == '.')) {
      double number = 0;
      const auto [stop, error] = std::from_chars(begin, end, number);
      if (error != std::errc{}) return complain("is not a number");
      at_ += static_cast<std::size_t>(stop - begin);
      code.push_back({Op::kNumber, 0, number});
      return;
    }
    const std::size_t start = at_;
    while (at_ < text_.size() &&
           (std::isalnum(static_cast<unsigned char>(text_[at_])) != 0 || text_[at_] == '_')) {
      ++at_;
    }
    const std::string name(text_.substr(start, at_ - start));
    if (name.empty()) return complain("stands where a number or a name was expected");
    if (take("(")) return call(name, start, code);
    const auto found = names_.find(name);
    if (found == names_.end()) {
      at_ = start;
      return complain("is not a name known here");
    }
    code.insert(code.end(), found->second.begin(), found->second.end());
  }

  void call(const std::string& name, std::size_t start, Code& code) {
    std::vector<Code> arguments;
    do {
      arguments.emplace_back();
      comparison(arguments.back());
    } while (problem_.empty() && take(","));
    need(")");
    if (!problem_.empty()) return;
    struct Builtin {
      std::string_view name;
      std::size_t count;
      Op op;
    };
    static constexpr Builtin kBuiltins[] = {
        {"min", 2, Op::kMin},     {"max", 2, Op::kMax},   {"exp", 1, Op::kExp}, {"ln", 1, Op::kLn},
        {"log10", 1, Op::kLog10}, {"sqrt", 1, Op::kSqrt}, {"if", 3, Op::kIf},
    };
    for (const Builtin& builtin : kBuiltins) {
      if (builtin.name != name) continue;
      if (arguments.size() != builtin.count) {
        at_ = start;
        return complain("takes " + std::to_string(builtin.count) + " arguments");
      }
      for (const Code& one : arguments) code.insert(code.end(), one.begin(), one.end());
      code.push_back({builtin.op});
      return;
    }
    const auto found = functions_.find(name);
    if (found == functions_.end() || depth_ > 8 ||
        found->second.arguments.size() != arguments.size()) {
      at_ = start;
      return complain(found == functions_.end() ? "is not a function known here"
                      : depth_ > 8              ? "calls itself"
                                   : "takes " + std::to_string(found->second.arguments.size()) +
                                         " arguments");
    }
    FormulaCompiler inner(found->second.text, functions_, depth_ + 1);
    for (std::size_t i = 0; i < arguments.size(); ++i) {
      inner.bind(found->second.arguments[i], std::move(arguments[i]));
    }
    auto body = inner.compile(name);
    if (!body) {
      if (problem_.empty()) problem_ = name + ": " + body.error().message;
      return;
    }
    code.insert(code.end(), body->begin(), body->end());
  }

  std::string_view text_;
  const NamedFormulas& functions_;
  int depth_;
  std::size_t at_ = 0;
  std::string problem_;
  std::map<std::string, Code, std::less<>> names_;
};

base::Result<Formula> Formula::compile(std::string_view text, std::span<const std::string> names,
                                       const NamedFormulas& functions, std::string_view where) {
  FormulaCompiler compiler(text, functions, 0);
  for (std::size_t i = 0; i < names.size(); ++i) {
    compiler.bind(names[i], {{Op::kName, static_cast<std::uint32_t>(i), 0}});
  }
  auto code = compiler.compile(where);
  if (!code) return std::unexpected(code.error());
  if (FormulaCompiler::deepest(*code) > FormulaCompiler::kDeepest) {
    return base::fail(base::ErrorCode::kBadGuideline,
                      "formula '" + std::string(text) + "' is nested too deeply",
                      std::string(where));
  }
  Formula out;
  FormulaCompiler::index(out, std::move(*code), text);
  return out;
}

bool Formula::uses(std::size_t name) const {
  return std::any_of(code_.begin(), code_.end(), [name](const Step& step) {
    return step.op == Op::kName && step.name == name;
  });
}

}  // namespace nidus::pharmacology
