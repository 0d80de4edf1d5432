// SPDX-License-Identifier: Apache-2.0
#include "base/ucum.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <iterator>
#include <map>
#include <numeric>
#include <vector>

namespace nidus::base::ucum {

namespace {

struct UnitRow {
  const char* code;
  bool metric;
  bool arbitrary;
  const char* special;  // name of the conversion function, or ""
  const char* value;
  const char* unit;  // "" for a base unit
};
struct PrefixRow {
  const char* code;
  int exponent;
  bool binary;
};

#include "ucum_table.inc"

constexpr long double kTen = 10.0L;

int128 gcd(int128 a, int128 b) {
  while (b != 0) {
    const int128 rest = a % b;
    a = b;
    b = rest;
  }
  return a < 0 ? -a : a;
}

// A positive factor: exact (numerator / denominator * 10^exponent) while it fits 128 bits, and
// always an approximation beside it.
struct Factor {
  int128 numerator = 1;
  int128 denominator = 1;
  int exponent = 0;
  bool exact = true;
  long double near = 1;

  void reduce() {
    if (!exact) return;
    while (numerator % 10 == 0 && numerator != 0) {
      numerator /= 10;
      ++exponent;
    }
    while (denominator % 10 == 0) {
      denominator /= 10;
      --exponent;
    }
    const int128 common = gcd(numerator, denominator);
    if (common > 1) {
      numerator /= common;
      denominator /= common;
    }
  }
  void multiply(const Factor& other) {
    near *= other.near;
    exact = exact && other.exact &&
            !__builtin_mul_overflow(numerator, other.numerator, &numerator) &&
            !__builtin_mul_overflow(denominator, other.denominator, &denominator);
    exponent += other.exponent;
    reduce();
  }
  void invert() {
    std::swap(numerator, denominator);
    exponent = -exponent;
    near = 1 / near;
  }
};

Factor power_of_ten(int exponent) {
  Factor out;
  out.exponent = exponent;
  out.near = std::pow(kTen, static_cast<long double>(exponent));
  return out;
}

// Table number ("254e-2", "3.14159...") as a factor.
Factor factor_of(std::string_view text) {
  Factor out;
  out.numerator = 0;
  int places = 0;
  bool point = false;
  std::size_t i = 0;
  for (; i < text.size() && text[i] != 'e'; ++i) {
    if (text[i] == '.') {
      point = true;
      continue;
    }
    int128 next = 0;
    if (__builtin_mul_overflow(out.numerator, static_cast<int128>(10), &next) ||
        __builtin_add_overflow(next, static_cast<int128>(text[i] - '0'), &next)) {
      break;  // more digits than any measurement has (pi): the kept ones are exact to 10^-37
    }
    out.numerator = next;
    if (point) ++places;
  }
  out.exponent = -places;
  if (const auto e = text.find('e'); e != std::string_view::npos) {
    out.exponent += std::atoi(std::string(text.substr(e + 1)).c_str());
  }
  out.near = std::strtold(std::string(text).c_str(), nullptr);
  out.reduce();
  return out;
}

// Exponents by unit index: the seven base units, and arbitrary units as dimensions of their own.
using Dimension = std::map<int, int>;

struct Unit {
  Factor factor;
  Dimension dimension;
  const UnitRow* special = nullptr;  // value goes through this function first
  Factor special_factor;             // prefix in front of a special unit
};

void raise(Unit& unit, int exponent) {
  Factor out;
  Factor step = unit.factor;
  if (exponent < 0) step.invert();
  for (int i = 0; i < std::abs(exponent); ++i) out.multiply(step);
  unit.factor = out;
  for (auto& [base, count] : unit.dimension) count *= exponent;
  std::erase_if(unit.dimension, [](const auto& entry) { return entry.second == 0; });
}

void multiply(Unit& unit, const Unit& other) {
  unit.factor.multiply(other.factor);
  for (const auto& [base, count] : other.dimension) unit.dimension[base] += count;
  std::erase_if(unit.dimension, [](const auto& entry) { return entry.second == 0; });
}

int find_unit(std::string_view code) {
  const auto at = std::lower_bound(std::begin(kUnits), std::end(kUnits), code,
                                   [](const UnitRow& row, std::string_view wanted) {
                                     return std::string_view(row.code) < wanted;
                                   });
  if (at == std::end(kUnits) || at->code != code) return -1;
  return static_cast<int>(at - std::begin(kUnits));
}

constexpr int kMaxNesting = 32;

// Recursive descent over the UCUM grammar; positions are byte offsets for messages.
class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Result<Unit> parse() {
    Unit out;
    if (text_.empty()) return problem("an empty unit");
    if (!main_term(out)) return problem(message_);
    if (at_ != text_.size())
      return problem("unexpected '" + std::string(text_.substr(at_, 1)) + "'");
    return out;
  }

 private:
  std::unexpected<Error> problem(const std::string& what) const {
    return fail(ErrorCode::kBadUnit, "'" + std::string(text_) + "' is not a UCUM unit: " + what +
                                         " at character " + std::to_string(at_ + 1));
  }
  bool refuse(std::string message) {
    if (message_.empty()) message_ = std::move(message);
    return false;
  }
  bool peek(char c) const { return at_ < text_.size() && text_[at_] == c; }

  bool main_term(Unit& out) {
    if (peek('/')) {
      ++at_;
      Unit below;
      if (!component(below)) return false;
      if (!invertible(below)) return false;
      raise(below, -1);
      out = below;
      return rest(out);
    }
    return term(out);
  }

  bool term(Unit& out) { return component(out) && rest(out); }

  bool invertible(const Unit& unit) {
    return unit.special == nullptr || refuse("a special unit cannot be multiplied or divided");
  }

  bool rest(Unit& out) {
    while (peek('.') || peek('/')) {
      const bool over = peek('/');
      ++at_;
      Unit next;
      if (!component(next)) return false;
      if (!invertible(out) || !invertible(next)) return false;
      if (over) raise(next, -1);
      multiply(out, next);
    }
    return true;
  }

  bool annotation() {
    const auto end = text_.find('}', at_);
    if (end == std::string_view::npos) return refuse("an annotation without its end");
    for (std::size_t i = at_; i < end; ++i) {
      if (text_[i] < 0x21 - 1 || static_cast<unsigned char>(text_[i]) > 0x7E) {
        return refuse("an annotation that is not ASCII");
      }
    }
    at_ = end + 1;
    return true;
  }

  bool component(Unit& out) {
    if (at_ >= text_.size()) return refuse("a unit is missing");
    if (peek('{')) return annotation();
    if (peek('(')) {
      if (++nesting_ > kMaxNesting) return refuse("too many brackets");
      ++at_;
      if (!main_term(out)) return false;
      if (!peek(')')) return refuse("')' is missing");
      ++at_;
      --nesting_;
      return true;
    }
    if (text_[at_] >= '0' && text_[at_] <= '9') {
      // "10*3" and "10^3" are units; any other digits are a factor.
      const bool ten = text_.substr(at_).starts_with("10*") || text_.substr(at_).starts_with("10^");
      if (!ten) return number(out);
    }
    return annotatable(out);
  }

  bool number(Unit& out) {
    const std::size_t begin = at_;
    while (at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9') ++at_;
    if (at_ - begin > 18) return refuse("a factor of more than 18 digits");
    out.factor = factor_of(text_.substr(begin, at_ - begin));
    if (out.factor.numerator == 0) return refuse("a factor of zero");
    if (peek('{')) return annotation();
    return true;
  }

  bool exponent(int& out) {
    std::size_t i = at_;
    bool minus = false;
    if (i < text_.size() && (text_[i] == '+' || text_[i] == '-')) minus = text_[i++] == '-';
    const std::size_t digits = i;
    int value = 0;
    while (i < text_.size() && text_[i] >= '0' && text_[i] <= '9') {
      value = std::min(value * 10 + (text_[i++] - '0'), 1000);
    }
    if (i == digits) return i == at_ || refuse("an exponent without digits");
    if (value > 99) return refuse("an exponent beyond 99");
    at_ = i;
    out = minus ? -value : value;
    return true;
  }

  bool annotatable(Unit& out) {
    if (!simple_unit(out)) return false;
    int power = 1;
    if (!exponent(power)) return false;
    if (power != 1) {
      if (!invertible(out)) return false;
      raise(out, power);
    }
    if (peek('{')) return annotation();
    return true;
  }

  bool simple_unit(Unit& out) {
    // The longest text up to an operator; square brackets may hold anything.
    std::size_t end = at_;
    bool bracket = false;
    while (end < text_.size()) {
      const char c = text_[end];
      if (c == '[') bracket = true;
      if (!bracket && (c == '.' || c == '/' || c == '(' || c == ')' || c == '{' || c == '}' ||
                       c == '+' || c == '-')) {
        break;
      }
      ++end;
      if (c == ']') bracket = false;
    }
    std::string_view symbol = text_.substr(at_, end - at_);
    // Digits at the end are an exponent, except in "10*" and "10^".
    std::string_view letters = symbol;
    while (!letters.empty() && letters.back() >= '0' && letters.back() <= '9') {
      letters.remove_suffix(1);
    }
    for (const std::string_view candidate : {symbol, letters}) {
      if (candidate.empty() || !resolve(candidate, out)) continue;
      at_ += candidate.size();
      return true;
    }
    return refuse("unknown unit '" + std::string(letters.empty() ? symbol : letters) + "'");
  }

  bool resolve(std::string_view symbol, Unit& out) {
    if (const int index = find_unit(symbol); index >= 0) return make(index, out);
    for (const auto& prefix : kPrefixes) {
      if (!symbol.starts_with(prefix.code)) continue;
      const int index = find_unit(symbol.substr(std::strlen(prefix.code)));
      if (index < 0 || !kUnits[index].metric) continue;
      if (!make(index, out)) return false;
      Factor factor = power_of_ten(prefix.binary ? 0 : prefix.exponent);
      if (prefix.binary) {
        factor.numerator = static_cast<int128>(1) << prefix.exponent;
        factor.near = static_cast<long double>(factor.numerator);
      }
      if (out.special != nullptr) {
        out.special_factor.multiply(factor);
      } else {
        out.factor.multiply(factor);
      }
      return true;
    }
    return false;
  }

  // From the table; definitions nest a few levels, never in a circle.
  bool make(int index, Unit& out) {
    const UnitRow& row = kUnits[index];
    out = Unit();
    // An arbitrary unit measures nothing but itself; "[IU]" is another name of "[iU]".
    const std::string_view unit = row.unit;
    if (unit.empty() || (row.arbitrary && unit == "1")) {
      out.dimension[index] = 1;
      return true;
    }
    auto base = Parser(unit).parse();
    if (!base) return refuse("the table's own definition of '" + std::string(row.code) + "'");
    out = *base;
    out.factor.multiply(factor_of(row.value));
    if (row.special[0] != '\0') out.special = &row;
    return true;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  int nesting_ = 0;
  std::string message_;
};

constexpr std::pair<std::string_view, std::string_view> kCalendar[] = {
    {"year", "a"},   {"years", "a"},   {"month", "mo"},       {"months", "mo"},
    {"week", "wk"},  {"weeks", "wk"},  {"day", "d"},          {"days", "d"},
    {"hour", "h"},   {"hours", "h"},   {"minute", "min"},     {"minutes", "min"},
    {"second", "s"}, {"seconds", "s"}, {"millisecond", "ms"}, {"milliseconds", "ms"}};

std::string_view ucum_of(std::string_view unit) {
  for (const auto& [word, code] : kCalendar) {
    if (word == unit) return code;
  }
  return unit;
}

// Records repeat a few dozen units; each thread remembers the valid ones it has parsed.
Result<Unit> parse(std::string_view unit) {
  constexpr std::size_t kRemembered = 256;
  thread_local std::map<std::string, Unit, std::less<>> known;
  if (const auto at = known.find(unit); at != known.end()) return at->second;
  auto parsed = Parser(ucum_of(unit)).parse();
  if (parsed) {
    if (known.size() >= kRemembered) known.clear();
    known.emplace(std::string(unit), *parsed);
  }
  return parsed;
}

// Result = a * f, exact when it can be; rounded half away from zero to 8 places.
std::optional<Decimal> scale(const Decimal& value, const Factor& factor) {
  if (factor.exact) {
    int128 top = 0;
    int128 bottom = factor.denominator;
    bool fits = !__builtin_mul_overflow(value.coefficient(), factor.numerator, &top);
    for (int i = 0; fits && i < factor.exponent; ++i) {
      fits = !__builtin_mul_overflow(top, static_cast<int128>(10), &top);
    }
    for (int i = 0; fits && i > factor.exponent; --i) {
      fits = !__builtin_mul_overflow(bottom, static_cast<int128>(10), &bottom);
    }
    if (fits) {
      int128 quotient = top / bottom;
      const int128 rest = top % bottom;
      const int128 half = bottom - (rest < 0 ? -rest : rest);
      if ((rest < 0 ? -rest : rest) >= half) quotient += top < 0 ? -1 : 1;
      return Decimal::from_coefficient(quotient, 0);
    }
  }
  const long double near = static_cast<long double>(value.coefficient()) * factor.near;
  if (!std::isfinite(near) || std::fabs(near) >= 1e36L) return std::nullopt;
  return Decimal::from_coefficient(static_cast<int128>(std::round(near)), 0);
}

struct SpecialPair {
  std::string_view name;
  long double (*to_base)(long double);
  long double (*from_base)(long double);
};

constexpr long double kZeroCelsius = 273.15L;
constexpr long double kFahrenheitShift = 459.67L;

// value <-> the amount of the unit named beside it in the table.
const SpecialPair kSpecials[] = {
    {"Cel", [](long double x) { return x + kZeroCelsius; },
     [](long double x) { return x - kZeroCelsius; }},
    {"degF", [](long double x) { return (x + kFahrenheitShift) * 5 / 9; },
     [](long double x) { return x * 9 / 5 - kFahrenheitShift; }},
    {"degRe", [](long double x) { return x * 5 / 4 + kZeroCelsius; },
     [](long double x) { return (x - kZeroCelsius) * 4 / 5; }},
    {"pH", [](long double x) { return std::pow(kTen, -x); },
     [](long double x) { return -std::log10(x); }},
    {"ln", [](long double x) { return std::exp(x); }, [](long double x) { return std::log(x); }},
    {"lg", [](long double x) { return std::pow(kTen, x); },
     [](long double x) { return std::log10(x); }},
    {"lgTimes2", [](long double x) { return std::pow(kTen, x / 2); },
     [](long double x) { return 2 * std::log10(x); }},
    {"ld", [](long double x) { return std::exp2(x); }, [](long double x) { return std::log2(x); }},
    {"tanTimes100", [](long double x) { return std::atan(x / 100); },
     [](long double x) { return std::tan(x) * 100; }},
    {"100tan", [](long double x) { return std::atan(x / 100) * 180 / 3.14159265358979323846L; },
     [](long double x) { return std::tan(x * 3.14159265358979323846L / 180) * 100; }},
    {"hpX", [](long double x) { return std::pow(kTen, -x); },
     [](long double x) { return -std::log10(x); }},
    {"hpC", [](long double x) { return std::pow(100.0L, -x); },
     [](long double x) { return -std::log10(x) / 2; }},
    {"hpM", [](long double x) { return std::pow(1000.0L, -x); },
     [](long double x) { return -std::log10(x) / 3; }},
    {"hpQ", [](long double x) { return std::pow(50000.0L, -x); },
     [](long double x) { return -std::log(x) / std::log(50000.0L); }},
    {"sqrt", [](long double x) { return x * x; }, [](long double x) { return std::sqrt(x); }},
};

const SpecialPair* special_of(const Unit& unit) {
  for (const auto& pair : kSpecials) {
    if (pair.name == unit.special->special) return &pair;
  }
  return nullptr;
}

std::optional<long double> to_canonical(long double value, const Unit& unit) {
  if (unit.special == nullptr) return value * unit.factor.near;
  const SpecialPair* pair = special_of(unit);
  if (pair == nullptr) return std::nullopt;
  return pair->to_base(value * unit.special_factor.near) * unit.factor.near;
}

std::optional<long double> from_canonical(long double value, const Unit& unit) {
  if (unit.special == nullptr) return value / unit.factor.near;
  const SpecialPair* pair = special_of(unit);
  if (pair == nullptr) return std::nullopt;
  return pair->from_base(value / unit.factor.near) / unit.special_factor.near;
}

bool same_dimension(const Unit& a, const Unit& b) { return a.dimension == b.dimension; }

Factor ratio(const Unit& from, const Unit& to) {
  Factor below = to.factor;
  below.invert();
  Factor out = from.factor;
  out.multiply(below);
  return out;
}

std::optional<Decimal> convert_units(const Decimal& value, const Unit& from, const Unit& to) {
  if (!same_dimension(from, to)) return std::nullopt;
  if (from.special == nullptr && to.special == nullptr) return scale(value, ratio(from, to));
  const auto canonical =
      to_canonical(static_cast<long double>(value.coefficient()) / Decimal::kOne, from);
  const auto result = canonical ? from_canonical(*canonical, to) : std::nullopt;
  if (!result || !std::isfinite(*result) || std::fabs(*result) >= 1e28L) return std::nullopt;
  const auto out =
      Decimal::from_coefficient(static_cast<int128>(std::round(*result * Decimal::kOne)), 0);
  return out;
}

}  // namespace

Result<void> validate(std::string_view unit) {
  auto parsed = parse(unit);
  if (!parsed) return std::unexpected(parsed.error());
  return {};
}

bool comparable(std::string_view a, std::string_view b) {
  if (a == b) return parse(a).has_value();
  const auto left = parse(a), right = parse(b);
  return left && right && same_dimension(*left, *right);
}

std::optional<Decimal> convert(const Decimal& value, std::string_view from, std::string_view to) {
  const auto left = parse(from), right = parse(to);
  if (!left || !right) return std::nullopt;
  if (ucum_of(from) == ucum_of(to)) return value;
  return convert_units(value, *left, *right);
}

std::optional<int> compare(const Decimal& a, std::string_view unit_a, const Decimal& b,
                           std::string_view unit_b) {
  const auto sign = [](int128 x) { return x < 0 ? -1 : x > 0 ? 1 : 0; };
  if (unit_a == unit_b) return sign(a.coefficient() - b.coefficient());
  const auto left = parse(unit_a), right = parse(unit_b);
  if (!left || !right || !same_dimension(*left, *right)) return std::nullopt;
  if (left->special == nullptr && right->special == nullptr) {
    // a * f against b: cross-multiply, so that nothing is rounded.
    const Factor factor = ratio(*left, *right);
    int128 x = 0, y = 0;
    bool fits = factor.exact && !__builtin_mul_overflow(a.coefficient(), factor.numerator, &x) &&
                !__builtin_mul_overflow(b.coefficient(), factor.denominator, &y);
    for (int i = 0; fits && i < factor.exponent; ++i) {
      fits = !__builtin_mul_overflow(x, static_cast<int128>(10), &x);
    }
    for (int i = 0; fits && i > factor.exponent; --i) {
      fits = !__builtin_mul_overflow(y, static_cast<int128>(10), &y);
    }
    if (fits) return x < y ? -1 : x > y ? 1 : 0;
  }
  const auto converted = convert_units(a, *left, *right);
  if (!converted) return std::nullopt;
  return sign(converted->coefficient() - b.coefficient());
}

namespace {

// Exponents of the simple symbols of a unit text, for a short product; nullopt when brackets or
// annotations make a plain merge unsafe.
std::optional<std::vector<std::pair<std::string, int>>> symbols_of(std::string_view text) {
  // An annotation can stand behind a symbol and hold anything.
  if (text.find_first_of("({") != std::string_view::npos) return std::nullopt;
  std::vector<std::pair<std::string, int>> out;
  int sign = 1;
  std::size_t i = 0;
  while (i < text.size()) {
    if (text[i] == '.' || text[i] == '/') {
      sign = text[i] == '/' ? -1 : 1;
      ++i;
      continue;
    }
    std::size_t end = i;
    bool bracket = false;
    while (end < text.size() && (bracket || (text[end] != '.' && text[end] != '/'))) {
      if (text[end] == '[') bracket = true;
      if (text[end] == ']') bracket = false;
      ++end;
    }
    std::string_view part = text.substr(i, end - i);
    i = end;
    if (part == "1") continue;
    std::size_t digits = part.size();
    while (digits > 0 && part[digits - 1] >= '0' && part[digits - 1] <= '9') --digits;
    int exponent = 1;
    if (digits < part.size() && digits > 0 && part[digits - 1] != '*' && part[digits - 1] != '^') {
      exponent = std::atoi(std::string(part.substr(digits)).c_str());
      part = part.substr(0, digits);
      if (part.ends_with('-')) {
        exponent = -exponent;
        part.remove_suffix(1);
      } else if (part.ends_with('+')) {
        part.remove_suffix(1);
      }
    } else if (digits == 0) {
      return std::nullopt;  // a bare number
    }
    const auto at = std::find_if(out.begin(), out.end(),
                                 [&](const auto& entry) { return entry.first == part; });
    if (at == out.end()) {
      out.emplace_back(std::string(part), sign * exponent);
    } else {
      at->second += sign * exponent;
    }
  }
  return out;
}

// Powers and brackets can grow beyond what a unit may have.
std::optional<std::string> valid_or_none(std::string unit) {
  if (!parse(unit)) return std::nullopt;
  return unit;
}

std::optional<std::string> combine(std::string_view a, std::string_view b, bool divide) {
  a = ucum_of(a);
  b = ucum_of(b);
  const auto left = parse(a), right = parse(b);
  if (!left || !right || left->special != nullptr || right->special != nullptr) return std::nullopt;
  auto symbols = symbols_of(a);
  const auto others = symbols_of(b);
  if (!symbols || !others) {
    if (b == "1" || b.empty()) return std::string(a);
    return valid_or_none("(" + std::string(a) + ")" + (divide ? "/(" : ".(") + std::string(b) +
                         ")");
  }
  for (const auto& [symbol, exponent] : *others) {
    const int signed_exponent = divide ? -exponent : exponent;
    const auto at = std::find_if(symbols->begin(), symbols->end(),
                                 [&](const auto& entry) { return entry.first == symbol; });
    if (at == symbols->end()) {
      symbols->emplace_back(symbol, signed_exponent);
    } else {
      at->second += signed_exponent;
    }
  }
  std::string above, below;
  for (const auto& [symbol, exponent] : *symbols) {
    if (exponent == 0) continue;
    const std::string power = std::abs(exponent) == 1 ? "" : std::to_string(std::abs(exponent));
    if (exponent > 0) {
      above += (above.empty() ? "" : ".") + symbol + power;
    } else {
      below += "/" + symbol + power;
    }
  }
  if (above.empty() && below.empty()) return "1";
  return valid_or_none(above + below);
}

}  // namespace

std::optional<std::string> product(std::string_view a, std::string_view b) {
  return combine(a, b, false);
}

std::optional<std::string> quotient(std::string_view a, std::string_view b) {
  return combine(a, b, true);
}

std::string_view calendar_unit(std::string_view unit) {
  for (std::size_t i = 0; i + 1 < std::size(kCalendar); i += 2) {
    if (unit == kCalendar[i].first || unit == kCalendar[i + 1].first) return kCalendar[i].first;
  }
  return {};
}

}  // namespace nidus::base::ucum
