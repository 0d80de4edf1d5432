// SPDX-License-Identifier: Apache-2.0
//
// Lines for a terminal: wrapped to a width, indented, with or without colour.
// Thread rule: one page, one thread. A word longer than the width stands on a line of its own.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace nidus::pathway {

enum class Ink { kPlain, kBold, kFaint, kRed, kYellow, kGreen, kBlue };

class TextPage {
 public:
  // `width` in columns; less than 60 is taken as 60.
  TextPage(int width, bool colour);

  void blank();
  // `text` behind `lead`, which stands once; further lines are indented as far as `lead` is wide.
  void wrap(std::string_view lead, std::string_view text, Ink ink = Ink::kPlain,
            Ink lead_ink = Ink::kPlain);
  // One line as it is, however long: of a table or a chart.
  void verbatim(std::string_view line, Ink ink = Ink::kPlain);
  // A heading with a blank line before and after.
  void heading(std::string_view title, Ink ink);
  // "     because   ..."; entries after the first stand under it. Nothing when `lines` is empty.
  void field(std::string_view name, const std::vector<std::string>& lines, Ink ink = Ink::kPlain);

  std::size_t width() const { return width_; }
  std::string take() { return std::move(out_); }

 private:
  std::string inked(std::string_view text, Ink ink) const;

  std::size_t width_;
  bool colour_;
  std::string out_;
};

// Columns a UTF-8 text takes (every code point counts as one).
std::size_t columns(std::string_view text);
// `text` filled with spaces to `width` columns.
std::string padded(std::string text, std::size_t width);

}  // namespace nidus::pathway
