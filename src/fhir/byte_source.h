// SPDX-License-Identifier: Apache-2.0
//
// The bytes of a file or of standard input, unpacked when they are gzip or Zstandard (told by their
// first bytes, not by the name), and their lines. Internal to fhir/.
// Thread rule: one thread at a time. Errors: kNotFound, kUnreadable (also packed bytes that are
// damaged or end too early). A line never grows the memory beyond the stated limit.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"

namespace nidus::fhir {

class ByteSource {
 public:
  // "-" is standard input. `stop`, when given, ends the bytes as soon as it is set.
  static base::Result<ByteSource> open(const std::string& path,
                                       const std::atomic<bool>* stop = nullptr);
  ByteSource(ByteSource&&) noexcept;
  ByteSource& operator=(ByteSource&&) noexcept;
  ~ByteSource();

  // At most `room` unpacked bytes; 0 at the end.
  base::Result<std::size_t> read(char* to, std::size_t room);
  std::uint64_t consumed() const;  // bytes of the file as it is stored

 private:
  struct Impl;
  explicit ByteSource(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

struct Line {
  std::string_view text;     // without its end; simdjson may read kPadding bytes beyond it
  std::uint64_t number = 0;  // from 1
  bool too_long = false;     // `text` is empty: the line was skipped
};

// Lines that hold something; empty ones are counted and passed over. A byte order mark before the
// first line and carriage returns at line ends are left out.
class LineReader {
 public:
  static constexpr std::size_t kPadding = 64;

  LineReader(ByteSource source, std::size_t longest);
  // Nullopt at the end. The text is valid until the next call.
  base::Result<std::optional<Line>> next();
  // The line that next() will give.
  base::Result<std::optional<Line>> peek();
  // All that is left, from the line that next() would give on; kTooLarge over the limit.
  base::Result<std::string> rest();
  std::uint64_t consumed() const { return source_.consumed(); }

 private:
  base::Result<bool> fill();
  base::Result<std::optional<Line>> find();

  ByteSource source_;
  std::size_t longest_;
  std::string buffer_;
  std::size_t begin_ = 0;  // of what is not given out yet
  std::size_t end_ = 0;    // of what was read
  std::uint64_t number_ = 0;
  bool at_end_ = false;
  std::optional<Line> peeked_;
};

}  // namespace nidus::fhir
